"""What the account at the cloud allows, before anything is made in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from binder_deploy.checks.facts import account as a
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.model import Facts, Failed, Passed, Skipped, Verdict, Warned
from binder_deploy.checks.objects import listing
from binder_deploy.checks.rules.cluster import accepted, version
from binder_deploy.settings.address import Domain

SUPPORT_LEFT = timedelta(days=90)
"""Time enough to plan an upgrade between two terms."""
_NOT_OURS = Skipped("not applicable", "address.dns: the records are not ours to change")


def logged_in(facts: Facts) -> Verdict:
    """Somebody is logged in, and the login still holds."""
    who = facts[a.IDENTITY]
    if isinstance(who, a.NoIdentity):
        return Failed(f"{who.why}; nothing can be made or asked", who.remedy)
    return Passed(who.principal or "logged in; the cloud does not tell as whom")


def account_active(facts: Facts) -> Verdict:
    """The project or account is there and active."""
    account = facts[a.ACCOUNT]
    if account.problem:
        return Failed(f"{account.setting}: {account.id}: {account.problem}", account.remedy)
    return Passed(account.id)


def permissions_held(facts: Facts) -> Verdict:
    """Nothing that the program does is refused halfway."""
    return _held(facts[a.PERMISSIONS])


def zone_permissions_held(facts: Facts) -> Verdict:
    """The records can be made, and removed again."""
    found = facts[a.ZONE_PERMISSIONS]
    return _NOT_OURS if found is None else _held(found)


def services_on(facts: Facts) -> Verdict:
    """The services are switched on, or `up` can switch them on."""
    services = facts[a.SERVICES]
    if services is None:
        return Skipped("not applicable", "this cloud has no services that are switched on one by one")
    if services.stuck:
        return Failed(
            f"switched off: {', '.join(services.off)}; without it `up` cannot switch on any other",
            f"run: {services.command}",
        )
    if services.off:
        return Warned(
            f"switched off: {', '.join(services.off)}; `up` switches them on, but what they know (quotas, machine "
            "types, versions) cannot be checked before",
            f"run: {services.command}",
        )
    return Passed(f"{services.asked} services")


def policies_allow(facts: Facts) -> Verdict:
    """No policy of the organisation forbids what the program does."""
    policies = facts[a.POLICIES]
    if policies is None:
        return Skipped("not applicable", "not told here; what an organisation forbids is seen by BD-ACC-003")
    forbidding = [p for p in policies if p.verdict == "forbids"]
    if forbidding:
        return Failed(
            f"the organisation forbids {'; '.join(f'{p.meets} ({p.name})' for p in forbidding)}",
            "; ".join(_unique(p.remedy for p in forbidding)),
        )
    unclear = [p for p in policies if p.verdict == "unclear"]
    if unclear:
        return Warned(
            f"the organisation may forbid {'; '.join(f'{p.meets} ({p.name})' for p in unclear)}: the policy names a "
            "group, and what is in it is not told",
            "; ".join(_unique(p.remedy for p in unclear)),
        )
    return Passed(f"{len(policies)} policies")


def billing_on(facts: Facts) -> Verdict:
    """Somebody pays."""
    billing = facts[a.BILLING]
    if billing is None:
        return Skipped("not applicable", "this cloud opens no account without somebody who pays")
    if not billing.on:
        return Failed(f"{billing.account} has no open billing account: nothing can be made in it", billing.command)
    return Passed()


def machines_offered(facts: Facts) -> Verdict:
    """The zone has every machine type and accelerator that a pool names."""
    missing = [offer for offer in facts[a.OFFERS] if not offer.offered]
    if missing:
        return Failed(
            "; ".join(f"{o.setting}: {o.zone} has no {o.name}" for o in missing),
            "; ".join(_unique(_instead(offer) for offer in missing)),
        )
    return Passed(", ".join(_unique(offer.name for offer in facts[a.OFFERS])))


def one_architecture(facts: Facts) -> Verdict:
    """What is built on one pool runs on the other: images are built for the architecture of the build nodes."""
    known = {o.pool: o for o in facts[a.OFFERS] if o.architecture and o.pool in ("user", "build")}
    if len(known) < 2:
        return Skipped("unknown", "the architecture of the user and build pools is not known")
    user, build = known["user"], known["build"]
    if user.architecture != build.architecture:
        return Failed(
            f"{build.setting}: {build.name} builds images for {build.architecture}, but {user.setting}: {user.name} "
            f"is {user.architecture}: every server would end with an exec format error",
            f"choose machine types of one architecture for {user.setting} and {build.setting}",
        )
    return Passed(user.architecture)


def zone_serves_hosts(facts: Facts) -> Verdict:
    """The DNS zone exists, is public, and holds the domain."""
    zone, address = facts[a.ZONE], facts[f.SETTINGS].address
    if zone is None or not isinstance(address, Domain):
        return _NOT_OURS
    if not zone.found:
        return Failed(f"{zone.setting}: there is no zone {zone.name}", f"write the zone's name; {zone.look} shows them")
    if not zone.public:
        return Failed(
            f"{zone.setting}: {zone.name} is a private zone: nobody outside, and no certificate authority, sees it",
            f"name the public zone of {address.domain}; {zone.look} shows them",
        )
    if address.domain != zone.domain and not address.domain.endswith(f".{zone.domain}"):
        return Failed(
            f"address.domain: {address.domain} does not lie in the zone {zone.name}, which holds {zone.domain}",
            f"write a domain of that zone, or its zone in {zone.setting}; {zone.look} shows them",
        )
    return Passed(f"{address.domain} in {zone.domain}")


def network_fits(facts: Facts) -> Verdict:
    """The institution's network has what the settings name."""
    found = facts[a.SUBNETWORK]
    if found is None:
        return Skipped("not applicable", "platform.network: one of our own is made")
    if found.problems:
        return Failed("; ".join(found.problems), f"correct the names; {found.look} shows what there is")
    return Passed(found.name)


def names_free(facts: Facts) -> Verdict:
    """Nothing that is not ours has a name that we give: nothing is ever silently adopted."""
    found = facts[a.NAMES]
    if found.taken:
        return Failed(
            f"not made by this deployment, but of the same name: {listing(f'{t.kind} {t.name}' for t in found.taken)}",
            f"choose another name in binder.yaml, or remove what has it; to look: {found.taken[0].look}",
        )
    if found.unasked:
        return Skipped(
            "unknown",
            f"could not be asked: {listing(u.kind for u in found.unasked)}",
            "; ".join(u.why for u in found.unasked),
        )
    return Passed(f"{found.free} names")


def version_offered(facts: Facts) -> Verdict:
    """A new cluster gets a version that every chart accepts."""
    versions, wanted = facts[a.VERSIONS], facts[f.CHART_KUBE_VERSIONS]
    if versions.chosen not in versions.defaults:
        return Failed(
            f"{versions.setting}: {versions.chosen} is not offered there",
            f"choose one of {', '.join(sorted(versions.defaults))}",
        )

    def refused(text: str) -> list[str]:
        return [f"{c} wants {w}" for c, w in sorted(wanted.items()) if not accepted(w).contains(version(text))]

    default = versions.defaults[versions.chosen]
    if refusals := refused(default):
        good = sorted(choice for choice, text in versions.defaults.items() if not refused(text))
        return Failed(
            f"{versions.setting}: {versions.chosen} gives a new cluster Kubernetes {default}, but {listing(refusals)}",
            f"set {versions.setting} to {' or '.join(good)}" if good else "choose a bundle with other charts",
        )
    return Passed(f"Kubernetes {default}")


def version_supported(facts: Facts) -> Verdict:
    """The version's support does not end soon: after it, the cloud upgrades the cluster by itself, or charges more."""
    versions = facts[a.VERSIONS]
    ends = versions.ends.get(versions.chosen)
    if versions.asked is None or ends is None:
        return Skipped("not applicable", f"{versions.setting}: no end of support is known")
    left = ends - versions.asked
    if left >= SUPPORT_LEFT:
        return Passed(f"until {ends}")
    later = sorted((v for v, end in versions.ends.items() if end > ends), key=version)
    when = f"ends in {left.days} days, on {ends}" if left.days >= 0 else f"ended on {ends}"
    return Failed(
        f"{versions.setting}: standard support of {versions.chosen} {when}; then the cloud upgrades the cluster when "
        "it chooses",
        f"set {versions.setting} to {' or '.join(later)}" if later else "look for a bundle that knows newer versions",
    )


def _held(found: a.Permissions) -> Verdict:
    if not found.missing and found.unclear:
        return Skipped(
            "unknown",
            f"{len(found.unclear)} of {found.asked} permissions could not be asked: {listing(found.unclear)}",
            found.why,
        )
    if not found.missing:
        return Passed(f"{found.asked} permissions")
    who = found.principal or "whoever is logged in"
    parts: dict[tuple[str, str], list[str]] = {}
    for right in found.missing:
        parts.setdefault((right.role, right.purpose), []).append(right.permission)
    told = "; ".join(f"for {purpose}: {', '.join(every)} ({role})" for (role, purpose), every in parts.items())
    return Failed(
        f"{who} lacks {len({right.permission for right in found.missing})} of {found.asked} permissions: {told}",
        f"have somebody who may do this: {'; '.join(_unique(right.command for right in found.missing))}",
    )


def _instead(offer: a.Offer) -> str:
    if offer.elsewhere:
        return f"set platform.zone to {' or '.join(offer.elsewhere)}, or choose another {offer.setting}"
    return f"choose another {offer.setting}: no zone of the region has it"


def _unique(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
