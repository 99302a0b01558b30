"""Certificates seen from outside: who issues them, how they are proven, and what visitors get."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts import tls as t
from binder_deploy.checks.model import Facts, Failed, Passed, Skipped, Verdict, Warned
from binder_deploy.checks.objects import listing
from binder_deploy.checks.rules.orders import PORT_80, describe, nobody_asked
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import binder_namespace
from binder_deploy.settings.tls import LetsEncrypt

SOON = timedelta(days=14)
"""Renewal is due when a third of the lifetime is left; so late, it has been failing for a while."""
_DUE = 0.3
"""Share of a short lifetime below which the same is true."""
_TRAEFIK = "TRAEFIK DEFAULT CERT"
_STAGING = "(STAGING)"
"""Every staging authority of Let's Encrypt has it in its name (letsencrypt.org/docs/staging-environment)."""


def issuer_answers(facts: Facts) -> Verdict:
    """The issuing server offers what cert-manager is going to ask for."""
    settings, found = facts[f.SETTINGS], facts[t.DIRECTORY]
    if found is None or not isinstance(settings.tls, LetsEncrypt):
        return nobody_asked(settings)
    if found.problem:
        return Failed(
            f"{found.url} cannot be read from here: {found.problem}",
            f"`curl {found.url}`; the cluster must reach it, too: let HTTPS to it through, without a proxy that "
            "answers in its name; if only this machine is shut in, set checks.ignore",
        )
    if found.lacks:
        return Failed(
            f"{found.url} does not offer {listing(found.lacks)}: it is no ACME server",
            f"`curl {found.url}` shows who answers in its name",
        )
    if settings.address.kind == "ip" and "shortlived" not in found.profiles:
        return Failed(
            f"{found.url} does not offer the profile shortlived: there are no certificates for bare addresses",
            "set address.kind: domain",
        )
    return Passed(found.url)


def challenges_reach_us(facts: Facts) -> Verdict:
    """Port 80 answers challenges, as this deployment does: 404, or a redirect to the same host."""
    settings = facts[f.SETTINGS]
    if not isinstance(settings.tls, LetsEncrypt):
        return nobody_asked(settings)
    address = facts[f.ADDRESS]
    answers = facts[t.CHALLENGE_PATH]
    if silent := [a for a in answers if a.problem]:
        host = silent[0].host
        return Failed(
            f"port 80 of {address} does not answer for {listing(a.host for a in silent)}: no challenge can succeed",
            f"{PORT_80}; `curl -v --resolve {host}:80:{address} http://{host}/`",
            "\n".join(f"{a.host}: {a.problem}" for a in silent),
        )
    foreign = [problem for answer in answers if (problem := _foreign(answer))]
    if foreign:
        return Failed(
            f"{address} answers challenges on port 80 otherwise than this deployment would: {listing(foreign)}",
            "take away what redirects, protects or answers `/.well-known/acme-challenge/` there: routes and "
            "middlewares in charts.traefik.values, a proxy in front",
        )
    return Passed(listing(a.host for a in answers))


def visitors_trust(facts: Facts) -> Verdict:
    """Each host presents a certificate that is for it, by somebody whom browsers trust."""
    settings, found = facts[f.SETTINGS], facts[t.SERVED]
    if silent := [s for s in found if s.problem]:
        return Failed(
            f"no HTTPS at {facts[f.ADDRESS]} for {listing(s.host for s in silent)}",
            "let everybody reach TCP port 443 of the reserved address; "
            "`kubectl -n traefik get pods,services` shows whether anything listens",
            "\n".join(f"{s.host}: {s.problem}" for s in silent),
        )
    if unissued := [s.host for s in found if _TRAEFIK in s.issuer]:
        return Failed(
            f"{listing(unissued)}: Traefik's own certificate, in place of one that was not issued yet",
            f"{describe(settings)}; BD-TLS-002 and BD-TLS-007 say what it waits for",
        )
    if other := [f"{s.host} (that is for {listing(s.names) or 'nobody'})" for s in found if not s.covers]:
        return Failed(
            f"the wrong certificate is presented to visitors of {listing(other)}",
            "see that every Ingress of the host uses the same Secret (BD-TLS-003), and that nothing else answers "
            "at the reserved address",
        )
    distrusted = [s for s in found if s.distrust]
    return _distrusted(settings, distrusted) if distrusted else Passed(listing(s.issuer for s in found))


def time_is_left(facts: Facts) -> Verdict:
    """The certificate is valid now and has been renewed in time."""
    found = [s for s in facts[t.SERVED] if s.not_before and s.not_after and s.asked_at]
    if not found:
        return Skipped("unknown", "no certificate was presented", "\n".join(s.problem for s in facts[t.SERVED]))
    soonest = min(found, key=lambda s: s.left)
    until = f"{soonest.not_after:%Y-%m-%d %H:%M} UTC"
    if soonest.left <= timedelta():
        return Failed(f"the certificate of {soonest.host} has expired, on {until}", _renew(facts[f.SETTINGS]))
    if any(s.left > s.lifetime for s in found):
        return Failed(
            f"the certificate of {soonest.host} is not valid yet",
            "see whether this machine's clock is right (`date -u`)",
        )
    if any(s.left < min(SOON, s.lifetime * _DUE) for s in found):
        return Warned(
            f"the certificate of {soonest.host} ends on {until}, in {_span(soonest.left)}: it should have been renewed",
            _renew(facts[f.SETTINGS]),
        )
    return Passed(f"until {until}")


def _distrusted(settings: Settings, found: list[t.Served]) -> Verdict:
    hosts, why = listing(s.host for s in found), found[0].distrust
    staging = all(_STAGING in s.issuer for s in found)
    if settings.tls.kind == "self-signed":
        return Warned(f"every browser warns of {hosts}: tls.kind is self-signed", "set tls.kind: letsencrypt", why)
    if settings.tls.kind == "certificate":
        return Warned(
            f"browsers warn of {hosts}, unless they were told to trust {found[0].issuer}",
            "put the whole chain into the file of tls.certificate, the host's certificate first",
            why,
        )
    if staging and settings.tls.directory == "staging":
        by_itself = settings.tls.server == "staged"
        return Warned(
            f"every browser warns of {hosts}: the certificate is one of Let's Encrypt's staging server",
            "all else being well, `binder-deploy up` goes on to production"
            if by_itself
            else "all else being well, set tls.server: production and run `binder-deploy up`",
            why,
        )
    if staging:
        return Failed(
            f"{hosts}: the certificate is still one of Let's Encrypt's staging server, though production is asked now",
            f"{describe(settings)} says what the new one waits for",
            why,
        )
    return Failed(
        f"browsers do not trust the certificate of {hosts}: issued by {found[0].issuer or 'nobody'}",
        f"see whether something between here and the reserved address answers in its place; {describe(settings)}",
        why,
    )


def _foreign(answer: t.PathAnswer) -> str:
    """What in this answer is not of our making, or nothing."""
    if 300 <= answer.status < 400:
        where = urlsplit(answer.location).hostname
        if where is None or where == answer.host.strip("[]"):
            return ""
        return f"{answer.host} is sent to {where}"
    if answer.status == 404:
        return ""
    if answer.status == 200:
        return f"{answer.host} answers a challenge that nobody has set"
    return f"{answer.host} answers with HTTP status {answer.status}"


def _renew(settings: Settings) -> str:
    if settings.tls.kind == "certificate":
        return "put a new one into the files of tls.certificate and tls.key, and run `binder-deploy up`"
    again = f"`cmctl renew -n {binder_namespace(settings)} --all` tries again"
    return f"{describe(settings)} says why it was not renewed; {again}"


def _span(left: timedelta) -> str:
    hours = int(left.total_seconds() // 3600)
    return f"{hours // 24} days" if hours >= 48 else f"{hours} hours"
