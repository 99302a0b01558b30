"""Access to AWS: boto3's own clients, one for each service, and what a refusal means."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

LOGIN = "aws sso login, or aws configure; AWS_PROFILE chooses among several logins"
HOMES: Mapping[str, str] = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
"""Part of AWS → the region that is always switched on and has what holds for all regions."""
REFUSALS = {
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "UnauthorizedOperation",
    "UnauthorizedAccess",
    "NotAuthorized",
}
"""The services' words for: you may not."""
_CONFIG = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 4})


class NotLoggedIn(Exception):
    """There are no usable credentials; the text says what was found instead."""


class NotAllowed(Exception):
    """AWS refused to answer; the text says what to allow."""


@dataclass(frozen=True)
class Aws:
    """One account and region, as one user sees them. Clients come as they are wanted; threads may share this."""

    account: str
    region: str
    partition: str
    session: Any
    """boto3's, with credentials."""
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict, compare=False)
    _lock: Any = field(default_factory=threading.Lock, compare=False)

    def client(self, service: str, region: str | None = None) -> Any:
        """A client of a service, in the deployment's region if no other is named."""
        where = region or self.region
        # Clients may be shared by threads, but not made by several at once.
        with self._lock:
            if (service, where) not in self._clients:
                self._clients[service, where] = self.session.client(service, region_name=where, config=_CONFIG)
        return self._clients[service, where]

    @property
    def home(self) -> str:
        """The region that is always switched on."""
        return HOMES[self.partition]

    def pages(self, service: str, operation: str, key: str, **asked: Any) -> Iterator[Any]:
        """The entries below `key` of all pages of a list."""
        for page in self.client(service).get_paginator(operation).paginate(**asked):
            yield from page.get(key) or ()


def login(account: str, region: str, partition: str) -> Aws:
    """Access as whoever is logged in on this machine. Raises `NotLoggedIn`."""
    try:
        session = boto3.Session(region_name=region)
        credentials = session.get_credentials()
        if credentials is None:
            raise NotLoggedIn("none were found in the environment, in ~/.aws or on this machine")
        credentials.get_frozen_credentials()
    except BotoCoreError as error:
        raise NotLoggedIn(line(error)) from error
    return Aws(account, region, partition, session)


def code(error: ClientError) -> str:
    """The service's word for what went wrong: `AccessDenied`."""
    return str(error.response.get("Error", {}).get("Code", ""))


def line(error: Exception) -> str:
    """What an error says, in one line."""
    told = error.response.get("Error", {}).get("Message") if isinstance(error, ClientError) else None
    return (str(told or error).splitlines() or [type(error).__name__])[0]


@contextmanager
def asking(what: str, action: str) -> Iterator[None]:
    """Turns a refusal into `NotAllowed`: `action` is the right that may ask for `what`."""
    try:
        yield
    except ClientError as error:
        if code(error) not in REFUSALS:
            raise
        raise NotAllowed(f"{what}: {line(error)}; allow {action} to whoever deploys") from error


@contextmanager
def absent(*codes: str) -> Iterator[None]:
    """Passes over the answer that there is no such thing: `codes` are the service's words for it."""
    try:
        yield
    except ClientError as error:
        if code(error) not in codes:
            raise


def tags(found: Any) -> dict[str, str]:
    """Tags as a mapping, whichever of AWS's spellings they come in."""
    if isinstance(found, Mapping):
        return dict(found)
    return {str(tag.get("Key", tag.get("key"))): str(tag.get("Value", tag.get("value", ""))) for tag in found or ()}
