"""The image registry: names, pushing, reading, pulling."""

from __future__ import annotations

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts import registry as r
from binder_deploy.checks.model import Facts, Failed, Passed, Skipped, Verdict
from binder_deploy.checks.objects import listing
from binder_deploy.checks.registry.names import host_of, wrong_with
from binder_deploy.settings.images import image_prefix
from binder_deploy.settings.model import Settings
from binder_deploy.settings.registry import ArtifactRegistry, Ecr, HostedRegistry, InClusterRegistry, OciRegistry
from binder_deploy.settings.staged import on_trial

_AGAIN = "run `binder-deploy up` again"
_IDENTITY_TOKEN = "<token>"  # noqa: S105 a user name that Docker knows
"""With this user name Docker takes the password for an OAuth token: upstream's chart writes it where none is given."""


def names_are_taken(facts: Facts) -> Verdict:
    """Images are named as the registry wants it and as BinderHub reads it."""
    prefix = image_prefix(facts[f.SETTINGS])
    problem = wrong_with(prefix)
    if problem:
        return Failed(f"registry: images would be called {prefix}…: {problem.what}", f"registry: {problem.remedy}")
    return Passed(prefix)


def settings_may_push(facts: Facts) -> Verdict:
    """The login of the settings begins an upload."""
    settings, answer = facts[f.SETTINGS], facts[r.PLANNED_PUSH]
    if answer is None:
        return _nothing_planned(settings)
    return _pushes(answer, "registry.push", "correct registry.push.username and what registry.push.password refers to")


def settings_may_read(facts: Facts) -> Verdict:
    """The login that will read images gets an answer, and be it that there is none yet."""
    settings, answer = facts[f.SETTINGS], facts[r.PLANNED_READ]
    if answer is None:
        return _nothing_planned(settings)
    path = "registry.pull" if getattr(settings.registry, "pull", None) else "registry.push"
    return _reads(answer, path, f"correct {path}.username and what {path}.password refers to")


def binderhub_has_a_login(facts: Facts) -> Verdict:
    """BinderHub's logins are for the registry that it names images for, and are complete."""
    settings, prefix, logins = facts[f.SETTINGS], facts[f.BINDER_CONFIG].image_prefix or "", facts[r.LOGINS]
    host = host_of(prefix)
    remedy = f"remove registry and config.DockerRegistry from charts.binder-service.values, then {_AGAIN}"
    problem = wrong_with(prefix)
    if problem:
        return Failed(f"BinderHub calls images {prefix or '(nothing)'}…: {problem.what}", remedy)
    if host not in logins.push:
        return Failed(
            f"BinderHub calls images {prefix}…, but its login is for {listing(logins.push) or 'no registry'}: "
            "pushes will be denied",
            remedy,
        )
    reads = logins.read if logins.read is not None else next(iter(logins.push))
    if reads != host:
        return Failed(
            f"BinderHub pushes to {host} and looks for images at {reads}: every launch will build anew",
            remedy,
        )
    login = logins.push[host]
    if login.username == _IDENTITY_TOKEN:
        return Failed(f"BinderHub's login at {host} has no user name: its password is taken for a token", remedy)
    if _has_login(settings) and not (login.username and login.has_password):
        return Failed(f"BinderHub's login at {host} has no password: pushes will be denied", remedy)
    return Passed(f"{login.username} at {host}")


def binderhub_may_push(facts: Facts) -> Verdict:
    """BinderHub's own login begins an upload."""
    settings, answer = facts[f.SETTINGS], facts[r.PUSH]
    if early := _too_early(settings):
        return early
    if answer is None:
        return _nothing_given(settings)
    return _pushes(answer, "Secret binder/binder-build-docker-config", f"{_renew(settings)}, then {_AGAIN}")


def binderhub_sees_images(facts: Facts) -> Verdict:
    """BinderHub is told which images exist: a refusal reads as "there is none", and everything is built anew."""
    settings, answer = facts[f.SETTINGS], facts[r.READ]
    if early := _too_early(settings):
        return early
    if answer is None:
        return _nothing_given(settings)
    return _reads(answer, "Secret binder/binder-secret, DockerRegistry", f"{_renew(settings)}, then {_AGAIN}")


def nodes_can_pull(facts: Facts) -> Verdict:
    """Nodes get the images that BinderHub pushes: with a pull secret, or because anybody does."""
    settings, pull = facts[f.SETTINGS], facts[r.PULL]
    if early := _too_early(settings):
        return early
    if pull is None:
        return Skipped("not applicable", "the nodes' own identity reads the registry; only a launch shows that it may")
    answer = pull.answer
    if answer.outcome == "allowed" or (answer.outcome == "absent" and pull.secret):
        return Passed(f"with the pull secret {pull.secret}" if pull.secret else "anybody may", answer.note)
    if answer.outcome == "no registry":
        return _not_a_registry(answer)
    if not pull.secret and not pull.exists:
        # Registries tell strangers the same of a private image and of one that is not there.
        return Skipped("unknown", f"nothing was pushed to {answer.image} yet; ask again after the first launch")
    with_what = f"with the pull secret {pull.secret}" if pull.secret else "without a pull secret"
    return Failed(
        f"nodes pull {answer.image} {with_what}, and the registry refuses ({_words(answer)}): servers will end in "
        "ImagePullBackOff",
        f"let registry.pull name a user who may read, or make the images public at the registry; then {_AGAIN}",
    )


def first_push_makes_its_place(facts: Facts) -> Verdict:
    """Each image has a repository of its own, which a push does not find, but makes."""
    creation = facts[r.CREATION]
    if creation is None:
        return Skipped("not applicable", "this registry takes images without anything made for them before")
    if not creation.found or not creation.on_push:
        what = "is not there" if not creation.found else "does not act on a push"
        return Failed(
            f"what makes the repositories {creation.prefix}… {what}: every first push ends with `name unknown`",
            f"run `binder-deploy up`, which puts it back; to look: {creation.look}",
        )
    return Passed(f"{creation.prefix}…")


def old_images_go(facts: Facts) -> Verdict:
    """Images that nobody uses do not pile up, and the bill with them."""
    retention = facts[r.RETENTION]
    if retention is None:
        return Skipped("not applicable", "what this registry keeps is not asked from here")
    if retention.without:
        return Failed(
            f"keeps every image for ever: {listing(retention.without)}; the bill grows with each build",
            "run `binder-deploy up`, which puts the policy back; a single repository that has none was made without "
            "it: remove it, and the next launch builds its image again",
        )
    return Passed(f"{retention.asked} looked at")


def _pushes(answer: r.Answer, where: str, remedy: str) -> Verdict:
    match answer.outcome:
        case "allowed":
            return Passed(f"{answer.username} may push to {answer.image}", answer.note)
        case "login refused":
            return Failed(f"{where}: {_host(answer)} does not accept this login ({_words(answer)})", remedy)
        case "refused":
            return Failed(
                f"{where}: {answer.username} may not push to {answer.image} ({_words(answer)}): every build would end "
                "when it pushes",
                f"give {answer.username} the right to write there; or {remedy}",
            )
        case "absent":
            return Failed(
                f"{where}: {_host(answer)} has no place for {answer.image} ({_words(answer)})",
                "make the project or repository at the registry first, or correct registry",
            )
        case "no registry":
            return _not_a_registry(answer)


def _reads(answer: r.Answer, where: str, remedy: str) -> Verdict:
    match answer.outcome:
        case "allowed" | "absent":
            return Passed(f"{answer.username or 'anybody'} may read {answer.image}")
        case "login refused":
            return Failed(f"{where}: {_host(answer)} does not accept this login ({_words(answer)})", remedy)
        case "refused":
            return Failed(
                f"{where}: {answer.username or 'a stranger'} may not read {answer.image} ({_words(answer)}): BinderHub "
                "would take every image for missing and build it anew",
                f"give {answer.username or 'BinderHub a login with'} the right to read there; or {remedy}",
            )
        case "no registry":
            return _not_a_registry(answer)


def _not_a_registry(answer: r.Answer) -> Failed:
    return Failed(
        f"{_host(answer)} answers {answer.status}, but not as a registry does",
        "correct the registry's host in registry; see that nothing answers in its place (a proxy, a login page)",
    )


def _too_early(settings: Settings) -> Skipped | None:
    """A registry inside the cluster shows the service's certificate, and nobody trusts one from staging."""
    if not (isinstance(settings.registry, InClusterRegistry) and on_trial(settings)):
        return None
    told = "the registry has a certificate from staging still, which nobody trusts: nothing is pushed or pulled until"
    return Skipped("unknown", f"{told} it gives way to a trusted one (tls.server: staged)")


def _nothing_planned(settings: Settings) -> Skipped:
    told = f"registry.kind {settings.registry.kind}: the settings hold no login that could be tried before `up`"
    return Skipped("not applicable", told)


def _nothing_given(settings: Settings) -> Skipped:
    if _has_login(settings):
        return Skipped("unknown", "BinderHub has no password for the registry of its images; BD-REG-004 says more")
    kind = settings.registry.kind
    return Skipped("not applicable", f"registry.kind {kind}: only the cluster can prove who it is; a launch shows it")


def _has_login(settings: Settings) -> bool:
    registry = settings.registry
    return registry.push == "key" if isinstance(registry, ArtifactRegistry) else not isinstance(registry, Ecr)


def _renew(settings: Settings) -> str:
    if isinstance(settings.registry, HostedRegistry | OciRegistry):
        return "renew the password that registry.push.password refers to"
    if isinstance(settings.registry, InClusterRegistry):
        return "`binder-deploy secrets rotate registry-push registry-pull` makes both passwords anew"
    return "see whether the key was revoked or the account's right was taken away"


def _host(answer: r.Answer) -> str:
    return answer.image.partition("/")[0]


def _words(answer: r.Answer) -> str:
    return f"{answer.status}{f', {answer.said}' if answer.said else ''}"
