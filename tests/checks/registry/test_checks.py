"""The registry's checks, asked of real registries with good and bad logins."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from binder_deploy.checks.catalogue.registry import CHECKS
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Failed, Passed, Probe, Skipped, Verdict
from binder_deploy.checks.probes.kube import Kube
from binder_deploy.checks.probes.registry import probes
from binder_deploy.checks.probes.service import binder_config
from binder_deploy.checks.runner import run
from binder_deploy.settings.images import REGISTRY_PULL, REGISTRY_PUSH
from binder_deploy.stacks.htpasswd import htpasswd

pytestmark = pytest.mark.system


def asked(check_id: str, given: Given) -> Verdict:
    """The verdict of one check on what the probes bring."""
    (check,) = [check for check in CHECKS if check.id == check_id]
    all_probes: dict[Any, Any] = {
        f.SETTINGS: Probe(lambda: given.settings),
        **probes(given, api=lambda host: f"http://{host}"),
    }
    if given.kubeconfig:
        kube = Kube(given.kubeconfig)
        all_probes[f.BINDER_CONFIG] = Probe(lambda: binder_config(kube))
    verdict = run([check], all_probes)[0].verdict
    assert "-secret" not in repr(verdict).replace("image-pull-secret", "").replace("binder-secret", "")
    return verdict


# Settings


@pytest.mark.shows("BD-REG-001", "passed")
def test_the_clouds_own_registry_gets_all_its_levels(settings, tmp_path) -> None:
    verdict = asked("BD-REG-001", Given(settings=settings(), folder=tmp_path))
    assert verdict == Passed("europe-west1-docker.pkg.dev/demo-project/demo-images/r2d-")


@pytest.mark.shows("BD-REG-001", "failed")
@pytest.mark.parametrize(
    ("registry", "told"),
    [
        ({"kind": "oci", "host": "eu.gcr.io", "path": "demo-project"}, "shut down"),
        ({"kind": "oci", "host": "europe-west1-docker.pkg.dev", "path": "demo-project"}, "PROJECT/REPOSITORY"),
        ({"kind": "docker-hub", "namespace": "acme/binder"}, "exactly one level"),
        ({"kind": "harbor", "host": "harbor", "path": "binder"}, "host"),
    ],
)
def test_a_name_that_cannot_be_is_told_before_anything_is_asked(registry, told, settings, tmp_path) -> None:
    registry["push"] = {"username": "u", "password": "env:PUSH_PASSWORD"}
    verdict = asked("BD-REG-001", Given(settings=settings(registry=registry), folder=tmp_path))
    assert isinstance(verdict, Failed)
    assert told in verdict.message


# Before `up`


@pytest.mark.shows("BD-REG-002", "passed")
@pytest.mark.parametrize("kind", ["by_token", "by_password"])
def test_a_login_that_may_write(kind, plan, request) -> None:
    registry = request.getfixturevalue(kind)
    verdict = asked("BD-REG-002", plan(registry))
    assert verdict == Passed(f"writer may push to {registry.host}/acme/r2d-binder-deploy-probe")
    assert not [path for path in registry.held() if "binder-deploy-probe" in str(path)]


@pytest.mark.shows("BD-REG-002", "failed")
@pytest.mark.parametrize(
    ("user", "password", "told"),
    [
        ("writer", "mistyped-secret", "does not accept this login (401, incorrect username or password …)"),
        ("reader", "read-secret", "reader may not push to"),
    ],
)
def test_a_login_that_may_not_write(user, password, told, by_token, plan) -> None:
    login = {"username": user, "password": "env:PUSH_PASSWORD"}
    verdict = asked("BD-REG-002", plan(by_token, password=password, push=login))
    assert isinstance(verdict, Failed)
    assert told in verdict.message
    assert verdict.message.startswith("registry.push: ")


def test_something_that_is_no_registry_is_called_that(token_server, plan, by_token) -> None:
    elsewhere = type(by_token)(token_server.host, by_token.folder)
    verdict = asked("BD-REG-003", plan(elsewhere))
    assert isinstance(verdict, Failed)
    assert "not as a registry does" in verdict.message


def test_a_registry_out_of_reach_is_not_a_verdict_on_the_login(by_token, plan) -> None:
    silent = type(by_token)("127.0.0.1:9", by_token.folder)
    verdict = asked("BD-REG-002", plan(silent))
    assert isinstance(verdict, Skipped)
    assert "127.0.0.1:9 cannot be reached" in verdict.detail


def test_where_the_cluster_proves_who_it_is_there_is_nothing_to_try(settings, tmp_path) -> None:
    given = Given(settings=settings(), folder=tmp_path)
    for check_id in ("BD-REG-002", "BD-REG-003"):
        verdict = asked(check_id, given)
        assert isinstance(verdict, Skipped)
        assert verdict.reason == "not applicable"


@pytest.mark.shows("BD-REG-003", "passed")
def test_who_pulls_may_read(by_token, plan, monkeypatch) -> None:
    monkeypatch.setenv("PULL_PASSWORD", "read-secret")
    pull = {"username": "reader", "password": "env:PULL_PASSWORD"}
    assert isinstance(asked("BD-REG-003", plan(by_token, pull=pull)), Passed)


@pytest.mark.shows("BD-REG-003", "failed")
def test_who_pulls_is_not_known(by_token, plan, monkeypatch) -> None:
    monkeypatch.setenv("PULL_PASSWORD", "old-secret")
    pull = {"username": "reader", "password": "env:PULL_PASSWORD"}
    verdict = asked("BD-REG-003", plan(by_token, pull=pull))
    assert isinstance(verdict, Failed)
    assert verdict.message.startswith("registry.pull: ")


# In the cluster


@pytest.mark.shows("BD-REG-004", "passed")
@pytest.mark.shows("BD-REG-005", "passed")
@pytest.mark.shows("BD-REG-006", "passed")
@pytest.mark.parametrize("kind", ["by_token", "by_password"])
def test_what_was_installed_pushes_and_reads(kind, install, request) -> None:
    given = install(request.getfixturevalue(kind))
    for check_id in ("BD-REG-004", "BD-REG-005", "BD-REG-006"):
        assert isinstance(asked(check_id, given), Passed), check_id


@pytest.mark.shows("BD-REG-004", "failed")
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"login_host": "other.example.org"}, "its login is for other.example.org"),
        ({"read": {"url": "https://other.example.org"}}, "looks for images at other.example.org"),
        ({"push": ("<token>", "write-secret")}, "has no user name"),
        ({"push": ("writer", "")}, "has no password"),
        ({"prefix": "acme/r2d"}, "ends neither in - nor in /"),
        ({"prefix": "Acme/r2d-"}, "lower case"),
    ],
)
def test_a_login_that_will_not_be_used_as_meant(change, told, by_token, install) -> None:
    verdict = asked("BD-REG-004", install(by_token, **change))
    assert isinstance(verdict, Failed)
    assert told in verdict.message


@pytest.mark.shows("BD-REG-005", "failed")
@pytest.mark.parametrize("login", [("reader", "read-secret"), ("writer", "revoked-secret")])
def test_a_push_that_will_be_denied(login, by_token, install) -> None:
    verdict = asked("BD-REG-005", install(by_token, push=login))
    assert isinstance(verdict, Failed)
    assert verdict.message.startswith("Secret binder/binder-build-docker-config: ")


@pytest.mark.shows("BD-REG-006", "failed")
def test_a_binderhub_that_is_refused_takes_every_image_for_missing(by_token, install) -> None:
    read = {"url": f"https://{by_token.host}", "username": "reader", "password": "old-secret"}
    verdict = asked("BD-REG-006", install(by_token, read=read))
    assert isinstance(verdict, Failed)
    assert "does not accept this login" in verdict.message


def test_binderhub_reads_with_the_daemon_s_login_if_it_has_none_of_its_own(by_token, install) -> None:
    assert isinstance(asked("BD-REG-006", install(by_token, read={})), Passed)


def test_without_a_password_there_is_nothing_to_try(by_token, install, settings) -> None:
    given = install(by_token, push=("writer", ""), read={})
    verdict = asked("BD-REG-005", given)
    assert isinstance(verdict, Skipped)
    assert verdict.reason == "unknown"
    for check_id in ("BD-REG-005", "BD-REG-006", "BD-REG-007"):
        verdict = asked(check_id, dataclasses.replace(given, settings=settings()))  # the cloud's own registry
        assert isinstance(verdict, Skipped), check_id
        assert verdict.reason == "not applicable"


def test_a_cluster_without_the_secret_is_not_judged(by_token, install, cluster) -> None:
    given = install(by_token)
    del cluster.secrets["binder-build-docker-config"]
    assert isinstance(asked("BD-REG-005", given), Skipped)


@pytest.mark.shows("BD-REG-007", "passed")
def test_nodes_pull_with_a_secret_or_because_anybody_may(by_token, open_to_all, install) -> None:
    assert asked("BD-REG-007", install(by_token, pull=("reader", "read-secret"))) == Passed(
        "with the pull secret image-pull-secret"
    )


def test_a_public_image_needs_no_secret(open_to_all, install, put_image) -> None:
    put_image(open_to_all, "acme/r2d-public", "abc", {})
    assert asked("BD-REG-007", install(open_to_all, pods=("public:abc",))) == Passed("anybody may")


@pytest.mark.shows("BD-REG-007", "failed")
def test_a_private_image_without_a_pull_secret(by_token, install) -> None:
    verdict = asked("BD-REG-007", install(by_token, pods=("private:abc",)))
    assert isinstance(verdict, Failed)
    assert "without a pull secret" in verdict.message
    assert isinstance(asked("BD-REG-007", install(by_token, pull=("reader", "old-secret"))), Failed)


def test_before_the_first_launch_a_refusal_to_a_stranger_proves_nothing(by_token, install) -> None:
    verdict = asked("BD-REG-007", install(by_token))
    assert isinstance(verdict, Skipped)
    assert verdict.reason == "unknown"


# Inside the cluster


@pytest.fixture
def inside(start, install, settings, tmp_path) -> Callable[..., Given]:
    """A BinderHub with the logins that are made for a registry inside the cluster, and a registry that has their
    hashes from us."""
    passwords = {REGISTRY_PUSH: "6" * 64, REGISTRY_PULL: "7" * 64}
    users = tmp_path / "htpasswd"
    users.write_text(htpasswd(passwords))
    registry = start({"auth": {"htpasswd": {"realm": "zot", "path": str(users)}}})

    def given(server: str = "production", pull: str = passwords[REGISTRY_PULL]) -> Given:
        reader = {"username": REGISTRY_PULL, "password": pull}
        installed = install(
            registry,
            push=(REGISTRY_PUSH, passwords[REGISTRY_PUSH]),
            read={"url": f"https://{registry.host}", **reader},
            pull=(REGISTRY_PULL, pull),
        )
        tls = {"email": "ops@example.org", "server": server}
        return dataclasses.replace(installed, settings=settings(registry={"kind": "in-cluster"}, tls=tls))

    return given


def test_the_logins_that_are_made_push_read_and_pull(inside) -> None:
    for check_id in ("BD-REG-004", "BD-REG-005", "BD-REG-006", "BD-REG-007"):
        assert isinstance(asked(check_id, inside()), Passed), check_id
    refused = asked("BD-REG-006", inside(pull="8" * 64))
    assert isinstance(refused, Failed)
    assert "secrets rotate registry-push" in refused.remedy


def test_as_long_as_nobody_trusts_its_certificate_nothing_is_said_of_it(inside) -> None:
    for check_id in ("BD-REG-005", "BD-REG-006", "BD-REG-007"):
        verdict = asked(check_id, inside("staged"))
        assert isinstance(verdict, Skipped), check_id
        assert "tls.server: staged" in verdict.message
    for check_id in ("BD-REG-002", "BD-REG-003"):
        verdict = asked(check_id, inside("staged"))
        assert isinstance(verdict, Skipped) and verdict.reason == "not applicable", "there is no password yet"


def test_what_is_given_decides_what_is_asked(plan: Callable[..., Given], by_token) -> None:
    assert {key.name for key in probes(plan(by_token))} == {
        "a push with the login of the settings",
        "a read with the login of the settings",
        # Not the cloud's own registry: known without asking.
        "what makes repositories",
        "what removes old images",
    }
