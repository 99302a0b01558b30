"""Where people find it: domain, records, certificates."""

from __future__ import annotations

from binder_deploy.cli.wizard.question import Given, Kind, Option, Question
from binder_deploy.cli.wizard.questions.said import EKS, EXISTING, GKE, always, by, one_of, options


def _dns(given: Given) -> tuple[Option, ...]:
    """Who may keep the zone: a cloud's own service goes with its clusters alone (`settings.coherence`)."""
    others = (
        Option("manual", "somewhere else: the records are shown, and awaited"),
        Option("cloudflare", "at Cloudflare: records come and go by themselves"),
    )
    if given.get("platform") == GKE:
        return Option("cloud-dns", "at Google Cloud DNS: records come and go by themselves"), *others
    if given.get("platform") == EKS:
        return Option("route53", "at Amazon Route 53: records come and go by themselves"), *others
    return others


QUESTIONS: tuple[Question, ...] = (
    Question(
        name="address",
        path="address.kind",
        title="Address",
        why="Where people find it. A login needs a domain.",
        kind=Kind.CHOICE,
        options=options(
            Option("domain", "a domain of yours: binder.DOMAIN and hub.DOMAIN"),
            Option("ip", "no domain: https://ADDRESS/"),
        ),
        sample=always("domain"),
    ),
    Question(
        name="ip",
        path="platform.address",
        title="IP address of the cluster",
        why="Where people reach the cluster's entrance.",
        when=lambda given: given.get("platform") == EXISTING and given.get("address") == "ip",
        sample=always("192.0.2.1"),
    ),
    Question(
        name="domain",
        path="address.domain",
        title="Domain",
        why="The parent of both hosts: example.org gives binder.example.org and hub.example.org.",
        when=one_of("address", "domain"),
        sample=always("example.org"),
    ),
    Question(
        name="dns",
        path="address.dns.kind",
        title="DNS zone",
        why="Who keeps the domain's records.",
        kind=Kind.CHOICE,
        when=one_of("address", "domain"),
        options=_dns,
        default=by("platform", existing="manual"),
        sample=always("manual"),
    ),
    Question(
        name="dns-zone",
        path="address.dns.zone",
        title="Managed zone",
        why="Name of the zone at Cloud DNS, not its domain.",
        when=one_of("dns", "cloud-dns"),
        offers="dns-zones",
        sample=always("example-org"),
    ),
    Question(
        name="dns-zone-id",
        path="address.dns.zone_id",
        title="Hosted zone",
        why="Id of the zone at Route 53.",
        when=one_of("dns", "route53"),
        offers="hosted-zones",
        sample=always("Z0123456789ABCDEFGHIJ"),
    ),
    Question(
        name="cloudflare-zone",
        path="address.dns.zone_id",
        title="Zone at Cloudflare",
        why="Zone ID, as the overview page of the domain shows it.",
        when=one_of("dns", "cloudflare"),
        sample=always("0123456789abcdef0123456789abcdef"),
    ),
    Question(
        name="cloudflare-token",
        path="address.dns.token",
        title="Cloudflare's token",
        why="Where it is kept, never the token itself: env:VARIABLE or file:PATH.",
        kind=Kind.SECRET,
        when=one_of("dns", "cloudflare"),
        default=always("env:CLOUDFLARE_API_TOKEN"),
    ),
    Question(
        name="entrance",
        path="platform.address",
        title="Where the records lead",
        why="IP address of the cluster's entrance; empty: the one that our load balancer gets.",
        when=lambda given: given.get("platform") == EXISTING and given.get("dns") == "cloudflare",
        optional=True,
        sample=always("192.0.2.1"),
    ),
    Question(
        name="email",
        path="tls.email",
        title="E-mail address",
        why="Let's Encrypt writes there when a certificate is about to expire.",
        detected="email",
        sample=always("somebody@example.org"),
    ),
    Question(
        name="certificates",
        path="tls.server",
        title="Certificates",
        why="Staging ones are for trying out: browsers warn. Production ones are limited in number.",
        kind=Kind.CHOICE,
        rare=lambda given: True,
        options=options(
            Option("staged", "staging ones until the checks pass, then trusted ones"),
            Option("staging", "to try out; browsers warn"),
            Option("production", "trusted by browsers; a limited number each week"),
        ),
        default=always("staged"),
    ),
)
