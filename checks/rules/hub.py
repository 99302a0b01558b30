"""JupyterHub and BinderHub: secrets, addresses, rights, the builder."""

from __future__ import annotations

from collections import defaultdict
from urllib.parse import urlsplit

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.model import Facts, Failed, Passed, Verdict, Warned
from binder_deploy.checks.objects import binder, labels, listing, name, namespace, ours, spec, template
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.images import image_prefix

PUBLIC_PROXY = "proxy-public"
"""JupyterHub's way in; the charts fix its name."""
_AGAIN = "run `binder-deploy up` again"


def secrets_are_sound(facts: Facts) -> Verdict:
    """Each of the hub's secrets is 64 hexadecimal digits, and no two are the same."""
    shapes = facts[f.HUB_SECRETS]
    if not shapes:
        return Failed("Secret hub has none of its keys: hub and proxy would not start", _AGAIN)
    crooked = [s.name for s in shapes if not s.hex64]
    if crooked:
        return Failed(
            f"not 64 hexadecimal digits: {listing(crooked)}; the proxy or the hub refuses it (a newline at the end is "
            "enough)",
            f"remove these keys from charts.binder-service.values: they are generated; then {_AGAIN}",
        )
    groups: dict[int, list[str]] = defaultdict(list)
    for shape in shapes:
        groups[shape.group].append(shape.name)
    same = [" = ".join(sorted(names)) for names in groups.values() if len(names) > 1]
    if same:
        return Failed(
            f"one value for several secrets: {listing(same)}; who learns one of them knows all",
            f"remove these keys from charts.binder-service.values: they are generated; then {_AGAIN}",
        )
    return Passed(f"{len(shapes)} secrets")


def hub_url_leads_to_the_hub(facts: Facts) -> Verdict:
    """The address that BinderHub sends people to is one that an Ingress leads to JupyterHub's proxy."""
    url = facts[f.BINDER_CONFIG].hub_url
    remedy = f"remove hub_url from charts.binder-service.values (address.domain sets it), then {_AGAIN}"
    if not url:
        return Failed("BinderHub has no hub_url: a launch ends on a page that does not exist", remedy)
    parts = urlsplit(url)
    hosts = {
        rule.get("host", "")
        for ingress in ours(facts, f.INGRESSES)
        for rule in spec(ingress).get("rules") or ()
        for path in (rule.get("http") or {}).get("paths") or ()
        if ((path.get("backend") or {}).get("service") or {}).get("name") == PUBLIC_PROXY
    }
    # A rule without a host holds for every name and for the bare address.
    if not hosts & {parts.hostname, ""}:
        return Failed(
            f"BinderHub's hub_url is on {parts.hostname}, but the hub is served on {listing(hosts) or 'no host'}",
            remedy,
        )
    if parts.scheme != "https":
        return Failed("BinderHub's hub_url is http: browsers refuse a launch from an https page", remedy)
    return Passed(url)


def images_go_to_our_registry(facts: Facts) -> Verdict:
    """BinderHub names images as the registry that was made for them wants it."""
    wanted, given = image_prefix(facts[f.SETTINGS]), facts[f.BINDER_CONFIG].image_prefix
    if given != wanted:
        return Failed(
            f"BinderHub names images {given or 'without a prefix'}…, the registry is at {wanted}…: pushes fail or "
            "go to the wrong place",
            f"remove image_prefix from charts.binder-service.values, then {_AGAIN}",
        )
    return Passed(wanted)


def binder_may_run_pods(facts: Facts) -> Verdict:
    """BinderHub's service account may make, watch and remove build pods and read their logs."""
    denied = [action for action, allowed in facts[f.BINDER_ACCESS].items() if not allowed]
    if denied:
        return Failed(
            f"BinderHub's service account may not {listing(denied)} in namespace {binder(facts)}: every build fails",
            f"remove rbac and serviceAccount from charts.binder-service.values, then {_AGAIN}",
        )
    return Passed()


def builder_runs_apart(facts: Facts) -> Verdict:
    """Images are built by our own daemon, on the build pool only."""
    builder = facts[f.BINDER_CONFIG].builder
    wanted = facts[f.SETTINGS].binder.builds.builder
    remedy = f"remove imageBuilderType from charts.binder-service.values (binder.builds.builder sets it), then {_AGAIN}"
    if builder is not None and builder != wanted:
        why = "; nodes run containerd, there is no Docker to use" if builder == "host" else ""
        return Failed(f"BinderHub builds with {builder}, the settings say {wanted}{why}", remedy)
    daemons = [
        w
        for w in facts[f.WORKLOADS]
        if w.get("kind") == "DaemonSet" and namespace(w) == binder(facts) and _component(w) == "image-builder"
    ]
    if not daemons:
        return Failed(f"no {wanted} DaemonSet: build pods wait for a socket that never comes", remedy)
    anywhere = [name(d) for d in daemons if not spec(template(d)).get("nodeSelector")]
    platform = facts[f.SETTINGS].platform
    if anywhere and isinstance(platform, Existing) and not platform.nodes.build:
        return Warned(
            f"DaemonSet {listing(anywhere)} is on every node: privileged daemons run beside everybody",
            "label nodes for builds and name the label in platform.nodes.build",
        )
    if anywhere:
        return Failed(
            f"DaemonSet {listing(anywhere)} has no node selector: privileged daemons would run beside everybody",
            f"remove config.BinderHub.build_node_selector from charts.binder-service.values, then {_AGAIN}",
        )
    return Passed(wanted)


def _component(workload: f.Object) -> str:
    return str(labels(template(workload)).get("component", ""))
