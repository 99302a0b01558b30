"""What the settings alone can say."""

from __future__ import annotations

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts import living
from binder_deploy.checks.model import Check, Phase
from binder_deploy.checks.rules import architecture, settings, sizes, surroundings

_SIZES = (f.SETTINGS, f.REQUESTS, f.CAPACITIES)

CHECKS: tuple[Check, ...] = (
    Check("BD-SET-001", "One server fits a user node", Phase.SETTINGS, _SIZES, sizes.server_fits),
    Check("BD-SET-002", "A build fits a build node", Phase.SETTINGS, _SIZES, sizes.build_fits),
    Check("BD-SET-003", "The service fits the core pool", Phase.SETTINGS, _SIZES, sizes.core_fits),
    Check(
        "BD-SET-004",
        "The user pool holds as many servers as may run",
        Phase.SETTINGS,
        _SIZES,
        sizes.enough_for_everybody,
        blocks=False,
    ),
    Check(
        "BD-SET-005",
        "No memory guarantee is above its limit",
        Phase.SETTINGS,
        (f.SETTINGS,),
        sizes.guarantees_below_limits,
    ),
    Check("BD-SET-006", "Build nodes have disk enough", Phase.SETTINGS, (f.SETTINGS,), sizes.build_disk),
    Check(
        "BD-SET-007",
        "The storage class is one that the platform brings",
        Phase.SETTINGS,
        (f.SETTINGS,),
        settings.storage_class_ships,
    ),
    Check(
        "BD-SET-008",
        "Certificates are ones that browsers trust",
        Phase.SETTINGS,
        (f.SETTINGS,),
        settings.certificates_are_trusted,
        blocks=False,
    ),
    Check("BD-SET-009", "Both host names can get a certificate", Phase.SETTINGS, (f.SETTINGS,), settings.host_names),
    Check(
        "BD-SET-010",
        "Machine types are known",
        Phase.SETTINGS,
        (f.SETTINGS,),
        settings.machines_are_known,
        blocks=False,
    ),
    Check(
        "BD-SET-011",
        "Idle servers end",
        Phase.SETTINGS,
        (f.SETTINGS,),
        settings.idle_servers_end,
        blocks=False,
    ),
    Check(
        "BD-SET-012",
        "Nobody can take the whole service",
        Phase.SETTINGS,
        (f.SETTINGS,),
        settings.public_hub_is_bounded,
        blocks=False,
    ),
    Check(
        "BD-SET-013",
        "This BinderHub can push the way the settings say",
        Phase.SETTINGS,
        (f.SETTINGS, f.CHART_VERSIONS),
        settings.push_is_supported,
        blocks=False,
    ),
    Check(
        "BD-SET-014",
        "Builds and servers have one architecture",
        Phase.SETTINGS,
        (f.SETTINGS,),
        architecture.pools_have_one_architecture,
    ),
    Check(
        "BD-SET-015",
        "What comes and goes uses staging certificates",
        Phase.SETTINGS,
        (f.SETTINGS, living.SURROUNDINGS),
        surroundings.ephemeral_ones_use_staging,
        blocks=False,
    ),
)
