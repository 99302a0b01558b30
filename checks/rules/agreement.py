"""BinderHub and JupyterHub are configured apart; what must be said to both must be the same."""

from __future__ import annotations

from urllib.parse import urlsplit

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts import living
from binder_deploy.checks.model import Facts, Failed, Passed, Skipped, Verdict, Warned
from binder_deploy.checks.objects import binder, listing, name, namespace, spec

_AGAIN = "run `binder-deploy up` again"
_NOBODY = {"null", "dummy", "nullauthenticator.NullAuthenticator", "jupyterhub.auth.DummyAuthenticator"}
"""Authenticators with which nobody, or anybody without a password, logs in."""


def local_hub_url_is_served(facts: Facts) -> Verdict:
    """BinderHub finds the hub inside the cluster: by a Service of its own namespace, or by its full name."""
    url = facts[f.BINDER_CONFIG].hub_url_local
    remedy = f"remove hub_url_local from charts.binder-service.values, then {_AGAIN}"
    if not url:
        return Failed(
            "BinderHub has no hub_url_local: it goes out to the public address and back in, which many networks refuse",
            remedy,
        )
    host, *rest = (urlsplit(url).hostname or "").split(".")
    where = rest[0] if rest else binder(facts)
    if len(rest) > 1 and rest[1] != "svc":
        return Warned(f"BinderHub's hub_url_local ({url}) leads out of the cluster", remedy)
    found = next((s for s in facts[f.SERVICES] if (namespace(s), name(s)) == (where, host)), None)
    if found is None:
        return Failed(f"BinderHub's hub_url_local is {url}, but there is no Service {where}/{host}", remedy)
    port = urlsplit(url).port or 80
    if port not in {p.get("port") for p in spec(found).get("ports") or ()}:
        return Failed(f"BinderHub's hub_url_local is {url}, but Service {where}/{host} has no port {port}", remedy)
    return Passed(url)


def one_binder_where_people_log_in(facts: Facts) -> Verdict:
    """One replica of BinderHub: sessions and launch counts live in its memory."""
    service = next(
        (
            w
            for w in facts[f.WORKLOADS]
            if w.get("kind") == "Deployment" and (namespace(w), name(w)) == (binder(facts), "binder")
        ),
        None,
    )
    if service is None:
        return Skipped("not applicable", "there is no Deployment of BinderHub")
    replicas = int(spec(service).get("replicas", 1))
    remedy = f"kubectl -n {binder(facts)} scale deployment binder --replicas 1; then {_AGAIN}"
    if replicas > 1 and facts[f.BINDER_CONFIG].auth:
        return Failed(
            f"BinderHub has {replicas} replicas and a login: a login that begins at one replica fails at the other",
            remedy,
        )
    if replicas > 1:
        return Warned(
            f"BinderHub has {replicas} replicas: each counts launches for itself, so that binder.launches_per_hour is "
            f"{replicas} times as much",
            remedy,
        )
    return Passed(f"{replicas} replica")


def foreign_pages_agree(facts: Facts) -> Verdict:
    """The same foreign pages may ask for launches and use the servers (Thebe needs both)."""
    binder, hub = facts[f.BINDER_CONFIG].cors, facts[living.HUB_CONFIG].cors
    if binder != hub:
        return Failed(
            f"pages of {binder or 'nobody'} may ask BinderHub for launches, but pages of {hub or 'nobody'} may use the "
            "servers: a page that launches one sees a CORS error at its first cell",
            "set config.BinderHub.cors_allow_origin and jupyterhub.hub.config.BinderSpawner.cors_allow_origin to the "
            f"same value in charts.binder-service.values (below binderhub), then {_AGAIN}",
        )
    return Passed(binder or "none")


def idle_servers_are_culled(facts: Facts) -> Verdict:
    """The hub's culler is on, looks often enough, and removes the people that BinderHub made up."""
    culling = facts[living.HUB_CONFIG].culling
    remedy = f"remove jupyterhub.cull from charts.binder-service.values (hub.culling sets it), then {_AGAIN}"
    if not culling.enabled:
        return Failed("the hub's culler is off: servers that nobody uses run, and cost, for ever", remedy)
    if culling.every_s > culling.timeout_s:
        return Failed(
            f"the hub's culler looks every {culling.every_s} s for servers idle for {culling.timeout_s} s: it sees "
            "them too late, or never idle",
            remedy,
        )
    if not culling.users and not facts[f.BINDER_CONFIG].auth:
        return Failed(
            "the hub's culler keeps users: each launch makes a new one, and the hub slows down with their number",
            remedy,
        )
    return Passed(f"after {culling.timeout_s} s")


def servers_are_bounded(facts: Facts) -> Verdict:
    """Each server has a promise of memory, by which nodes are filled, and a limit, by which it is stopped."""
    hub = facts[living.HUB_CONFIG]
    missing = [what for what, value in (("guarantee", hub.memory_guarantee), ("limit", hub.memory_limit)) if not value]
    if missing:
        return Failed(
            f"servers have no memory {' and no memory '.join(missing)}: one of them can take its node, and everybody "
            "on it, down",
            f"remove jupyterhub.singleuser.memory from charts.binder-service.values (hub.server sets it); {_AGAIN}",
        )
    return Passed(f"{hub.memory_guarantee} to {hub.memory_limit}")


def login_is_whole(facts: Facts) -> Verdict:
    """A login is set up on both sides with all its parts, or on neither."""
    binder, hub = facts[f.BINDER_CONFIG], facts[living.HUB_CONFIG]
    remedy = f"set it by `access`, and remove what charts.binder-service.values says of logins; then {_AGAIN}"
    if binder.auth != hub.auth:
        where, not_where = (
            ("BinderHub", "JupyterHub's spawner") if binder.auth else ("JupyterHub's spawner", "BinderHub")
        )
        return Failed(
            f"auth_enabled is set for {where}, not for {not_where}: launches end with 403 or in a loop of logins",
            remedy,
        )
    if not binder.auth:
        return Passed("no login")
    problems = []
    if hub.authenticator in _NOBODY:
        problems.append(f"the authenticator is {hub.authenticator}")
    if not hub.lets_in:
        problems.append("nobody is allowed in (JupyterHub 5 wants allow_all, or a list)")
    if not hub.redirect or urlsplit(hub.redirect).path != "/oauth_callback":
        problems.append("hub.services.binder.oauth_redirect_uri does not lead to BinderHub's /oauth_callback")
    if not hub.opens_binder:
        problems.append("hub.loadRoles gives users no access to the service binder")
    hub_host = urlsplit(binder.hub_url or "").hostname
    astray = [c for c in hub.callbacks if urlsplit(c).hostname != hub_host]
    if astray:
        problems.append(f"the provider sends people back to {listing(astray)}, the hub is on {hub_host}")
    if problems:
        return Failed(f"{'; '.join(problems)}: people see 403, or log in again and again", remedy)
    return Passed(hub.authenticator)
