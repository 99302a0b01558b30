"""What a deployment must remember wherever it is worked on, in its state: whose it is, and what was made up for it.

The engine's configuration lies in one folder on one machine. What was generated there, or found once, would be made
anew on the next machine that shares the state, and everybody would be logged out. So the program hands it to the
state, before anything else, for the first run that ends early, too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from binder_deploy.settings import maintenance, staged, surroundings
from binder_deploy.settings.address import Cloudflare
from binder_deploy.settings.ephemeral import expires_of
from binder_deploy.settings.model import Settings
from binder_deploy.stacks.engine import Engine
from binder_deploy.stacks.tokens import MONITORING_TOKENS, REGISTRY_TOKENS, TOKENS

TYPE = "binder-deploy:stacks:Ledger"
TOLD = (maintenance.KEY, staged.KEY, surroundings.KEY)
"""Keys of the configuration that the state has in clear: they outlive a lost passphrase, `status` needs none, and none
is a secret."""
ZONE = "cloudflareZone"
MOVED = "binder-deploy:stacks:Moved"
"""The one entry of a state that lives somewhere else now."""


class Ledger(pulumi.ComponentResource):
    """A component without children: its inputs are what is remembered."""

    def __init__(self, deployment: str, config: pulumi.Config, short_lived: Mapping[str, str] | None = None) -> None:
        keys = (*TOKENS, *REGISTRY_TOKENS, *MONITORING_TOKENS)
        values = {key: value for key in keys if (value := config.get_secret(key)) is not None}
        kept: pulumi.Output[str] = pulumi.Output.secret(pulumi.Output.json_dumps(values))
        told = {key: text for key in TOLD if (text := config.get(key)) is not None}
        inputs = {"deployment": deployment, "configuration": kept, **told, **(short_lived or {})}
        super().__init__(TYPE, "ledger", inputs)
        self.register_outputs({})


@dataclass(frozen=True)
class ShortLived:
    """What a state tells of a deployment that is to be swept away, to whoever has nothing else of it."""

    expires: str
    """The day: see `settings.ephemeral`."""
    settings: str
    """Its settings as JSON, which are YAML, too; secrets are references in them."""


def short_lived(settings: Settings) -> dict[str, str]:
    """What the ledger of such a deployment has beside the rest; nothing for one that is to stay."""
    day = expires_of(settings)
    return {"expires": day, "settings": settings.model_dump_json(by_alias=True, exclude_unset=True)} if day else {}


def short_lived_in(resources: Iterable[Mapping[str, Any]]) -> ShortLived | None:
    """The same out of a state; None: it is to stay, or there is no ledger."""
    inputs: Mapping[str, Any] = next((r["inputs"] for r in resources if r["type"] == TYPE), {})
    return ShortLived(str(inputs["expires"]), str(inputs["settings"])) if "expires" in inputs else None


def zone(settings: Settings) -> dict[str, str]:
    """What the ledger has of a zone whose records flows make: when the settings name another one, or none, it is told
    where records may be left."""
    dns = settings.address.dns
    return {ZONE: dns.zone_id} if isinstance(dns, Cloudflare) else {}


def zone_in(resources: Iterable[Mapping[str, Any]]) -> str | None:
    """The same out of a state."""
    return next((r["inputs"].get(ZONE) for r in resources if r["type"] == TYPE), None)


def identity(settings: Settings) -> str:
    """What must not change in the life of a deployment."""
    return f"{settings.name} in {settings.platform.where}"


def deployment_in(resources: Iterable[Mapping[str, Any]]) -> str | None:
    """Which deployment a state is of; None before the first `up`."""
    return next((str(r["inputs"]["deployment"]) for r in resources if r["type"] == TYPE), None)


def remembered(resources: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Token → value, of resources whose secrets are shown; empty before the first `up`, and after a lost passphrase."""
    kept = next((r["inputs"].get("configuration") for r in resources if r["type"] == TYPE), None)
    return dict(json.loads(json.loads(kept["plaintext"]))) if kept else {}


def maintenance_in(resources: Iterable[Mapping[str, Any]]) -> str | None:
    """What the banner says while nobody may launch; empty: it was ended; None: there never was any."""
    found = next((r["inputs"].get(maintenance.KEY) for r in resources if r["type"] == TYPE), None)
    return None if found is None else str(found)


def certified_in(resources: Iterable[Mapping[str, Any]]) -> str | None:
    """What trusted certificates are ordered for: see `settings.staged`; None: for nothing yet."""
    return next((r["inputs"].get(staged.KEY) for r in resources if r["type"] == TYPE), None)


def recall(engine: Engine) -> None:
    """Put into the configuration what the state remembers and this folder does not know, or knows otherwise: what is
    deployed is what the state says. Raises `EngineError`."""
    resources = engine.resources()
    kept, here = remembered(resources), engine.configuration()
    closed = maintenance_in(resources) or ""
    if here.get(maintenance.KEY, "") != closed:
        engine.configure(maintenance.KEY, closed)
    certified = certified_in(resources) or ""
    if here.get(staged.KEY, "") != certified:
        engine.configure(staged.KEY, certified)
    found = next((r["inputs"].get(surroundings.KEY) for r in resources if r["type"] == TYPE), None)
    if found is not None and here.get(surroundings.KEY) != found:
        engine.configure(surroundings.KEY, found)
    engine.configure_secrets({key: value for key, value in kept.items() if here.get(key) != value})


def moved_to(resources: Iterable[Mapping[str, Any]]) -> str | None:
    """Where the state lives now, if it was moved away."""
    return next((str(r["outputs"]["to"]) for r in resources if r["type"] == MOVED), None)


def moved(stack: str, project: str, to: str) -> dict[str, Any]:
    """The entry that says so."""
    return {
        "urn": f"urn:pulumi:{stack}::{project}::{MOVED}::moved",
        "custom": False,
        "type": MOVED,
        "outputs": {"to": to},
    }
