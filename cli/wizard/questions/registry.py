"""Where the images of repositories are kept."""

from __future__ import annotations

from collections.abc import Callable

from binder_deploy.cli.wizard.question import Given, Kind, Option, Question
from binder_deploy.cli.wizard.questions.said import EKS, EXISTING, GKE, always, by, one_of

HOSTED, OWN_HOST = ("docker-hub", "ghcr", "quay"), ("harbor", "oci")
CLOUDS_OWN = {GKE: Option("artifact-registry", "Google's, made for you"), EKS: Option("ecr", "Amazon's, made for you")}


def _pushes(*kinds: str) -> Callable[[Given], bool]:
    kinds = kinds or (*HOSTED, *OWN_HOST)
    return lambda given: given.get("registry") in kinds


def _registries(given: Given) -> tuple[Option, ...]:
    own = CLOUDS_OWN.get(given.get("platform", ""))
    trusted = given.get("domain") and given.get("certificates") != "staging"
    others = (
        Option("docker-hub", "Docker Hub"),
        Option("ghcr", "GitHub's"),
        Option("quay", "Quay"),
        Option("harbor", "a Harbor of yours"),
        Option("oci", "any other"),
        *((Option("in-cluster", "one of your own, in the cluster"),) if trusted else ()),
    )
    return (own, *others) if own else others


QUESTIONS: tuple[Question, ...] = (
    Question(
        name="registry",
        path="registry.kind",
        title="Registry",
        why="Where the images of repositories are kept.",
        kind=Kind.CHOICE,
        when=one_of("platform", GKE, EKS, EXISTING),
        rare=one_of("platform", GKE, EKS),
        options=_registries,
        default=by("platform", gke="artifact-registry", eks="ecr"),
        sample=always("ghcr"),
    ),
    Question(
        name="registry-host",
        path="registry.host",
        title="Registry's host",
        why="Host, and port if it is not 443; no https://, no path.",
        when=_pushes(*OWN_HOST),
        sample=always("registry.example.org"),
    ),
    Question(
        name="registry-path",
        path="registry.path",
        title="Path in the registry",
        why="What stands between the host and an image's name: a project of Harbor's, for example.",
        when=_pushes(*OWN_HOST),
        sample=always("binder"),
    ),
    Question(
        name="registry-namespace",
        path="registry.namespace",
        title="Registry's namespace",
        why="The user or organisation that owns the images, lower case.",
        when=_pushes(*HOSTED),
        sample=always("binder"),
    ),
    Question(
        name="registry-user",
        path="registry.push.username",
        title="Registry's user",
        why="Who writes images: a robot account with that right alone.",
        when=_pushes(),
        sample=always("robot"),
    ),
    Question(
        name="registry-password",
        path="registry.push.password",
        title="That user's password",
        why="Where it is kept, never the password itself: env:VARIABLE or file:PATH.",
        kind=Kind.SECRET,
        when=_pushes(),
        default=always("env:REGISTRY_PASSWORD"),
    ),
)
