"""The service as its visitors meet it: what the public address answers."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from urllib.parse import urlsplit

from packaging.version import InvalidVersion

from binder_deploy.checks.facts import web as f
from binder_deploy.checks.model import Facts, Failed, Passed, Skipped, Verdict, Warned
from binder_deploy.checks.objects import binder, listing
from binder_deploy.checks.rules.web_advisories import READ, known_flaws
from binder_deploy.settings.names import (
    CERTIFICATE,
    ENTRYPOINT_SERVICE,
    TRAEFIK_NAMESPACE,
)

SLOW_S = 5.0
"""People take a page that needs longer for a broken one."""
REDIRECTS = 5
"""More than a plain address, a front page and a login need."""

_AGAIN = "run `binder-deploy up` again"
_CERTIFICATE = f"kubectl -n NAMESPACE describe certificate {CERTIFICATE}"
_ENTRY = (
    f"kubectl -n {TRAEFIK_NAMESPACE} get service {ENTRYPOINT_SERVICE} and pods: both must be there, the ports 80 and "
    "443 open from here"
)
_TROUBLE: Mapping[f.Trouble, tuple[str, str]] = {
    "name": (
        "the name leads nowhere",
        f"create the DNS record that `binder-deploy up` prints (address.dns), then {_AGAIN}",
    ),
    "refused": ("nobody listens there", _ENTRY),
    "timeout": ("nobody answers there", _ENTRY),
    "expired": (
        "the certificate has expired: browsers show a warning instead",
        f"{_CERTIFICATE} says why it was not renewed",
    ),
    "too early": ("the certificate is not valid yet", "set the clock of this machine, or wait"),
    "wrong name": (
        "the certificate is for another name: browsers show a warning instead",
        f"{_CERTIFICATE}; Traefik shows its own as long as the right one is missing",
    ),
    "untrusted": (
        "no browser trusts who issued the certificate",
        f"{_CERTIFICATE}; with Let's Encrypt, tls.server must be production",
    ),
    "tls": ("no encrypted connection comes about", f"{_ENTRY}; nothing but HTTPS may answer at 443"),
    "broken off": ("the answer breaks off", f"kubectl -n {TRAEFIK_NAMESPACE} logs deployment/traefik"),
}
_STATUS: Mapping[int, str] = {
    404: "no Ingress leads from there to it",
    502: "the way in cannot reach it",
    503: "it is not ready, or has no pod",
    504: "it does not answer in time",
}


def hub_answers(facts: Facts) -> Verdict:
    """JupyterHub answers at its public address, and says its version."""
    return _answers(facts, "JupyterHub", facts[f.HUB], "hub")


def binder_answers(facts: Facts) -> Verdict:
    """BinderHub answers at its public address, and says its version."""
    return _answers(facts, "BinderHub", facts[f.BINDER], "binder")


def _answers(facts: Facts, who: str, answer: f.Answer | f.NoAnswer, workload: str) -> Verdict:
    if isinstance(answer, f.NoAnswer):
        return _unread(facts, answer)
    if answer.status != 200 or answer.version is None:
        why = _STATUS.get(answer.status, "somebody else answers")
        return Failed(
            f"{answer.url} answers {answer.status}, and not as {who}: {why}",
            f"kubectl -n {binder(facts)} get ingress and pods; logs deployment/{workload} says more",
        )
    if answer.seconds > SLOW_S:
        return Warned(
            f"{answer.url} took {answer.seconds:.1f} s to answer: people take it for broken",
            f"kubectl -n {binder(facts)} top pods; a bigger machine for platform.pools.core",
        )
    return Passed(f"{who} {answer.version} in {answer.seconds * 1000:.0f} ms")


def binder_is_well(facts: Facts) -> Verdict:
    """BinderHub finds its registry and its hub, as often in a row as was looked."""
    looks = facts[f.HEALTH]
    last = looks[-1]
    ill = [service for service, well in last.services.items() if not well]
    if ill:
        return Failed(
            f"Binder's own health page says that these do not work: {listing(ill)} (look {len(looks)})",
            "a registry: see the checks of registry; the hub: kubectl -n "
            f"{binder(facts)} get pods; then wait a minute and run `binder-deploy check` again",
        )
    if last.status != 200 or not last.services:
        return Failed(
            f"Binder's own health page answers {last.status}, and not as BinderHub (look {len(looks)})",
            f"kubectl -n {binder(facts)} rollout status deployment/binder; "
            f"kubectl -n {binder(facts)} logs deployment/binder",
        )
    return Passed(f"{listing(last.services)}{f', {len(looks)} times in a row' if len(looks) > 1 else ''}")


def http_leads_to_https(facts: Facts) -> Verdict:
    """A plain address ends on a page with HTTPS, after a few steps, and never goes back."""
    for walk in facts[f.WALKS]:
        path = " → ".join(walk.steps)
        schemes = [urlsplit(step).scheme for step in walk.steps]
        if walk.problem and len(walk.steps) == 1:
            return _unread(facts, walk.problem)
        if walk.loop:
            return Failed(
                f"{walk.steps[0]} leads in a circle: {path}",
                "end TLS in one place only: no proxy of your own before the entry point, no redirect in "
                f"charts.*.values; then {_AGAIN}",
            )
        if ("https", "http") in pairwise(schemes):
            return Failed(
                f"{walk.steps[0]} goes from HTTPS back to plain HTTP: {path}",
                "whoever answers there does not know that TLS ended before it: X-Forwarded-Proto must reach it; "
                f"remove proxy and ports keys from charts.*.values, then {_AGAIN}",
            )
        if schemes[-1] != "https":
            return Failed(
                f"{walk.steps[-1]} answers {walk.status} in plain HTTP: passwords and tokens can be read on the way",
                f"remove ports from charts.traefik.values, then {_AGAIN}",
            )
        if walk.problem:
            return _unread(facts, walk.problem)
        if len(walk.steps) - 1 > REDIRECTS:
            return Failed(
                f"{walk.steps[0]} takes {len(walk.steps) - 1} redirects, at most {REDIRECTS} make sense: {path}",
                f"remove redirects from charts.*.values and extra_config, then {_AGAIN}",
            )
    return Passed(listing(walk.steps[0] for walk in facts[f.WALKS]))


def announced_hub_is_ours(facts: Facts) -> Verdict:
    """Where BinderHub sends people, the very hub answers that is at the hub's address."""
    announced, hub = facts[f.ANNOUNCED], facts[f.HUB]
    where, remedy = announced.hub_url, f"remove hub_url from charts.binder-service.extra_config, then {_AGAIN}"
    if isinstance(announced.answer, f.NoAnswer):
        unread = _unread(facts, announced.answer)
        return Failed(f"BinderHub sends people to {where}, where no launch can end: {unread.message}", unread.remedy)
    if announced.answer.version is None:
        return Failed(
            f"BinderHub sends people to {where}, where no hub answers (status {announced.answer.status}): every launch "
            "ends on an error page",
            remedy,
        )
    if not isinstance(hub, f.Answer) or hub.version != announced.answer.version:
        ours = hub.version if isinstance(hub, f.Answer) else None
        return Failed(
            f"BinderHub sends people to {where}, where JupyterHub {announced.answer.version} answers; the hub of this "
            f"deployment is {f'version {ours}' if ours else 'not to be seen'}",
            remedy,
        )
    return Passed(where)


def no_grave_flaw(facts: Facts) -> Verdict:
    """No flaw of high severity is known of this JupyterHub."""
    hub = facts[f.HUB]
    if not isinstance(hub, f.Answer) or hub.version is None:
        return Skipped("unknown", "could not be asked: the hub does not say its version")
    try:
        flaws = known_flaws(hub.version)
    except InvalidVersion:
        return Skipped("unknown", f"JupyterHub {hub.version}: not a version that can be compared")
    everywhere = [flaw for flaw in flaws if not flaw.only]
    detail = "\n".join(f"{x.id} ({x.severity}), mended in {x.fixed[-1]}: {x.what}" for x in flaws)
    remedy = (
        "set charts.binder-service to a BinderHub with a newer JupyterHub: `binder-deploy bundle` lists what is tested"
    )
    grave = [flaw.id for flaw in everywhere if flaw.severity == "high"]
    if grave:
        return Failed(f"JupyterHub {hub.version} has known flaws of high severity: {listing(grave)}", remedy, detail)
    if everywhere:
        ids = listing(flaw.id for flaw in everywhere)
        return Warned(f"JupyterHub {hub.version} has known flaws: {ids}", remedy, detail)
    known = "; ".join(f"{flaw.id} only {flaw.only}" for flaw in flaws)
    return Passed(f"JupyterHub {hub.version}, by what was known on {READ}{f'; {known}' if known else ''}", detail)


def _unread(facts: Facts, answer: f.NoAnswer) -> Failed:
    message, remedy = _TROUBLE[answer.trouble]
    remedy = remedy.replace("NAMESPACE", binder(facts))
    return Failed(f"{answer.url} cannot be read: {message}", remedy, answer.told)
