"""`access`: who may launch servers."""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeVar

from pydantic import Field, StringConstraints, model_validator

from binder_deploy.settings.base import Model
from binder_deploy.settings.secrets import SecretRef

LoginT = TypeVar("LoginT")
HttpsUrl = Annotated[str, StringConstraints(pattern=r"^https://[^\s?#]+$")]


class Open(Model):
    """Everybody, without a login, as on mybinder.org. Bound it: `binder.per_repo`, `binder.max_servers`, pools."""

    kind: Literal["open"] = "open"


class _Login(Model):
    """A login with somebody else's account. The provider must know `https://hub.DOMAIN/hub/oauth_callback`."""

    client_id: str = Field(min_length=1)
    """Of the OAuth application, as the provider shows it."""
    client_secret: SecretRef
    users: tuple[str, ...] = ()
    """Names that may log in."""
    admins: tuple[str, ...] = ()
    """Names that may log in and administer the hub."""
    named_servers: int = Field(default=0, ge=0, le=20)
    """Servers that a person may have side by side, each with a name; 0: one."""
    disk_gb: int = Field(default=0, ge=0, le=1000)
    """Disk of each person in GiB, kept between launches, in `persistent` of the home folder; 0: nothing is kept."""


class GitHubLogin(_Login):
    """With a GitHub account."""

    kind: Literal["github"]
    organizations: tuple[str, ...] = ()
    """`ORG` or `ORG:TEAM`; members may log in."""

    @model_validator(mode="after")
    def _somebody_may(self) -> Self:
        return _allowing(self, self.users, self.admins, self.organizations)


class GoogleLogin(_Login):
    """With a Google account."""

    kind: Literal["google"]
    domains: tuple[str, ...] = ()
    """Domains of an organisation; whoever has an address there may log in."""

    @model_validator(mode="after")
    def _somebody_may(self) -> Self:
        return _allowing(self, self.users, self.admins, self.domains)


class OidcLogin(_Login):
    """With any OpenID Connect provider."""

    kind: Literal["oidc"]
    authorize_url: HttpsUrl
    """Its `authorization_endpoint`, as `/.well-known/openid-configuration` below the provider's address shows it."""
    token_url: HttpsUrl
    """Its `token_endpoint`."""
    userdata_url: HttpsUrl
    """Its `userinfo_endpoint`."""
    username_claim: str = "preferred_username"
    groups_claim: str = ""
    """Claim with a person's groups; needed for `groups`."""
    groups: tuple[str, ...] = ()
    """Groups whose members may log in."""
    everybody: bool = False
    """Whether everybody whom the provider knows may log in."""

    @model_validator(mode="after")
    def _somebody_may(self) -> Self:
        if self.groups and not self.groups_claim:
            raise ValueError("groups needs groups_claim: the claim that lists a person's groups")
        return self if self.everybody else _allowing(self, self.users, self.admins, self.groups)


def _allowing(login: LoginT, *lists: tuple[str, ...]) -> LoginT:
    """JupyterHub 5 lets nobody in unless it is told whom."""
    if not any(lists):
        raise ValueError("nobody may log in; name users, admins or a group of people")
    return login
