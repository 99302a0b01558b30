"""The values that people add to ours, before any chart sees them."""

from __future__ import annotations

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts import rendered as r
from binder_deploy.checks.facts import values as v
from binder_deploy.checks.model import Check, Phase
from binder_deploy.checks.rules import rendered, schemas, traits

CHECKS: tuple[Check, ...] = (
    Check(
        "BD-SET-020",
        "Options of BinderHub and the hub are in their place",
        Phase.SETTINGS,
        (f.SETTINGS,),
        traits.options_are_in_their_place,
    ),
    Check(
        "BD-SET-021",
        "Options of BinderHub and the hub are known",
        Phase.SETTINGS,
        (f.SETTINGS,),
        traits.options_are_known,
        blocks=False,
    ),
    Check(
        "BD-SET-022",
        "The values hold to the charts' schemas",
        Phase.PREFLIGHT,
        (v.FITS,),
        schemas.values_fit_the_schemas,
    ),
    Check(
        "BD-SET-023",
        "Helm takes every chart with its values",
        Phase.PREFLIGHT,
        (r.RENDERED,),
        rendered.helm_renders_every_release,
    ),
    Check(
        "BD-SET-024",
        "The cluster knows every kind that is installed",
        Phase.PREFLIGHT,
        (r.RENDERED, r.TARGET),
        rendered.kinds_are_served,
    ),
)
