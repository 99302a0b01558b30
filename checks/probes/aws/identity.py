"""Who is logged in, and in which account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import (
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    SSOError,
    TokenRetrievalError,
)

from binder_deploy.checks.facts.account import Account, Identity, NoIdentity
from binder_deploy.checks.probes.aws.access import LOGIN, REFUSALS, Aws, NotLoggedIn, code, line
from binder_deploy.settings.eks import Eks

_SETTING = "platform.account"
_ENDED = {
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "AuthFailure",
}


def identity(access: Callable[[], Aws]) -> Identity | NoIdentity:
    """Who AWS takes us for. Raises botocore's `EndpointConnectionError` when nobody answers."""
    try:
        return Identity(str(caller(access())["Arn"]))
    except NotLoggedIn as error:
        return NoIdentity(f"no credentials for AWS: {error}", f"run: {LOGIN}")
    except (NoCredentialsError, CredentialRetrievalError, SSOError, TokenRetrievalError) as error:
        return NoIdentity(f"the login at AWS has ended: {line(error)}", f"run: {LOGIN}")
    except ClientError as error:
        if code(error) not in _ENDED:
            raise
        return NoIdentity(f"AWS does not accept these credentials: {line(error)}", f"run: {LOGIN}")


def caller(aws: Aws) -> dict[str, Any]:
    """`Arn` and `Account` of who asks. Nobody can be refused this."""
    # At home: a region that is not switched on takes every credential for a wrong one.
    return dict(aws.client("sts", aws.home).get_caller_identity())


def account(aws: Aws, platform: Eks) -> Account:
    """Whether these credentials are the account's, and whether the account has the region switched on."""
    who = str(caller(aws)["Account"])
    if who != platform.account:
        return Account(
            _SETTING,
            platform.account,
            f"these credentials belong to account {who}: everything would be made, and billed, there",
            f"log in to {platform.account} (AWS_PROFILE chooses the login), or write {who} in {_SETTING}",
        )
    if not _switched_on(aws):
        return Account(
            "platform.region",
            platform.region,
            f"account {who} has not switched this region on",
            f"aws account enable-region --region-name {platform.region}, or choose another platform.region",
        )
    return Account(_SETTING, platform.account, "", "")


def _switched_on(aws: Aws) -> bool:
    """True where nobody may ask: the next question to the region itself will tell."""
    try:
        found = aws.client("ec2", aws.home).describe_regions(AllRegions=True, RegionNames=[aws.region])["Regions"]
    except ClientError as error:
        if code(error) in REFUSALS:
            return True
        if code(error) == "InvalidParameterValue":  # a region that there is not
            return False
        raise
    return any(region.get("OptInStatus") != "not-opted-in" for region in found)
