"""AWS's APIs, as far as a sweep needs them: listing, page by page."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from binder_deploy.ops.leftovers.asking import NoCredentials, NotAsked

HOMES = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
"""Part of AWS → the region that is always switched on and has what holds for all regions."""
_LOGIN = (
    "AWS could not be asked: no usable credentials, or no way to renew them ({}); run: aws sso login, or aws configure"
)


@dataclass(frozen=True)
class AwsApi:
    """Clients of one account, as they are wanted; threads may share this."""

    session: Any
    """boto3's, with credentials."""
    region: str
    partition: str = "aws"
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict, compare=False)
    _lock: Any = field(default_factory=threading.Lock, compare=False)

    @property
    def home(self) -> str:
        """The region that has what holds for all regions."""
        return HOMES[self.partition]

    def search(self, service: str, operation: str, wanted: str, region: str = "", **asked: Any) -> Iterator[Any]:
        """What an expression (JMESPath) finds in all pages of an answer. Raises `NotAsked`."""
        import jmespath
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            client = self._client(service, region or self.region)
            if client.can_paginate(operation):
                yield from client.get_paginator(operation).paginate(**asked).search(wanted)
            else:
                yield from jmespath.search(wanted, getattr(client, operation)(**asked)) or ()
        except ClientError as error:
            told = error.response.get("Error", {})
            raise NotAsked(f"{told.get('Code', '')}: {_line(told.get('Message'))}") from error
        except BotoCoreError as error:
            raise NotAsked(_line(error)) from error

    def account(self) -> str:
        """Number of the account that the credentials belong to. Raises `NoCredentials`."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return str(self._client("sts", self.home).get_caller_identity()["Account"])
        except (BotoCoreError, ClientError) as error:
            raise NoCredentials(_LOGIN.format(_line(error))) from error

    def _client(self, service: str, region: str) -> Any:
        from botocore.config import Config

        # Clients may be shared by threads, but not made by several at once.
        with self._lock:
            if (service, region) not in self._clients:
                config = Config(
                    connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 4}
                )
                self._clients[service, region] = self.session.client(service, region_name=region, config=config)
        return self._clients[service, region]


def default_api(region: str, partition: str) -> AwsApi:
    """As whoever is logged in here. Raises `NoCredentials`."""
    # Here, not above: only real clouds need it, and importing it takes long.
    import boto3
    from botocore.exceptions import BotoCoreError

    try:
        return AwsApi(boto3.Session(region_name=region), region, partition)
    except BotoCoreError as error:
        raise NoCredentials(_LOGIN.format(_line(error))) from error


def _line(told: object) -> str:
    return (str(told or "").splitlines() or [""])[0]
