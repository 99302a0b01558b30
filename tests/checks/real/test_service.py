"""Checks of the way in, of the certificates, the hub and the Binder, on a deployment that is up on this machine."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from binder_deploy.checks.facts.deployment import BINDER_CONFIG
from binder_deploy.checks.facts.living import HUB_CONFIG
from binder_deploy.checks.model import Failed, Passed, Verdict, Warned

pytestmark = [pytest.mark.system, pytest.mark.slow]

Living = Any
APPS = "/apis/apps/v1/namespaces/binder"
BINDER = "/api/v1/namespaces/binder"
INGRESSES = "/apis/networking.k8s.io/v1/namespaces/binder/ingresses"
ENTRYPOINT = "/api/v1/namespaces/traefik/services/entrypoint"
CERTIFICATE = "/apis/cert-manager.io/v1/namespaces/binder/certificates/binder-tls"
ISSUER = "/apis/cert-manager.io/v1/clusterissuers/letsencrypt-production"
Change = Callable[[Living], None]


def patch(path: str, body: Mapping[str, Any]) -> Change:
    return lambda living: living.change(path, body)


def take(path: str) -> Change:
    return lambda living: living.take(path)


def told(to: str, **change: Any) -> Change:
    """What the chart hands over in a Secret says something else."""
    return lambda living: living.rewrite(to, change)


def binderhub(**config: Any) -> Change:
    return told("binder-secret", config={"BinderHub": config})


def newline(living: Living) -> None:
    key = "hub.config.ConfigurableHTTPProxy.auth_token"
    token = base64.b64decode((living.api.get(f"{BINDER}/secrets/hub") or {})["data"][key])
    living.change(f"{BINDER}/secrets/hub", {"data": {key: base64.b64encode(token + b"\n").decode()}})


def unlimited(living: Living) -> None:
    path = f"{APPS}/daemonsets/binder-service-dind"
    (container,) = (living.api.get(path) or {})["spec"]["template"]["spec"]["containers"]
    container["resources"] = {"requests": {"cpu": "100m"}}
    living.change(path, {"spec": {"template": {"spec": {"containers": [container]}}}})


def docker_s_folder(living: Living) -> None:
    path = f"{APPS}/daemonsets/binder-service-image-cleaner"
    (volume,) = (living.api.get(path) or {})["spec"]["template"]["spec"]["volumes"]
    volume["hostPath"]["path"] = "/var/lib/docker"
    living.change(path, {"spec": {"template": {"spec": {"volumes": [volume]}}}})


def a_login_of_one_side(living: Living) -> None:
    living.rewrite("binder-secret", {"config": {"BinderHub": {"auth_enabled": True}}})


def twice(living: Living) -> None:
    living.change(f"{APPS}/deployments/binder", {"spec": {"replicas": 2}})


def twice_with_a_login(living: Living) -> None:
    a_login_of_one_side(living)
    twice(living)


@dataclass(frozen=True)
class Case:
    check: str
    says: str
    break_it: Change
    verdict: type[Verdict] = Failed


CASES = [
    Case("BD-ING-001", "binder/hub", patch(f"{INGRESSES}/hub", {"spec": {"ingressClassName": "nginx"}})),
    Case("BD-ING-002", "binder/hub → proxy-public: the Service's selector matches no workload",
         patch(f"{BINDER}/services/proxy-public", {"spec": {"selector": {"component": "router"}}})),
    Case("BD-ING-003", "names elsewhere-ip", patch(ENTRYPOINT, {"metadata": {"annotations": {
        "networking.gke.io/load-balancer-ip-addresses": "elsewhere-ip"}}})),
    Case("BD-TLS-001", "ClusterIssuer letsencrypt-production does not exist", take(ISSUER)),
    Case("BD-TLS-002", "Certificate binder/binder-tls is not ready",
         patch(CERTIFICATE, {"spec": {"issuerRef": {"name": "nobody"}, "secretName": "another"}})),
    Case("BD-TLS-003", "does not cover binder.campus.example.org",
         patch(CERTIFICATE, {"spec": {"dnsNames": ["hub.campus.example.org"]}})),
    Case("BD-HUB-001", "not 64 hexadecimal digits: hub.config.ConfigurableHTTPProxy.auth_token", newline),
    Case("BD-HUB-002", "is on jupyter.example.org", binderhub(hub_url="https://jupyter.example.org/")),
    Case("BD-HUB-003", "pages of nobody may use the servers", binderhub(cors_allow_origin="*")),
    Case("BD-HUB-004", "the hub's culler is off", told("hub", cull={"enabled": False})),
    Case("BD-HUB-004", "looks every 7200 s", told("hub", cull={"every": 7200})),
    Case("BD-HUB-005", "no memory limit", told("hub", singleuser={"memory": {"limit": None}})),
    Case("BD-HUB-006", "set for BinderHub, not for JupyterHub's spawner", a_login_of_one_side),
    Case("BD-BND-001", "may not create pods",
         take("/apis/rbac.authorization.k8s.io/v1/namespaces/binder/rolebindings/binderhub")),
    Case("BD-BND-002", "builds with host", told("binder-secret", imageBuilderType="host")),
    Case("BD-BND-002", "no dind DaemonSet", take(f"{APPS}/daemonsets/binder-service-dind")),
    Case("BD-BND-003", "names images gcr.io/x/", binderhub(image_prefix="gcr.io/x/")),
    Case("BD-BND-006", "no memory limit on the builder: binder/binder-service-dind (dind)", unlimited),
    Case("BD-BND-007", "looks at /var/lib/docker", docker_s_folder),
    Case("BD-BND-008", "each counts launches for itself", twice, Warned),
    Case("BD-BND-008", "fails at the other", twice_with_a_login),
    Case("BD-BND-009", "no Service hub-of-others/proxy-public",
         binderhub(hub_url_local="http://proxy-public.hub-of-others")),
]  # fmt: skip


@pytest.mark.parametrize(
    "case", [pytest.param(c, id=f"{c.check}: {c.says}", marks=pytest.mark.shows(c.check, "failed")) for c in CASES]
)
def test_what_is_broken_in_the_service_is_told(case: Case, living: Living) -> None:
    case.break_it(living)
    assert case.says in living.eventually(case.check, case.verdict).message


@pytest.mark.parametrize(
    "check", [pytest.param(c, marks=pytest.mark.shows(c, "passed")) for c in dict.fromkeys(c.check for c in CASES)]
)
def test_a_service_that_is_up_is_well(check: str, living: Living) -> None:
    living.eventually(check, Passed)


def test_nothing_secret_leaves_with_the_configuration(living: Living) -> None:
    data = (living.api.get(f"{BINDER}/secrets/hub") or {})["data"]
    secrets = {base64.b64decode(value).decode() for key, value in data.items() if key != "values.yaml"} - {""}
    asked = living.probes()
    told = repr([asked[key].collect() for key in (HUB_CONFIG, BINDER_CONFIG)])
    assert len(secrets) >= 4
    assert [secret[:4] for secret in secrets if secret in told] == []


@pytest.mark.shows("BD-ING-004", "failed")
@pytest.mark.shows("BD-ING-004", "passed")
def test_the_load_balancer_answers_elsewhere(living: Living) -> None:
    living.eventually("BD-ING-004", Passed, address=living.address)
    verdict = living.ask("BD-ING-004", address="192.0.2.99")
    assert isinstance(verdict, Failed)
    assert f"answers on {living.address}, not on the reserved 192.0.2.99" in verdict.message


LOGIN = {
    "config": {
        "BinderSpawner": {"auth_enabled": True},
        "JupyterHub": {"authenticator_class": "github"},
        "GitHubOAuthenticator": {
            "oauth_callback_url": "https://hub.campus.example.org/hub/oauth_callback",
            "allowed_organizations": ["campus"],
        },
    },
    "services": {"binder": {"oauth_redirect_uri": "https://binder.campus.example.org/oauth_callback"}},
    "loadRoles": {"user": {"scopes": ["self", "access:services!service=binder"]}},
}


def test_a_whole_login_passes_and_each_part_of_it_is_missed(living: Living) -> None:
    a_login_of_one_side(living)
    living.rewrite("hub", {"hub": LOGIN})
    assert isinstance(living.ask("BD-HUB-006"), Passed)
    parts: Mapping[str, Mapping[str, Any]] = {
        "nobody is allowed in": {"config": {"GitHubOAuthenticator": {"allowed_organizations": []}}},
        "the authenticator is null": {"config": {"JupyterHub": {"authenticator_class": "null"}}},
        "oauth_redirect_uri": {"services": {"binder": {"oauth_redirect_uri": ""}}},
        "no access to the service binder": {"loadRoles": {"user": {"scopes": ["self"]}}},
        "sends people back to https://old.example.org/": {
            "config": {"GitHubOAuthenticator": {"oauth_callback_url": "https://old.example.org/"}}
        },
    }
    for says, missing in parts.items():
        living.rewrite("hub", {"hub": LOGIN})
        living.rewrite("hub", {"hub": missing})
        verdict = living.ask("BD-HUB-006")
        assert isinstance(verdict, Failed)
        assert says in verdict.message
