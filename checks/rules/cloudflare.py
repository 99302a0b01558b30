"""A zone at Cloudflare: the token may edit its records, and our names are free or ours."""

from __future__ import annotations

from binder_deploy.checks.facts import cloudflare as c
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.model import Facts, Failed, Passed, Skipped, Verdict, Warned
from binder_deploy.settings.names import record_mark

_ELSEWHERE = Skipped("not applicable", "the zone is not kept at Cloudflare")
_EDIT, _READ = "#dns_records:edit", "#dns_records:read"
_NEW = (
    "make one at https://dash.cloudflare.com/profile/api-tokens (template `Edit zone DNS`, for this zone alone), and "
    "put it where address.dns.token refers to"
)


def zone_is_editable(facts: Facts) -> Verdict:
    """The zone is the domain's, is in force, and the token may edit its records."""
    zone, address = facts[c.ZONE], facts[f.SETTINGS].address
    if zone is None or address.kind == "ip":
        return _ELSEWHERE
    if zone.refused:
        return Failed(
            f"address.dns.token: Cloudflare does not show the zone of address.dns.zone_id with it: {zone.refused}",
            f"see whether the Zone ID is the domain's, and the token valid and for that zone; else {_NEW}",
        )
    if address.domain != zone.name and not address.domain.endswith(f".{zone.name}"):
        return Failed(
            f"address.dns.zone_id is the zone of {zone.name}, in which there can be no {address.domain}",
            "write the Zone ID that the overview page of the domain shows at Cloudflare",
        )
    if zone.status != "active":
        return Failed(
            f"the zone {zone.name} is {zone.status or 'not active'} at Cloudflare: records made there are seen by "
            "nobody yet",
            f"enter these name servers at the registrar, and wait until Cloudflare has noticed: "
            f"{', '.join(zone.servers) or 'those that its overview page shows'}",
        )
    if _EDIT in zone.rights:
        return Passed(zone.name)
    if _READ in zone.rights:
        return Failed(f"address.dns.token may not edit the records of {zone.name}", _NEW, " ".join(zone.rights))
    # The list is an old one, and Cloudflare does not promise that it is complete.
    return Warned(
        f"Cloudflare does not tell whether address.dns.token may edit the records of {zone.name}",
        "see that it has Zone → DNS → Edit; otherwise `binder-deploy up` ends where it makes the records, and goes "
        "on from there",
    )


def names_are_ours(facts: Facts) -> Verdict:
    """What leads somewhere at our names was made by us."""
    settings, records = facts[f.SETTINGS], facts[c.RECORDS]
    if facts[c.ZONE] is None:
        return _ELSEWHERE
    if records is None:
        return Skipped("unknown", "Cloudflare does not show the records; BD-DNS-007 says why")
    if foreign := [r for r in records if r.comment != record_mark(settings)]:
        told = "; ".join(f"{r.name} {r.type} {r.content}" for r in foreign)
        return Failed(
            f"there are records at Cloudflare that this deployment did not make: {told}",
            "remove them if nobody needs them any more, or choose another address.domain; they are never overwritten",
            "\n".join(f"{r.name}: comment {r.comment!r}" for r in foreign),
        )
    if proxied := [r.name for r in records if r.proxied]:
        return Warned(
            f"Cloudflare's proxy was switched on for {', '.join(proxied)}: it ends TLS itself and cuts long builds",
            "`binder-deploy up` switches it off",
        )
    return Passed(f"{len(records)} of ours")
