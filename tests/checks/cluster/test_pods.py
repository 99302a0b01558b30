"""Canary pods find out what pods reach, with their own script; whatever happens, nothing of them is left."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.facts import network as n
from binder_deploy.checks.model import Failed, Key, Probe, Skipped, Verdict
from binder_deploy.checks.probes.kube import ApiRefused, Kube
from binder_deploy.checks.probes.pods import network
from binder_deploy.checks.probes.pods import run as canaries
from binder_deploy.checks.probes.pods.canary import BUILD, DENIED, EXPIRES, LABEL, SERVER, Run, pod, policy
from binder_deploy.checks.probes.pods.run import CanaryError, Errand, send_out, sweep
from binder_deploy.checks.probes.pods.targets import Addresses
from binder_deploy.checks.runner import run
from binder_deploy.rehearsal.controllers.api import Api

pytestmark = pytest.mark.system

shows = pytest.mark.shows
PODS, POLICIES = canaries.PODS.format("binder"), canaries.POLICIES.format("binder")


@pytest.fixture
def judged(kube: Kube) -> Callable[[Collection[str], Addresses], list[Verdict]]:
    """The verdicts of some checks on what canary pods find at these addresses."""

    def verdicts(ids: Collection[str], at: Addresses) -> list[Verdict]:
        probes: dict[Key[Any], Probe[Any]] = {
            n.ENFORCEMENT: Probe(lambda: network.enforcement(kube, "demo", at, patience_s=30), timeout_s=60),
            n.FROM_SERVER: Probe(lambda: network.from_server(kube, "demo", at, patience_s=30), timeout_s=60),
            n.FROM_BUILD: Probe(lambda: network.from_build(kube, "demo", at, patience_s=30), timeout_s=60),
        }
        return [outcome.verdict for outcome in run([c for c in CATALOGUE if c.id in ids], probes)]

    return verdicts


@pytest.fixture
def judge(judged: Callable[[Collection[str], Addresses], list[Verdict]]) -> Callable[[str, Addresses], Verdict]:
    return lambda check_id, at: judged([check_id], at)[0]


@shows("BD-NET-001", "passed")
def test_an_enforcer_is_recognised(player: Any, judge: Any, nothing_left: Any) -> None:
    judge("BD-NET-001", player.internet.addresses(api_server=player.internet.open))
    assert nothing_left()
    # As KubeSpawner makes them: an enforcer that goes by owners must be found out.
    assert all("ownerReferences" not in made["metadata"] for made in player.seen) and len(player.seen) == 2


@pytest.mark.parametrize(
    ("enforces", "owners_only"),
    [pytest.param(False, False, id="none"), pytest.param(True, True, id="skips pods without an owner")],
)
@shows("BD-NET-001", "failed")
def test_a_cluster_without_an_enforcer_is_found_out(
    player: Any, judge: Any, enforces: bool, owners_only: bool, nothing_left: Any
) -> None:
    player.enforces, player.owners_only = enforces, owners_only
    verdict = judge("BD-NET-001", player.internet.addresses(api_server=player.internet.open))
    assert "nothing enforces" in verdict.message and nothing_left()


@shows("BD-NET-001", "failed")
def test_a_network_that_lets_nothing_through_is_no_enforcer(player: Any, judge: Any) -> None:
    assert "whose policy allows everything" in judge("BD-NET-001", player.internet.addresses()).message


@shows("BD-NET-002", "passed")
@shows("BD-NET-003", "passed")
@shows("BD-NET-004", "passed")
@shows("BD-NET-005", "passed")
@shows("BD-NET-006", "passed")
@shows("BD-NET-007", "passed")
def test_a_cluster_in_good_health_passes(player: Any, judged: Any, nothing_left: Any) -> None:
    judged({f"BD-NET-00{number}" for number in range(2, 8)}, player.internet.addresses())
    # Several checks share what one pod has found.
    assert len(player.seen) == 2 and nothing_left()


@shows("BD-NET-002", "failed")
def test_an_open_metadata_server_is_found_from_servers_and_builds(player: Any, judge: Any) -> None:
    verdict = judge("BD-NET-002", player.internet.addresses(metadata=player.internet.open))
    assert "answers servers and builds" in verdict.message


@pytest.mark.parametrize(
    ("change", "names"),
    [
        pytest.param({"hub": "http://127.0.0.1:{blackhole}/hub/api"}, "hub (timed out)", id="hub closed"),
        pytest.param({"hub_by_proxy": "http://127.0.0.1:{http}/jupyter"}, "by way of the proxy (HTTP 404)", id="path"),
        pytest.param({"hub_host": "no-such-name.invalid"}, "names inside of the cluster", id="name service"),
    ],
)
@shows("BD-NET-003", "failed")
def test_a_server_that_is_cut_off_is_found(player: Any, judge: Any, change: dict[str, str], names: str) -> None:
    ports = {"blackhole": player.internet.blackhole, "http": player.internet.http}
    filled = {key: text.format(**ports) for key, text in change.items()}
    assert names in judge("BD-NET-003", player.internet.addresses(**filled)).message


@shows("BD-NET-004", "failed")
def test_a_server_that_reaches_private_addresses_is_found(player: Any, judge: Any) -> None:
    verdict = judge("BD-NET-004", player.internet.addresses(binder=player.internet.open))
    assert n.PRIVATE in verdict.message and n.API_SERVER not in verdict.message


@shows("BD-NET-005", "failed")
def test_a_registry_that_builds_do_not_reach_is_found(player: Any, judge: Any) -> None:
    verdict = judge("BD-NET-005", player.internet.addresses(registry=f"127.0.0.1:{player.internet.blackhole}"))
    assert "registry (timed out)" in verdict.message


@shows("BD-NET-006", "failed")
def test_a_download_that_stalls_is_told_apart_from_no_way_out(player: Any, judge: Any) -> None:
    verdict = judge("BD-NET-006", player.internet.addresses(large=f"http://127.0.0.1:{player.internet.http}/stalls"))
    assert "stalled after" in verdict.message and "MTU" in verdict.message
    none = judge("BD-NET-006", player.internet.addresses(github=f"https://127.0.0.1:{player.internet.blackhole}/"))
    assert "github.com (timed out)" in none.message and "MTU" not in none.message


@pytest.mark.parametrize("left", [3, 0])
@shows("BD-NET-007", "failed")
def test_a_limit_that_is_nearly_used_up_is_found(player: Any, judge: Any, left: int) -> None:
    player.internet.server.pulls = left
    assert f"{left} anonymous pulls left" in judge("BD-NET-007", player.internet.addresses()).message


def test_a_canary_is_labelled_ends_by_itself_and_is_like_what_it_stands_for(player: Any, kube: Kube) -> None:
    network.from_server(kube, "demo", player.internet.addresses(), patience_s=30)
    network.from_build(kube, "demo", player.internet.addresses(), patience_s=30)
    server, build = player.seen
    for made in (server, build):
        assert made["metadata"]["labels"]["binder-deploy"] == "demo" and made["metadata"]["labels"][LABEL]
        assert datetime.fromisoformat(made["metadata"]["annotations"][EXPIRES]) > datetime.now(UTC)
        assert made["spec"]["activeDeadlineSeconds"] == 180 and made["spec"]["restartPolicy"] == "Never"
        assert made["spec"]["containers"][0]["image"] == "registry.example.org/k8s-hub:4.3.5"
        assert made["spec"]["imagePullSecrets"] == [{"name": "pull"}]
        assert made["spec"]["automountServiceAccountToken"] is False
        tolerated = {t["key"] for t in made["spec"]["tolerations"] if t.get("value") == "user"}
        assert tolerated == {"hub.jupyter.org/dedicated", "hub.jupyter.org_dedicated"}
    assert server["metadata"]["labels"].items() >= SERVER.labels.items()
    assert build["metadata"]["labels"]["component"] == "binderhub-build"
    assert build["spec"]["nodeSelector"] == {"binder-deploy/pool": "build"}
    assert server["spec"]["nodeSelector"] == {"hub.jupyter.org/node-purpose": "user"}
    assert server["metadata"]["labels"][LABEL] != build["metadata"]["labels"][LABEL]


def test_canaries_are_admitted_where_pod_security_is_strictest(
    player: Any, kube: Kube, namespace: Callable[..., None], nothing_left: Any
) -> None:
    namespace(**{"pod-security.kubernetes.io/enforce": "restricted"})
    assert network.from_server(kube, "demo", player.internet.addresses(), patience_s=30)[n.HUB].open
    assert nothing_left()


def test_a_build_that_binderhub_clears_away_has_spoken_before(player: Any, kube: Kube) -> None:
    player.cleans = True
    assert network.from_build(kube, "demo", player.internet.addresses(), patience_s=30)[n.REGISTRY].how == "HTTP 401"


def test_a_script_that_breaks_is_no_verdict_and_leaves_nothing(
    player: Any, kube: Kube, judge: Any, nothing_left: Any
) -> None:
    player.crash = True
    with pytest.raises(CanaryError, match="ZeroDivisionError"):
        network.from_server(kube, "demo", player.internet.addresses(), patience_s=30)
    assert nothing_left()
    verdict = judge("BD-NET-003", player.internet.addresses())
    assert isinstance(verdict, Skipped) and verdict.reason == "unknown"
    assert nothing_left()


def test_a_pod_that_never_runs_is_given_up_with_the_schedulers_words(
    player: Any, kube: Kube, nothing_left: Any
) -> None:
    player.plays = False
    with pytest.raises(CanaryError, match="did not end in time: Unschedulable: no nodes available"):
        send_out(kube, "demo", [Errand(DENIED, [], policy=False)], patience_s=3)
    assert nothing_left()


def test_without_the_right_to_make_pods_the_question_stays_open(
    player: Any, api: Api, kubeconfig: Path, tmp_path: Path, nothing_left: Any
) -> None:
    kube = Kube(_restricted(api, kubeconfig, tmp_path))
    with pytest.raises(ApiRefused, match="cannot create resource"):
        send_out(kube, "demo", [Errand(DENIED, [], policy=False)], patience_s=3)
    assert nothing_left() and player.seen == []


def test_a_later_run_removes_what_an_interrupted_one_left_and_nothing_else(
    api: Api, hub: None, kube: Kube, nothing_left: Any
) -> None:
    now = datetime.now(UTC)

    def left(suffix: str, deployment: str, minutes: float) -> None:
        lost = Run(deployment, suffix, now + timedelta(minutes=minutes), "image")
        api.create(PODS, pod(lost, BUILD, []))
        api.create(POLICIES, policy(lost, BUILD, allow=False))

    left("aaaa", "demo", -1)
    left("bbbb", "demo", 5)
    left("cccc", "another", -1)
    sweep(kube, "demo", now)
    names = {item["metadata"]["name"] for where in (PODS, POLICIES) for item in (api.get(where) or {})["items"]}
    assert names & {"canary-build-aaaa", "canary-build-bbbb", "canary-build-cccc"} == {
        "canary-build-bbbb",
        "canary-build-cccc",
    }
    sweep(kube, "demo", now + timedelta(minutes=6))
    sweep(kube, "another", now)
    assert nothing_left()


def test_addresses_are_read_from_the_cluster(api: Api, kube: Kube, hub: None) -> None:
    given = {
        "image_prefix": "registry.example.org:5000/project/r2d-",
        "hub_url_local": "http://proxy-public/jupyter/",
        "build_node_selector": {"ours": "builds"},
    }
    values = json.dumps({"imageBuilderType": "dind", "config": {"BinderHub": given}})
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "binder-secret"}}
    data = {"values.yaml": base64.b64encode(values.encode()).decode()}
    api.create("/api/v1/namespaces/binder/secrets", {**secret, "data": data})
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "binder"}, "spec": {"ports": [{"port": 80}]}}
    api.create("/api/v1/namespaces/binder/services", service)
    found = network.addresses(kube)
    assert found.hub == "http://hub:8081/jupyter/hub/api" and found.build_nodes == {"ours": "builds"}
    assert found.hub_by_proxy == "http://proxy-public/jupyter/hub/api"
    assert found.registry == "registry.example.org:5000"
    assert found.api_server == ("10.20.0.1", 443) and found.binder[0].startswith("10.20.") and found.binder[1] == 80


def test_without_a_hub_there_is_no_image_and_nothing_is_made(
    api: Api, kube: Kube, namespace: Callable[..., None], nothing_left: Any
) -> None:
    namespace()
    api.delete("/apis/apps/v1/namespaces/binder/deployments/hub")
    with pytest.raises(LookupError, match="no hub in binder yet"):
        send_out(kube, "demo", [Errand(DENIED, [], policy=False)], patience_s=3)
    assert nothing_left()


def _restricted(api: Api, kubeconfig: Path, folder: Path) -> Path:
    """A kubeconfig of an account that may look at everything in the namespace and make policies, but no pods."""
    where = "/api/v1/namespaces/binder/serviceaccounts"
    api.create(where, {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "onlooker"}})
    rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/binder"
    every = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]}
    policies = {"apiGroups": ["networking.k8s.io"], "resources": ["networkpolicies"], "verbs": ["create", "delete"]}
    group = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "onlooker"}}
    api.create(f"{rbac}/roles", {**group, "kind": "Role", "rules": [every, policies]})
    api.create(
        f"{rbac}/rolebindings",
        {
            **group,
            "kind": "RoleBinding",
            "subjects": [{"kind": "ServiceAccount", "name": "onlooker", "namespace": "binder"}],
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "onlooker"},
        },
    )
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    token = (api.create(f"{where}/onlooker/token", request) or {})["status"]["token"]
    content = json.loads(kubeconfig.read_text())
    content["users"][0]["user"] = {"token": token}
    file = folder / "onlooker.kubeconfig"
    file.write_text(json.dumps(content))
    return file


def test_a_failed_verdict_names_what_to_do(player: Any, judge: Any) -> None:
    verdict = judge("BD-NET-004", player.internet.addresses(api_server=player.internet.open))
    assert isinstance(verdict, Failed) and "kubectl -n binder get networkpolicy" in verdict.remedy
