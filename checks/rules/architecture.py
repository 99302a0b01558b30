"""The architecture of machines, as far as their type tells it."""

from __future__ import annotations

import re

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.model import Facts, Failed, Passed, Skipped, Verdict
from binder_deploy.settings.existing import Existing

ARM_FAMILIES = ("t2a", "c4a", "n4a", "a1", "t4g")
"""Google's Tau T2A and Axion families; Amazon's Graviton families of old. Newer Graviton types have a `g` after
their generation: `m7g`, `c8gn`."""


def pools_have_one_architecture(facts: Facts) -> Verdict:
    """Build and user pools are of one architecture: an image runs only on the one that it was built on."""
    platform = facts[f.SETTINGS].platform
    if isinstance(platform, Existing):
        return Skipped("not applicable", "the nodes are there already; BD-CLU-008 looks at them")
    machines = {role: getattr(platform.pools, role).machine for role in ("user", "build")}
    found = {role: architecture(machine) for role, machine in machines.items()}
    if found["user"] != found["build"]:
        return Failed(
            f"platform.pools: {machines['build']} (builds) is {found['build']}, {machines['user']} (users) is "
            f"{found['user']}: every server ends with `exec format error`",
            "choose types of one architecture for platform.pools.user.machine and platform.pools.build.machine",
        )
    return Passed(found["user"])


def architecture(machine: str) -> str:
    """`arm64` or `amd64`, as Kubernetes calls them, from a machine type's name."""
    family = re.split(r"[-.]", machine)[0]
    graviton = "." in machine and re.fullmatch(r"[a-z]+[0-9]+g[a-z]*", family)
    return "arm64" if family in ARM_FAMILIES or graviton else "amd64"
