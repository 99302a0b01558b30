"""What can be told from `binder.yaml` alone."""

from __future__ import annotations

from binder_deploy.charts.values.since import pushes_by_token
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.model import Facts, Failed, Passed, Skipped, Verdict, Warned
from binder_deploy.settings.address import BareIp
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.machines import UnknownMachineError, machine
from binder_deploy.settings.registry import ArtifactRegistry
from binder_deploy.settings.tls import LetsEncrypt, SelfSigned

STORAGE_CLASSES = {"gke": ("standard", "standard-rwo", "premium-rwo"), "eks": ("gp2",)}
"""Kind of platform → what every new cluster brings."""
MACHINE_LISTS = {
    "gke": "gcloud compute machine-types list --zones ZONE",
    "eks": "aws ec2 describe-instance-type-offerings --location-type availability-zone",
}
SHARED_DOMAINS = ("sslip.io", "nip.io", "xip.io")
"""Names made of an address. All their users share one quota at Let's Encrypt (used up in May 2026)."""
COMMON_NAME = 64
"""Octets in a certificate's common name (X.520)."""


def storage_class_ships(facts: Facts) -> Verdict:
    """`hub.storage_class` names a class that a new cluster has."""
    chosen = facts[f.SETTINGS].hub.storage_class
    platform = facts[f.SETTINGS].platform
    if isinstance(platform, Existing):
        return Skipped("not applicable", "the cluster's own classes are looked at before anything is made")
    if chosen is None:
        return Skipped("not applicable", "a StorageClass of our own is made")
    if chosen not in STORAGE_CLASSES[platform.kind]:
        return Failed(
            f"hub.storage_class: a new {platform.kind.upper()} cluster has no class of that name; the hub's database "
            "would never get its disk, and the hub would stay Pending",
            f"leave hub.storage_class out, or write one of {', '.join(STORAGE_CLASSES[platform.kind])}",
        )
    return Passed(chosen)


def machines_are_known(facts: Facts) -> Verdict:
    """Each pool's machine type is one whose size we know. A newer type than we know is possible, too."""
    settings = facts[f.SETTINGS]
    if isinstance(settings.platform, Existing):
        return Skipped("not applicable", "the nodes are there already")
    for role in ("core", "user", "build"):
        try:
            machine(settings.platform.kind, getattr(settings.platform.pools, role).machine)
        except UnknownMachineError as error:
            return Warned(
                f"platform.pools.{role}.machine: {error}",
                f"{MACHINE_LISTS[settings.platform.kind]} shows what there is; the checks of sizes are skipped for a "
                "type that is not known",
            )
    return Passed()


def certificates_are_trusted(facts: Facts) -> Verdict:
    """No browser warns. Staging is right at first, and easily forgotten."""
    tls = facts[f.SETTINGS].tls
    if isinstance(tls, SelfSigned):
        return Warned(
            "tls.kind is self-signed: every browser warns, and programs refuse to connect",
            "fine for a trial; set tls.kind to letsencrypt or certificate before people come",
        )
    if isinstance(tls, LetsEncrypt) and tls.server == "staging":
        return Warned(
            "tls.server is staging: browsers will refuse the certificate",
            "once the other checks pass, set tls.server to production and run `binder-deploy up` again; with staged, "
            "`up` does that by itself",
        )
    return Passed()


def host_names(facts: Facts) -> Verdict:
    """Both host names can get a certificate of their own."""
    address, tls = facts[f.SETTINGS].address, facts[f.SETTINGS].tls
    if isinstance(address, BareIp):
        return Skipped("not applicable", "address.kind is ip: there is no host name")
    shared = next((d for d in SHARED_DOMAINS if address.domain == d or address.domain.endswith(f".{d}")), None)
    if shared:
        told = f"address.domain: all of {shared} shares one weekly quota at Let's Encrypt, which others use up"
        remedy = "use a domain of your own, or stay with tls.server: staging"
        production = isinstance(tls, LetsEncrypt) and tls.server != "staging"
        return Failed(told, remedy) if production else Warned(told, remedy)
    longest = max(facts[f.SETTINGS].hosts, key=len)
    if len(longest) > COMMON_NAME:
        return Warned(
            f"address.domain: {longest} has {len(longest)} characters; above {COMMON_NAME} a certificate carries no "
            "common name, which old clients and proxies miss",
            f"choose a domain of at most {COMMON_NAME - len('binder.')} characters",
        )
    return Passed(", ".join(facts[f.SETTINGS].hosts))


def push_is_supported(facts: Facts) -> Verdict:
    """The BinderHub that is installed can push in the way that the settings say."""
    version = facts[f.CHART_VERSIONS]["binderhub"]
    registry = facts[f.SETTINGS].registry
    by_token = isinstance(registry, ArtifactRegistry) and registry.push == "workload-identity"
    if by_token and not pushes_by_token({"binderhub": version}):
        return Warned(
            f"BinderHub {version} is older than pushing by workload identity: every build will end when it pushes",
            "bring a newer chart, or set registry.push to key",
        )
    return Passed()


def idle_servers_end(facts: Facts) -> Verdict:
    """Servers that nobody uses stop, and so do their nodes."""
    culling = facts[f.SETTINGS].hub.culling
    if culling.idle_minutes > 360:
        return Warned(
            f"hub.culling.idle_minutes: a forgotten server holds its node for {culling.idle_minutes / 60:.3g} hours",
            "set hub.culling.idle_minutes to 60 or less",
        )
    if culling.max_age_hours == 0:
        return Warned(
            "hub.culling.max_age_hours is 0: a server with one open browser tab never ends",
            "set hub.culling.max_age_hours to 12, for example",
        )
    return Passed(f"after {culling.idle_minutes} idle minutes, at {culling.max_age_hours} hours at the latest")


def public_hub_is_bounded(facts: Facts) -> Verdict:
    """Nobody can take the whole service: anyone may launch, so every limit counts."""
    binder = facts[f.SETTINGS].binder
    open_ended = [
        path
        for path, value in (
            ("binder.per_repo", binder.per_repo),
            ("binder.launches_per_hour", binder.launches_per_hour),
        )
        if value == 0
    ]
    if open_ended:
        return Warned(
            f"{' and '.join(open_ended)}: no limit; open hubs without limits were taken over for mining",
            "give a number above 0 there",
        )
    return Passed()
