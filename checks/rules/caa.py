"""Who may issue certificates for the names (CAA records, RFC 8659)."""

from __future__ import annotations

import re

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts import dns as d
from binder_deploy.checks.model import Facts, Failed, Passed, Skipped, Verdict, Warned
from binder_deploy.checks.objects import listing
from binder_deploy.checks.rules.dns import NO_NAMES

ISSUER = "letsencrypt.org"
"""How Let's Encrypt is called in CAA records (letsencrypt.org/docs/caa)."""
_CRITICAL = 128
"""Flag: who does not know the tag must not issue."""


def issuer_allowed(facts: Facts) -> Verdict:
    """The CAA records let Let's Encrypt issue, by the method that is used."""
    settings = facts[f.SETTINGS]
    if settings.tls.kind != "letsencrypt":
        return Skipped("not applicable", f"tls.kind is {settings.tls.kind}: nobody is asked for a certificate")
    if not settings.address.hosts:
        return NO_NAMES
    for caa in facts[d.CAA]:
        if problem := _forbids(caa):
            return Failed(
                f"{caa.host}: {problem}",
                f'add the record `{caa.holder}. CAA 0 issue "{ISSUER}"`'
                if not caa.problem
                else f"make the name servers of {caa.holder} answer: `dig {caa.holder} CAA`",
            )
    bound = [c for c in facts[d.CAA] for _, tag, value in c.records if tag == "issue" and "accounturi" in value]
    if bound:
        return Warned(
            f"{bound[0].holder}: its CAA record admits one account of Let's Encrypt only, which cannot be the one "
            "that cert-manager is going to register",
            f'add the record `{bound[0].holder}. CAA 0 issue "{ISSUER}"`',
        )
    return Passed(listing(f"{caa.holder} says so" for caa in facts[d.CAA] if caa.records))


def _forbids(caa: d.Caa) -> str:
    """Why Let's Encrypt may not issue for this host, or nothing."""
    if caa.problem:
        return f"the CAA records of {caa.holder} cannot be read ({caa.problem}); Let's Encrypt issues nothing then"
    for flags, tag, _ in caa.records:
        if flags & _CRITICAL and tag not in {"issue", "issuewild", "iodef"}:
            return f"a critical CAA record of {caa.holder} has the tag {tag}, which Let's Encrypt does not know"
    issuers = [value for _, tag, value in caa.records if tag == "issue"]
    if not issuers:
        return ""
    ours = [value for value in issuers if value.partition(";")[0].strip().lower() == ISSUER]
    if not ours:
        named = listing(value.partition(";")[0].strip() or "nobody" for value in issuers)
        return f"the CAA records of {caa.holder} let {named} issue certificates, not {ISSUER}"
    if not any(_method_allowed(value) for value in ours):
        return f"the CAA record of {caa.holder} admits {ISSUER}, but not by HTTP-01, which is used"
    return ""


def _method_allowed(value: str) -> bool:
    wanted = re.search(r"validationmethods\s*=\s*([^;\s]+)", value)
    return wanted is None or "http-01" in wanted[1].lower().split(",")
