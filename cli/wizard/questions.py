"""All questions, in the order in which they are asked: what cannot be derived, and nothing else.

Plain data and small functions, so that `--help` can read the flags from here at once.
"""

from __future__ import annotations

from collections.abc import Callable

from binder_deploy.cli.wizard.question import Given, Kind, Option, Question

GKE, EKS, EXISTING = "gke", "eks", "existing"
HOSTED, OWN_HOST = ("docker-hub", "ghcr", "quay"), ("harbor", "oci")
CLOUDS_OWN = {GKE: Option("artifact-registry", "Google's, made for you"), EKS: Option("ecr", "Amazon's, made for you")}
WORKSHOP, PERMANENT = "workshop", "permanent"


def _is(name: str, *values: str) -> Callable[[Given], bool]:
    """Whether a question has one of these answers."""
    return lambda given: given.get(name) in values


def _always(text: str) -> Callable[[Given], str]:
    return lambda given: text


def _by(name: str, **texts: str) -> Callable[[Given], str]:
    """A text for each answer to a question."""
    return lambda given: texts.get(given.get(name, ""), "")


def _options(*options: Option) -> Callable[[Given], tuple[Option, ...]]:
    return lambda given: options


def _login(*kinds: str) -> Callable[[Given], bool]:
    kinds = kinds or ("github", "google", "oidc")
    return lambda given: given.get("access") in kinds


def _pushes(*kinds: str) -> Callable[[Given], bool]:
    kinds = kinds or (*HOSTED, *OWN_HOST)
    return lambda given: given.get("registry") in kinds


def _registries(given: Given) -> tuple[Option, ...]:
    own = CLOUDS_OWN.get(given.get("platform", ""))
    others = (
        Option("docker-hub", "Docker Hub"),
        Option("ghcr", "GitHub's"),
        Option("quay", "Quay"),
        Option("harbor", "a Harbor of yours"),
        Option("oci", "any other"),
    )
    return (own, *others) if own else others


def _dns(given: Given) -> tuple[Option, ...]:
    others = (
        Option("manual", "somewhere else: the records are shown, and awaited"),
        Option("cloudflare", "at Cloudflare: records come and go by themselves"),
    )
    if given.get("platform") == GKE:
        return Option("cloud-dns", "at Google Cloud DNS: records come and go by themselves"), *others
    return Option("route53", "at Amazon Route 53: records come and go by themselves"), *others


def _zone(given: Given) -> str:
    region = given.get("region", "")
    return f"{region}-b" if given.get("platform") == GKE else f"{region}a"


QUESTIONS: tuple[Question, ...] = (
    Question(
        name="platform",
        path="platform.kind",
        title="Where it runs",
        why="A new cluster at a cloud, or one that is there already.",
        kind=Kind.CHOICE,
        options=_options(
            Option(GKE, "Google Kubernetes Engine, made for you"),
            Option(EKS, "Amazon EKS, made for you"),
            Option(EXISTING, "a Kubernetes cluster that you have"),
        ),
        sample=_always(GKE),
    ),
    Question(
        name="project",
        path="platform.project",
        title="Google Cloud project",
        why="Its id. Everything is made and billed there.",
        when=_is("platform", GKE),
        offers="projects",
        detected="project",
        sample=_always("some-project"),
    ),
    Question(
        name="account",
        path="platform.account",
        title="AWS account",
        why="Its number, twelve digits. Everything is made and billed there.",
        when=_is("platform", EKS),
        offers="accounts",
        sample=_always("123456789012"),
    ),
    Question(
        name="region",
        path="platform.region",
        title="Region",
        why="Where everything lives: close to the people, and as their data protection wants it.",
        when=_is("platform", GKE, EKS),
        offers="regions",
        detected="region",
        sample=_by("platform", gke="europe-west1", eks="eu-central-1"),
    ),
    Question(
        name="zone",
        path="platform.zone",
        title="Zone",
        why="The nodes run in one zone of the region, because disks are bound to one.",
        when=_is("platform", GKE, EKS),
        offers="zones",
        detected="zone",
        sample=_zone,
    ),
    Question(
        name="context",
        path="platform.context",
        title="Kubeconfig context",
        why="Which of the clusters in your kubeconfig.",
        when=_is("platform", EXISTING),
        offers="contexts",
        detected="context",
        sample=_always("context"),
    ),
    Question(
        name="kubeconfig",
        path="platform.kubeconfig",
        title="Kubeconfig file",
        why="Empty: $KUBECONFIG, or ~/.kube/config.",
        when=_is("platform", EXISTING),
        rare=_is("platform", EXISTING),
        optional=True,
    ),
    Question(
        name="deployment",
        path="name",
        title="Name of the deployment",
        why="Every name at the cloud begins with it. It cannot be changed later.",
        detected="deployment",
        sample=_always("binder"),
    ),
    Question(
        name="owner",
        path="tags.owner",
        title="Owner",
        why="Who answers for the bill; a label on everything that is made. Lower case, digits, - and _.",
        detected="owner",
        sample=_always("owner"),
    ),
    Question(
        name="address",
        path="address.kind",
        title="Address",
        why="Where people find it. A login needs a domain.",
        kind=Kind.CHOICE,
        options=_options(
            Option("domain", "a domain of yours: binder.DOMAIN and hub.DOMAIN"),
            Option("ip", "no domain: https://ADDRESS/"),
        ),
        sample=_always("domain"),
    ),
    Question(
        name="ip",
        path="platform.address",
        title="IP address of the cluster",
        why="Where people reach the cluster's entrance.",
        when=lambda given: given.get("platform") == EXISTING and given.get("address") == "ip",
        sample=_always("192.0.2.1"),
    ),
    Question(
        name="domain",
        path="address.domain",
        title="Domain",
        why="The parent of both hosts: example.org gives binder.example.org and hub.example.org.",
        when=_is("address", "domain"),
        sample=_always("example.org"),
    ),
    Question(
        name="dns",
        path="address.dns.kind",
        title="DNS zone",
        why="Who keeps the domain's records.",
        kind=Kind.CHOICE,
        when=lambda given: given.get("address") == "domain" and given.get("platform") in (GKE, EKS),
        options=_dns,
        sample=_always("manual"),
    ),
    Question(
        name="dns-zone",
        path="address.dns.zone",
        title="Managed zone",
        why="Name of the zone at Cloud DNS, not its domain.",
        when=_is("dns", "cloud-dns"),
        offers="dns-zones",
        sample=_always("example-org"),
    ),
    Question(
        name="dns-zone-id",
        path="address.dns.zone_id",
        title="Hosted zone",
        why="Id of the zone at Route 53.",
        when=_is("dns", "route53"),
        offers="hosted-zones",
        sample=_always("Z0123456789ABCDEFGHIJ"),
    ),
    Question(
        name="cloudflare-zone",
        path="address.dns.zone_id",
        title="Zone at Cloudflare",
        why="Zone ID, as the overview page of the domain shows it.",
        when=_is("dns", "cloudflare"),
        sample=_always("0123456789abcdef0123456789abcdef"),
    ),
    Question(
        name="cloudflare-token",
        path="address.dns.token",
        title="Cloudflare's token",
        why="Where it is kept, never the token itself: env:VARIABLE or file:PATH.",
        kind=Kind.SECRET,
        when=_is("dns", "cloudflare"),
        default=_always("env:CLOUDFLARE_API_TOKEN"),
    ),
    Question(
        name="email",
        path="tls.email",
        title="E-mail address",
        why="Let's Encrypt writes there when a certificate is about to expire.",
        detected="email",
        sample=_always("somebody@example.org"),
    ),
    Question(
        name="certificates",
        path="tls.server",
        title="Certificates",
        why="Staging ones are for trying out: browsers warn. Production ones are limited in number.",
        kind=Kind.CHOICE,
        rare=lambda given: True,
        options=_options(
            Option("staged", "staging ones until the checks pass, then trusted ones"),
            Option("staging", "to try out; browsers warn"),
            Option("production", "trusted by browsers; a limited number each week"),
        ),
        default=_always("staged"),
    ),
    Question(
        name="registry",
        path="registry.kind",
        title="Registry",
        why="Where the images of repositories are kept.",
        kind=Kind.CHOICE,
        when=_is("platform", GKE, EKS, EXISTING),
        rare=_is("platform", GKE, EKS),
        options=_registries,
        default=_by("platform", gke="artifact-registry", eks="ecr"),
        sample=_always("ghcr"),
    ),
    Question(
        name="registry-host",
        path="registry.host",
        title="Registry's host",
        why="Host, and port if it is not 443; no https://, no path.",
        when=_pushes(*OWN_HOST),
        sample=_always("registry.example.org"),
    ),
    Question(
        name="registry-path",
        path="registry.path",
        title="Path in the registry",
        why="What stands between the host and an image's name: a project of Harbor's, for example.",
        when=_pushes(*OWN_HOST),
        sample=_always("binder"),
    ),
    Question(
        name="registry-namespace",
        path="registry.namespace",
        title="Registry's namespace",
        why="The user or organisation that owns the images, lower case.",
        when=_pushes(*HOSTED),
        sample=_always("binder"),
    ),
    Question(
        name="registry-user",
        path="registry.push.username",
        title="Registry's user",
        why="Who writes images: a robot account with that right alone.",
        when=_pushes(),
        sample=_always("robot"),
    ),
    Question(
        name="registry-password",
        path="registry.push.password",
        title="That user's password",
        why="Where it is kept, never the password itself: env:VARIABLE or file:PATH.",
        kind=Kind.SECRET,
        when=_pushes(),
        default=_always("env:REGISTRY_PASSWORD"),
    ),
    Question(
        name="access",
        path="access.kind",
        title="Who may launch",
        why="Everybody, or people with a login.",
        kind=Kind.CHOICE,
        when=_is("address", "domain"),
        options=_options(
            Option("open", "everybody, without a login"),
            Option("github", "people with a GitHub account that you name"),
            Option("google", "people with a Google account that you name"),
            Option("oidc", "your institution's login (OpenID Connect)"),
        ),
        default=_always("open"),
    ),
    Question(
        name="client-id",
        path="access.client_id",
        title="Client ID",
        why="Of the OAuth application; tell the provider https://hub.DOMAIN/hub/oauth_callback.",
        when=_login(),
        sample=_always("client"),
    ),
    Question(
        name="client-secret",
        path="access.client_secret",
        title="Client secret",
        why="Where it is kept, never the secret itself: env:VARIABLE or file:PATH.",
        kind=Kind.SECRET,
        when=_login(),
        default=_always("env:OAUTH_CLIENT_SECRET"),
    ),
    Question(
        name="oidc-authorize-url",
        path="access.authorize_url",
        title="Authorization endpoint",
        why="As the provider's /.well-known/openid-configuration shows it.",
        when=_login("oidc"),
        sample=_always("https://login.example.org/authorize"),
    ),
    Question(
        name="oidc-token-url",
        path="access.token_url",
        title="Token endpoint",
        why="From the same page.",
        when=_login("oidc"),
        sample=_always("https://login.example.org/token"),
    ),
    Question(
        name="oidc-userdata-url",
        path="access.userdata_url",
        title="Userinfo endpoint",
        why="From the same page.",
        when=_login("oidc"),
        sample=_always("https://login.example.org/userinfo"),
    ),
    Question(
        name="oidc-everybody",
        path="access.everybody",
        title="Everybody there",
        why="May everybody log in whom the provider knows?",
        kind=Kind.YES_NO,
        when=_login("oidc"),
        default=_always("no"),
    ),
    Question(
        name="users",
        path="access.users",
        title="Users",
        why="Names that may log in, separated by commas; empty if a whole group may.",
        kind=Kind.LIST,
        when=lambda given: _login()(given) and given.get("oidc-everybody") != "yes",
        optional=True,
    ),
    Question(
        name="organizations",
        path="access.organizations",
        title="GitHub organisations",
        why="ORG or ORG:TEAM, separated by commas; members may log in.",
        kind=Kind.LIST,
        when=_login("github"),
        optional=True,
        sample=_always("example"),
    ),
    Question(
        name="google-domains",
        path="access.domains",
        title="Google domains",
        why="Whoever has an address in one of these domains may log in; separated by commas.",
        kind=Kind.LIST,
        when=_login("google"),
        optional=True,
        sample=_always("example.org"),
    ),
    Question(
        name="oidc-groups",
        path="access.groups",
        title="Groups",
        why="Groups whose members may log in, separated by commas.",
        kind=Kind.LIST,
        when=lambda given: _login("oidc")(given) and given.get("oidc-everybody") != "yes",
        optional=True,
        sample=_always("example"),
    ),
    Question(
        name="oidc-groups-claim",
        path="access.groups_claim",
        title="Claim with the groups",
        why="What the provider calls the list of a person's groups.",
        when=lambda given: bool(given.get("oidc-groups")),
        default=_always("groups"),
    ),
    Question(
        name="use",
        path="hub.culling",
        title="What for",
        why="It decides how long servers live and what is kept ready.",
        kind=Kind.CHOICE,
        options=_options(
            Option(PERMANENT, "to stay: idle servers end soon, user nodes come and go"),
            Option(WORKSHOP, "for days: everybody opens the same repository, quick starts"),
        ),
        default=_always(PERMANENT),
    ),
    Question(
        name="people",
        path="binder.max_servers",
        title="People at one time",
        why="So many servers may run at one time, and there are nodes for them.",
        kind=Kind.NUMBER,
        default=_by("use", permanent="60", workshop="30"),
    ),
    Question(
        name="machine",
        path="platform.pools.user.machine",
        title="Machine type",
        why="For people's servers. Shown: servers that one node holds, nodes at the most, list price of a node.",
        when=_is("platform", GKE, EKS),
        default=_by("platform", gke="e2-standard-8", eks="m6i.2xlarge"),
        offers="machines",
    ),
    Question(
        name="github-token",
        path="binder.github_token",
        title="GitHub token",
        why="Where it is kept: env:VARIABLE or file:PATH. Without one GitHub answers 60 requests an hour.",
        kind=Kind.SECRET,
        rare=lambda given: True,
        optional=True,
    ),
    Question(
        name="state",
        path="state.url",
        title="Bucket of the state",
        why="gs://NAME or s3://NAME, for several people and for CI; empty: in this folder.",
        rare=lambda given: True,
        optional=True,
    ),
)

BY_NAME = {question.name: question for question in QUESTIONS}
