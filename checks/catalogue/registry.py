"""The image registry."""

from __future__ import annotations

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts import registry as r
from binder_deploy.checks.model import Check, Phase
from binder_deploy.checks.rules import registry

CHECKS: tuple[Check, ...] = (
    Check(
        "BD-REG-001",
        "The registry takes the names of images",
        Phase.SETTINGS,
        (f.SETTINGS,),
        registry.names_are_taken,
    ),
    Check(
        "BD-REG-002",
        "The login of the settings may push images",
        Phase.PREFLIGHT,
        (f.SETTINGS, r.PLANNED_PUSH),
        registry.settings_may_push,
    ),
    Check(
        "BD-REG-003",
        "The login of the settings may read images",
        Phase.PREFLIGHT,
        (f.SETTINGS, r.PLANNED_READ),
        registry.settings_may_read,
    ),
    Check(
        "BD-REG-004",
        "BinderHub's login is for the registry of its images",
        Phase.BINDER,
        (f.SETTINGS, f.BINDER_CONFIG, r.LOGINS),
        registry.binderhub_has_a_login,
    ),
    Check("BD-REG-005", "BinderHub may push images", Phase.BINDER, (f.SETTINGS, r.PUSH), registry.binderhub_may_push),
    Check(
        "BD-REG-006",
        "BinderHub sees which images exist",
        Phase.BINDER,
        (f.SETTINGS, r.READ),
        registry.binderhub_sees_images,
    ),
    Check(
        "BD-REG-007",
        "Nodes can pull what BinderHub pushed",
        Phase.BINDER,
        (f.SETTINGS, r.PULL),
        registry.nodes_can_pull,
    ),
    Check(
        "BD-REG-010",
        "A first push makes its repository",
        Phase.BINDER,
        (r.CREATION,),
        registry.first_push_makes_its_place,
    ),
    Check(
        "BD-REG-011",
        "Old images are thrown away",
        Phase.BINDER,
        (r.RETENTION,),
        registry.old_images_go,
        blocks=False,
    ),
)
