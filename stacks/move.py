"""Takes a whole state to another place. Until its last step the old one is valid, and after it says where to look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from binder_deploy.stacks.backend import Backend
from binder_deploy.stacks.engine import PROJECT, Engine
from binder_deploy.stacks.ledger import moved, moved_to


class MoveFailed(Exception):
    """The copy is not what it should be; the old state is as it was."""


def empty(resources: tuple[Mapping[str, Any], ...]) -> bool:
    """Whether a state holds nothing, or only says that it moved."""
    return not resources or moved_to(resources) is not None


def copy(source: Engine, target: Engine, there: Backend) -> int:
    """Copy everything, secrets encrypted as the new place does it; how many resources. Raises `MoveFailed`.

    Nothing is written on the way: secrets in clear are in this process and in pipes alone.
    """
    exported = source.exported()
    provider = target.exported()["deployment"].get("secrets_providers") or _pulumi_clouds(there)
    target.replace({**exported, "deployment": {**exported["deployment"], "secrets_providers": provider}})
    wanted, got = _contents(source), _contents(target)
    if wanted != got:
        raise MoveFailed(
            f"the copy in {there.where} differs from the state ({len(got[0])} resources instead of {len(wanted[0])}, "
            "or other values); the state is where it was, and valid"
        )
    return len(got[0])


def same(source: Engine, target: Engine) -> bool:
    """Whether a move was cut off after its copy."""
    return _contents(source) == _contents(target)


def leave(source: Engine, there: Backend) -> None:
    """Let the old place say where the state lives now, in one step. Raises `StateLocked`."""
    exported = source.exported()
    entry = moved(there.stack, PROJECT, there.where)
    deployment = {**exported["deployment"], "resources": [entry]}
    deployment.pop("pending_operations", None)
    source.replace({**exported, "deployment": deployment})


def _contents(engine: Engine) -> tuple[list[Any], list[Any]]:
    deployment = engine.exported()["deployment"]
    return deployment.get("resources") or [], deployment.get("pending_operations") or []


def _pulumi_clouds(there: Backend) -> dict[str, Any]:
    """Pulumi Cloud keeps the key and says nothing of it in an empty stack."""
    about = {"url": there.url, "owner": there.organization, "project": PROJECT, "stack": there.stack}
    return {"type": "service", "state": about}
