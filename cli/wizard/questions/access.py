"""Who may launch."""

from __future__ import annotations

from collections.abc import Callable

from binder_deploy.cli.wizard.question import Given, Kind, Option, Question
from binder_deploy.cli.wizard.questions.said import always, one_of, options


def _login(*kinds: str) -> Callable[[Given], bool]:
    kinds = kinds or ("github", "google", "oidc")
    return lambda given: given.get("access") in kinds


QUESTIONS: tuple[Question, ...] = (
    Question(
        name="access",
        path="access.kind",
        title="Who may launch",
        why="Everybody, or people with a login.",
        kind=Kind.CHOICE,
        when=one_of("address", "domain"),
        options=options(
            Option("open", "everybody, without a login"),
            Option("github", "people with a GitHub account that you name"),
            Option("google", "people with a Google account that you name"),
            Option("oidc", "your institution's login (OpenID Connect)"),
        ),
        default=always("open"),
    ),
    Question(
        name="client-id",
        path="access.client_id",
        title="Client ID",
        why="Of the OAuth application; tell the provider https://hub.DOMAIN/hub/oauth_callback.",
        when=_login(),
        sample=always("client"),
    ),
    Question(
        name="client-secret",
        path="access.client_secret",
        title="Client secret",
        why="Where it is kept, never the secret itself: env:VARIABLE or file:PATH.",
        kind=Kind.SECRET,
        when=_login(),
        default=always("env:OAUTH_CLIENT_SECRET"),
    ),
    Question(
        name="oidc-authorize-url",
        path="access.authorize_url",
        title="Authorization endpoint",
        why="As the provider's /.well-known/openid-configuration shows it.",
        when=_login("oidc"),
        sample=always("https://login.example.org/authorize"),
    ),
    Question(
        name="oidc-token-url",
        path="access.token_url",
        title="Token endpoint",
        why="From the same page.",
        when=_login("oidc"),
        sample=always("https://login.example.org/token"),
    ),
    Question(
        name="oidc-userdata-url",
        path="access.userdata_url",
        title="Userinfo endpoint",
        why="From the same page.",
        when=_login("oidc"),
        sample=always("https://login.example.org/userinfo"),
    ),
    Question(
        name="oidc-everybody",
        path="access.everybody",
        title="Everybody there",
        why="May everybody log in whom the provider knows?",
        kind=Kind.YES_NO,
        when=_login("oidc"),
        default=always("no"),
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
        sample=always("example"),
    ),
    Question(
        name="google-domains",
        path="access.domains",
        title="Google domains",
        why="Whoever has an address in one of these domains may log in; separated by commas.",
        kind=Kind.LIST,
        when=_login("google"),
        optional=True,
        sample=always("example.org"),
    ),
    Question(
        name="oidc-groups",
        path="access.groups",
        title="Groups",
        why="Groups whose members may log in, separated by commas.",
        kind=Kind.LIST,
        when=lambda given: _login("oidc")(given) and given.get("oidc-everybody") != "yes",
        optional=True,
        sample=always("example"),
    ),
    Question(
        name="oidc-groups-claim",
        path="access.groups_claim",
        title="Claim with the groups",
        why="What the provider calls the list of a person's groups.",
        when=lambda given: bool(given.get("oidc-groups")),
        default=always("groups"),
    ),
)
