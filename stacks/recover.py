"""A state whose passphrase is lost: what it knows of the world stays, its secrets are made anew.

Names, ids and everything else that is no secret can be read without the passphrase. Secrets that the program gives come
back with the next `up`. A key that a cloud made cannot be had again: its resource is marked to be replaced.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from binder_deploy.stacks.engine import Engine, Site
from binder_deploy.stacks.site import dry_site, leave_dry
from binder_deploy.stacks.stored import export

_MARK, _SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"
"""How the engine marks a special value, and that it is a secret."""
KEYS = ("gcp:serviceaccount/key:Key", "aws:iam/accessKey:AccessKey")
"""Types whose outputs are secrets that a cloud made and shows once. Of all others the program knows the secrets, or
they are none: Google's provider calls labels so."""
_GIVEN = "__inputs"
"""Where the Kubernetes provider repeats, as a secret, what it was given: without it, it ends with a panic."""


def recover(closed: Site, opened: Site, name: str) -> tuple[str, ...]:
    """Give a state new secrets; URNs of the keys that the next `up` replaces. In one step; raises `EngineError`.

    `closed` sees the state, `opened` has the new passphrase besides. Nothing at a cloud is touched.
    """
    told = json.loads(export(closed, name) or "{}")
    deployment = told["deployment"]
    resources, lost = without_secrets(list(deployment.get("resources") or ()))
    fresh = {**deployment, "resources": resources, "secrets_providers": provider(opened, name)}
    Engine(opened, name, lambda: None).replace({**told, "deployment": fresh})
    return lost


def without_secrets(resources: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """The resources without their secrets, and the URNs of those that are to be replaced."""
    kept, lost = [], []
    for resource in resources:
        fresh = dict(resource)
        for part in ("inputs", "outputs"):
            if part in resource:
                fresh[part] = _cleared(resource[part])
        if _GIVEN in resource.get("outputs", {}):
            fresh["outputs"][_GIVEN] = {_MARK: _SECRET, "plaintext": json.dumps(fresh["inputs"])}
        if str(resource["type"]).startswith(KEYS):
            fresh["taint"] = True
            lost.append(str(resource["urn"]))
        kept.append(fresh)
    return kept, tuple(lost)


def _cleared(value: Any) -> Any:
    """The value without what is secret in it."""
    if isinstance(value, Mapping):
        return {k: _cleared(v) for k, v in value.items() if not _is_secret(v)}
    if isinstance(value, list):
        return [_cleared(item) for item in value if not _is_secret(item)]
    return value


def _is_secret(value: Any) -> bool:
    return isinstance(value, Mapping) and value.get(_MARK) == _SECRET


def provider(opened: Site, name: str) -> Any:
    """How a new stack encrypts with the passphrase of `opened`: a fresh salt, and what proves the passphrase."""
    dry = dry_site(opened)
    passphrase = {k: v for k, v in opened.environ.items() if k.startswith("PULUMI_CONFIG_PASSPHRASE")}
    environ = {k: v for k, v in dry.environ.items() if not k.startswith("PULUMI_CONFIG_PASSPHRASE")}
    try:
        example = Engine(replace(dry, environ={**environ, **passphrase}), name, lambda: None)
        return example.exported()["deployment"]["secrets_providers"]
    finally:
        leave_dry(dry)
