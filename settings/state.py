"""`state`: where the record of what exists is kept, and how its secrets are encrypted."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from binder_deploy.settings.base import Model

KeyUrl = Annotated[str, StringConstraints(pattern=r"^(gcpkms|awskms)://\S+$")]
"""A key of a cloud's key management, as Pulumi writes it."""


class LocalState(Model):
    """The state in `.binder-deploy/state` of the deployment's folder. Refused in CI: it would be lost."""

    kind: Literal["local"] = "local"


class BucketState(Model):
    """The state in a bucket, which several people and CI share. `up` makes the bucket if it is missing: versioned,
    closed to the public."""

    kind: Literal["bucket"]
    url: Annotated[str, StringConstraints(pattern=r"^(gs|s3)://[a-z0-9][-a-z0-9._]{1,61}[a-z0-9](/[^\s?#]*)?$")]
    """`gs://NAME` or `s3://NAME`, with a folder below it if you like."""
    region: str | None = None
    """Where a bucket that is missing is made; left out: the platform's region."""
    key: KeyUrl | None = None
    """Encrypts the state's secrets. Left out: a passphrase, from `$PULUMI_CONFIG_PASSPHRASE` or the keyring."""


class PulumiCloudState(Model):
    """The state at Pulumi Cloud, which keeps its secrets, too. Needs `$PULUMI_ACCESS_TOKEN`."""

    kind: Literal["pulumi-cloud"]
    organization: str = Field(pattern=r"^[A-Za-z0-9][-A-Za-z0-9_]{0,39}$")
    """The organisation, or your own user name."""


State = Annotated[LocalState | BucketState | PulumiCloudState, Field(discriminator="kind")]
