"""What the way in lets through to hub and Binder, and what it must not."""

from __future__ import annotations

from binder_deploy.checks.facts import deployment as d
from binder_deploy.checks.facts import web as f
from binder_deploy.checks.model import Facts, Failed, Passed, Skipped, Verdict
from binder_deploy.checks.objects import binder, listing

_AGAIN = "run `binder-deploy up` again"


def encoded_slashes_arrive(facts: Facts) -> Verdict:
    """Launch links of repositories by their address reach BinderHub with their `%2F`."""
    found = facts[f.ENCODED]
    remedy = (
        "nothing on the way may refuse or decode %2F: set ports.websecure.http.encodedCharacters.allowEncodedSlash to "
        f"true in charts.traefik.values if it was changed, and look at proxies before the entry point; then {_AGAIN}"
    )
    if found.intact is False:
        return Failed(
            "%2F in a path arrives at BinderHub as a slash: links to Git and GitLab repositories fail", remedy
        )
    if found.status >= 400 and found.status != found.plain and not found.by_binder:
        return Failed(
            f"a path with %2F is answered {found.status} before it reaches BinderHub: links to Git and GitLab "
            "repositories fail",
            remedy,
        )
    if found.status >= 400 and found.status != 403:
        return Skipped("not applicable", f"Binder has no launch pages for repositories by address ({found.status})")
    return Passed()


def cors_is_as_configured(facts: Facts) -> Verdict:
    """Browsers hear whose pages may ask Binder, once, and as it was configured."""
    wanted, told = facts[d.BINDER_CONFIG].cors, facts[f.CORS]
    remedy = (
        "say it in config.BinderHub.cors_allow_origin (charts.binder-service.values) alone: no headers middleware of "
        f"Traefik, no extra_config; then {_AGAIN}"
    )
    if len(told) > 1:
        return Failed(
            f"Binder's answers name several origins ({listing(told)}, {len(told)} headers): browsers refuse them all",
            remedy,
        )
    if "".join(told) != wanted:
        return Failed(
            f"Binder was told to serve pages of {wanted or 'no other site'}, its answers say "
            f"{listing(told) or 'nothing of it'}: launch buttons on other sites "
            + ("do not work" if wanted else "work where they should not"),
            remedy,
        )
    return Passed(wanted or "pages of other sites are refused")


def api_asks_who(facts: Facts) -> Verdict:
    """The hub tells strangers nothing about users and servers."""
    told = [path for path, status in facts[f.STRANGER].items() if status < 400]
    if told:
        return Failed(
            f"the hub answers anybody at {listing(told)}: everybody's servers can be listed, perhaps taken over",
            "something on the way adds a token, or a role gives rights to everybody: look at headers in "
            f"charts.traefik.values and at hub.loadRoles, then {_AGAIN}",
        )
    odd = [f"{path} ({status})" for path, status in facts[f.STRANGER].items() if status not in (401, 403)]
    if odd:
        return Failed(
            f"the hub should refuse strangers with 403; instead: {listing(odd)}",
            f"kubectl -n {binder(facts)} logs deployment/hub",
        )
    return Passed()


def websockets_pass(facts: Facts) -> Verdict:
    """A request for a websocket gets to the hub's proxy as one."""
    found = facts[f.UPGRADE]
    if not found.plain_by_proxy:
        return Skipped("not applicable", "JupyterHub's proxy does not show its own page here: nothing to compare with")
    remedy = (
        "the headers Upgrade and Connection must get through: look at proxies before the entry point and at "
        f"middlewares in charts.traefik.values, then {_AGAIN}"
    )
    if found.by == "proxy":
        return Failed("requests for websockets arrive as ordinary ones: notebooks open, and no kernel answers", remedy)
    if found.by == "somebody":
        return Failed(
            f"requests for websockets are answered {found.status} before they reach the hub: notebooks open, and no "
            "kernel answers",
            remedy,
        )
    return Passed()


def build_events_arrive(facts: Facts) -> Verdict:
    """What BinderHub tells of a build arrives as a stream of events, not packed."""
    found = facts[f.STREAM]
    remedy = f"remove middlewares (compress, buffering, errors) from charts.traefik.values, then {_AGAIN}"
    if not found.content_type.startswith("text/event-stream") or found.phase is None:
        return Failed(
            f"a build is answered {found.status} {found.content_type or 'without a type'} and not with events: the log "
            "stays empty, launches seem to hang",
            f"kubectl -n {binder(facts)} logs deployment/binder; {remedy}",
        )
    if found.encoding:
        return Failed(
            f"build events are compressed on the way ({found.encoding}): they wait until there is enough to pack",
            remedy,
        )
    return Passed(found.content_type)
