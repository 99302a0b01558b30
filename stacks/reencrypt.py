"""Gives a state another passphrase. It is written once: the old one opens it before that, the new one after."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from binder_deploy.stacks.engine import Engine, Site
from binder_deploy.stacks.passphrase import fresh, propose
from binder_deploy.stacks.recover import provider


class NotReencrypted(Exception):
    """The state that was written is not the one that was read."""


def reencrypt(site: Site, name: str, id: str) -> None:
    """Encrypt the state anew; `passphrase.settle` then makes the new passphrase the one.

    `site` opens it now; `id`: what its passphrase is kept under. Secrets in clear are in this process and in pipes
    alone. Raises `StateLocked`, `EngineError`, `NotReencrypted`.
    """
    work = site.work / "rotating"  # of its own: the configuration there is encrypted by the old passphrase
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    phrase = fresh()
    environ = {k: v for k, v in site.environ.items() if not k.startswith("PULUMI_CONFIG_PASSPHRASE")}
    opened = replace(site, work=work, environ={**environ, "PULUMI_CONFIG_PASSPHRASE": phrase})
    try:
        proposed = provider(opened, name)
        propose(id, phrase, str(proposed["state"]["salt"]))
        # Last: what another machine writes to a shared state between this and the next step would be lost.
        before = Engine(site, name, lambda: None).exported()
        target = Engine(opened, name, lambda: None)
        target.replace({**before, "deployment": {**before["deployment"], "secrets_providers": proposed}})
        if _contents(target.exported()) != _contents(before):
            raise NotReencrypted(
                "the state was written, but differs from what was read; see `binder-deploy state show`"
            )
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _contents(exported: Mapping[str, Any]) -> tuple[Any, Any]:
    deployment = exported["deployment"]
    return deployment.get("resources") or [], deployment.get("pending_operations") or []
