"""Where the state of a deployment lives, in the engine's words."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from binder_deploy.settings.state import BucketState, LocalState, PulumiCloudState, State
from binder_deploy.stacks.local_site import deployment_id

PULUMI_CLOUD = "https://api.pulumi.com"


@dataclass(frozen=True)
class Backend:
    """One place for state, and one deployment's part of it."""

    url: str
    """As the engine takes it in `PULUMI_BACKEND_URL`."""
    where: str
    """For people: `gs://bucket/folder`."""
    stack: str
    """Name of the stack: the deployment's."""
    secrets_provider: str
    """`passphrase`, `default` (Pulumi Cloud's own) or the URL of a key."""
    passphrase_id: str | None
    """What the passphrase is kept under; the same for everybody who shares the state. None: there is no passphrase."""
    organization: str = "organization"
    """Pulumi Cloud's; every other place has this one."""

    @property
    def shared(self) -> bool:
        """Whether other machines can reach it."""
        return not self.url.startswith("file://")


def backend(state: State, deployment: str, work: Path, region: str | None = None) -> Backend:
    """What `state` means for the deployment of that name. `work`: its `.binder-deploy`; `region`: an S3 bucket's."""
    match state:
        case LocalState():
            folder = local_state(work)
            return Backend(
                url=f"file://{folder}",
                where=str(folder),
                stack=deployment,
                secrets_provider="passphrase",
                passphrase_id=deployment_id(work),
            )
        case BucketState():
            return Backend(
                url=f"{state.url}?region={quote(region)}" if region and state.url.startswith("s3:") else state.url,
                where=state.url,
                stack=deployment,
                secrets_provider=state.key or "passphrase",
                passphrase_id=None if state.key else _shared_id(state.url, deployment),
            )
        case PulumiCloudState():
            return Backend(
                url=PULUMI_CLOUD,
                where=f"Pulumi Cloud, organisation {state.organization}",
                stack=deployment,
                secrets_provider="default",
                passphrase_id=None,
                organization=state.organization,
            )


def local_state(work: Path) -> Path:
    """Folder of a local state."""
    return work / "state"


def _shared_id(url: str, deployment: str) -> str:
    """Follows from what all who share it know. Readable, and, by a digest, one of its own for every place."""
    place = f"{url.rstrip('/')} {deployment}"
    return f"{re.sub(r'[^a-z0-9]+', '-', place.lower())}-{hashlib.sha256(place.encode()).hexdigest()[:8]}"
