"""Options that would have no effect are found in the settings, before anything is installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from binder_deploy.charts.values.binder_service import binder_service
from binder_deploy.charts.values.together import NO_SECRETS
from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.model import Probe, Verdict
from binder_deploy.checks.rules.traits import misplaced, traits
from binder_deploy.checks.runner import run
from binder_deploy.settings.model import Settings

shows = pytest.mark.shows


@pytest.fixture
def judge(settings: Callable[..., Settings]) -> Callable[..., Verdict]:
    """The verdict of one check on settings with these values for BinderHub's and the hub's `config`."""

    def verdict(check_id: str, config: Any = None, hub: Any = None, **chart: Any) -> Verdict:
        values: dict[str, Any] = {}
        if config is not None:
            values["config"] = config
        if hub is not None:
            values["jupyterhub"] = {"hub": {"config": hub}}
        made = settings(charts={"binder-service": {"values": {"binderhub": values}, **chart}})
        (check,) = [c for c in CATALOGUE if c.id == check_id]
        return run([check], {f.SETTINGS: Probe(lambda: made)})[0].verdict

    return verdict


@shows("BD-SET-020", "passed")
@shows("BD-SET-021", "passed")
def test_what_the_programs_know_passes(judge: Any) -> None:
    for check in ("BD-SET-020", "BD-SET-021"):
        judge(
            check,
            {
                "BinderHub": {"about_message": "ours", "buildDockerConfig": {"auths": {}}, "log_level": 10},
                "GitHubRepoProvider": {"high_quota_specs": ["^binder-examples/.*"], "client_id": "x"},
                "KubernetesBuildExecutor": {"repo2docker_extra_args": ["--debug"], "git_credentials": ""},
            },
            {"JupyterHub": {"load_roles": []}, "KubeSpawner": {"http_timeout": 60}, "GitHubOAuthenticator": {"any": 1}},
        )


@pytest.mark.parametrize(
    ("config", "hub", "message"),
    [
        pytest.param(
            {"BinderHub": {"GitHubRepoProvider": {"client_id": "x"}}},
            None,
            "binderhub.config.BinderHub.GitHubRepoProvider belongs to binderhub.config.GitHubRepoProvider",
            id="below another class",
        ),
        pytest.param(
            {"about_message": "ours"},
            None,
            "the option belongs to binderhub.config.BinderHub.about_message",
            id="without its class",
        ),
        pytest.param(
            {"KubeSpawner": {"http_timeout": 1}},
            None,
            "binderhub.config.KubeSpawner belongs to binderhub.jupyterhub.hub.config.KubeSpawner",
            id="the hub's below BinderHub's",
        ),
        pytest.param(
            None,
            {"JupyterHub": {"BinderHub": {"banner_message": "x"}}},
            "belongs to binderhub.config.BinderHub",
            id="BinderHub's below the hub's",
        ),
        pytest.param({"GitHubRepoProvider": None}, None, "null, which ends the program", id="emptied"),
    ],
)
@shows("BD-SET-020", "failed")
def test_options_out_of_place_are_named_with_their_place(judge: Any, config: Any, hub: Any, message: str) -> None:
    assert message in judge("BD-SET-020", config, hub).message


@pytest.mark.parametrize(
    ("config", "hub", "message"),
    [
        pytest.param({"BinderHub": {"banner_mesage": 1}}, None, "did you mean banner_message?", id="misspelt"),
        pytest.param({"GitHubProvider": {"client_id": 1}}, None, "did you mean GitHubRepoProvider?", id="class"),
        pytest.param(
            None, {"KubeSpawner": {"imagePullPolicy": 1}}, "KubeSpawner.imagePullPolicy", id="chart's spelling"
        ),
    ],
)
@shows("BD-SET-021", "failed")
def test_unknown_options_are_named_with_the_nearest(judge: Any, config: Any, hub: Any, message: str) -> None:
    assert message in judge("BD-SET-021", config, hub).message


def test_what_an_option_is_set_to_is_never_told(judge: Any, told: Callable[[Any], str]) -> None:
    secret = "correct-horse-battery-staple"
    for check in ("BD-SET-020", "BD-SET-021"):
        assert secret not in told(
            judge(check, {"BinderHub": {"token": secret}, "LDAP": {"password": secret}, "x": secret})
        )


@shows("BD-SET-021", "passed")
def test_classes_that_code_of_ones_own_may_bring_are_not_judged(judge: Any) -> None:
    judge("BD-SET-021", {"OurProvider": {"token": "x"}}, extra_config={"ours": "ours.py"})


def test_what_we_set_ourselves_is_in_its_place_and_known(settings: Callable[..., Settings]) -> None:
    newest = {"binderhub": "1.0.0-0.dev.git.3983.h383374de", "jupyterhub": "4.3.5"}
    ours: Mapping[str, Any] = binder_service(settings(), NO_SECRETS, newest, {})
    assert list(misplaced(ours)) == []
    for section, options in ours["binderhub"]["config"].items():
        assert options.keys() <= traits().known["binderhub"][section], section
