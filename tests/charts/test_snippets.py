"""The Python that BinderHub runs for us, run here against stand-ins of the few names that it imports."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from binder_deploy.charts.values.binder_service import BANNED
from binder_deploy.charts.values.registry import POD_IDENTITY, WORKLOAD_IDENTITY


class HTTPClientError(Exception):
    def __init__(self, code: int) -> None:
        self.code = code


class Request:
    def __init__(self, url: str, headers: dict[str, str] | None = None, **more: Any) -> None:
        self.url, self.headers = url, headers or {}


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> tuple[Any, list[Request], dict[str, Any]]:
    """The registry as BinderHub would have it, the requests that it makes, and the answers by URL."""
    sent: list[Request] = []
    answers: dict[str, Any] = {}

    class Client:
        async def fetch(self, request: Request) -> Any:
            sent.append(request)
            answer = answers[request.url]
            if isinstance(answer, Exception):
                raise answer
            return SimpleNamespace(body=json.dumps(answer).encode())

    class DockerRegistry:
        url = "https://europe-west1-docker.pkg.dev"
        log = logging.getLogger("registry")

    fake("binderhub.registry", monkeypatch, DockerRegistry=DockerRegistry)
    fake(
        "tornado.httpclient", monkeypatch, AsyncHTTPClient=Client, HTTPClientError=HTTPClientError, HTTPRequest=Request
    )
    config = SimpleNamespace(BinderHub=SimpleNamespace())
    exec(WORKLOAD_IDENTITY, {"c": config})  # noqa: S102
    made = config.BinderHub.registry_class()
    assert isinstance(made, DockerRegistry)
    answers[TOKEN_URL] = {"access_token": "ya29.x", "expires_in": 3599}
    return made, sent, answers


TOKEN_URL = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token"
MANIFEST = "https://europe-west1-docker.pkg.dev/v2/demo/images/r2d-x/manifests/abc"


def fake(name: str, monkeypatch: pytest.MonkeyPatch, **names: Any) -> None:
    package = name.partition(".")[0]
    for path in (package, name):
        monkeypatch.setitem(sys.modules, path, ModuleType(path))
    for key, value in names.items():
        setattr(sys.modules[name], key, value)


def test_each_build_gets_a_token_of_the_pods_identity(registry: Any) -> None:
    made, sent, _ = registry
    login = asyncio.run(made.get_credentials("demo/images/r2d-x", "abc"))
    assert login == {"registry": made.url, "username": "oauth2accesstoken", "password": "ya29.x"}
    assert [(r.url, r.headers) for r in sent] == [(TOKEN_URL, {"Metadata-Flavor": "Google"})]


def test_manifests_are_read_with_the_same_identity_and_in_either_format(registry: Any) -> None:
    made, sent, answers = registry
    answers[MANIFEST] = {"schemaVersion": 2}
    assert asyncio.run(made.get_image_manifest("demo/images/r2d-x", "abc")) == {"schemaVersion": 2}
    assert sent[-1].headers["Authorization"] == "Bearer ya29.x"
    for kind in ("oci.image.manifest", "oci.image.index", "docker.distribution.manifest.v2"):
        assert kind in sent[-1].headers["Accept"]


def test_only_not_found_means_that_an_image_is_missing(registry: Any) -> None:
    made, _, answers = registry
    answers[MANIFEST] = HTTPClientError(404)
    assert asyncio.run(made.get_image_manifest("demo/images/r2d-x", "abc")) is None
    answers[MANIFEST] = HTTPClientError(403)
    with pytest.raises(HTTPClientError):
        asyncio.run(made.get_image_manifest("demo/images/r2d-x", "abc"))


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Any:
    class RepoProvider:
        banned_specs = (r"^org/bad(/.*)?$",)

        def __init__(self, spec: str) -> None:
            self.spec = spec

        def is_banned(self) -> bool:
            return self.spec == "banned/by/upstream"

    fake("binderhub.repoproviders", monkeypatch, RepoProvider=RepoProvider)
    exec(BANNED, {})  # noqa: S102
    return RepoProvider


@pytest.mark.parametrize(
    "spec",
    [
        "org/bad/HEAD",
        "ORG/Bad/main",
        "https%3A%2F%2Fgithub.com%2Forg%2Fbad/HEAD",
        "https%3A%2F%2Fgithub.com%2Forg%2Fbad.git/HEAD",
        "https%3A%2F%2Fuser%40github.com%2Forg%2Fbad/HEAD",
        "git%40github.com%3Aorg%2Fbad.git/main",
        "ssh%3A%2F%2Fgit%40github.com%2Forg%2Fbad/main",
        "org%2Fbad/main",
        "banned/by/upstream",
    ],
)
def test_a_banned_repository_stays_banned_however_it_is_spelled(provider: Any, spec: str) -> None:
    assert provider(spec).is_banned()


@pytest.mark.parametrize(
    "spec", ["org/badger/HEAD", "other/bad/HEAD", "https%3A%2F%2Fgithub.com%2Forg%2Fgood/HEAD", "10.5281/zenodo.1", "x"]
)
def test_others_are_let_through(provider: Any, spec: str) -> None:
    assert not provider(spec).is_banned()


PLACES = {
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "token",
}
KEYS = {"AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "not-a-real-key", "Token": "session"}
ECR = "https://api.ecr.eu-central-1.amazonaws.com/"


@pytest.fixture
def pod_identity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Any], list[Request]]:
    """The names that the snippet defines, and the requests that its registry makes."""
    sent: list[Request] = []
    login = base64.b64encode(b"AWS:password").decode()
    answers = {
        PLACES["AWS_CONTAINER_CREDENTIALS_FULL_URI"]: KEYS,
        ECR: {"authorizationData": [{"authorizationToken": login}]},
    }

    class Client:
        async def fetch(self, request: Request) -> Any:
            sent.append(request)
            if request.url not in answers:
                raise HTTPClientError(404)
            return SimpleNamespace(body=json.dumps(answers[request.url]).encode())

    class DockerRegistry:
        url = "https://123456789012.dkr.ecr.eu-central-1.amazonaws.com"

    fake("binderhub.registry", monkeypatch, DockerRegistry=DockerRegistry)
    fake(
        "tornado.httpclient", monkeypatch, AsyncHTTPClient=Client, HTTPClientError=HTTPClientError, HTTPRequest=Request
    )
    (tmp_path / "token").write_text("pod-token\n")
    monkeypatch.chdir(tmp_path)
    for name, value in PLACES.items():
        monkeypatch.setenv(name, value)
    names: dict[str, Any] = {"c": SimpleNamespace(BinderHub=SimpleNamespace())}
    exec(POD_IDENTITY, names)  # noqa: S102
    return names, sent


def test_the_pods_role_gets_a_login_for_each_build(pod_identity: Any) -> None:
    names, sent = pod_identity
    registry = names["c"].BinderHub.registry_class()
    found = asyncio.run(registry.get_credentials("demo/r2d-x", "abc"))
    assert found == {"registry": registry.url, "username": "AWS", "password": "password"}
    assert sent[0].headers == {"Authorization": "pod-token"}


def test_a_repository_that_is_not_there_yet_holds_no_image(pod_identity: Any) -> None:
    names, sent = pod_identity
    registry = names["c"].BinderHub.registry_class()
    assert asyncio.run(registry.get_image_manifest("demo/r2d-x", "abc")) is None
    assert sent[-1].url == f"{registry.url}/v2/demo/r2d-x/manifests/abc"
    assert sent[-1].headers["Authorization"].startswith("Basic ")


def test_requests_are_signed_as_amazons_own_sdk_signs_them(pod_identity: Any) -> None:
    names, _ = pod_identity
    now = datetime.now(UTC)
    headers = names["signed"]("eu-central-1", KEYS, b"{}", now)
    ours = headers.pop("authorization")
    given = {k: v for k, v in headers.items() if k not in ("x-amz-date", "x-amz-security-token")}
    request = AWSRequest("POST", ECR, headers=given, data=b"{}")
    request.context["timestamp"] = headers["x-amz-date"]
    credentials = Credentials(KEYS["AccessKeyId"], KEYS["SecretAccessKey"], KEYS["Token"])
    signer = SigV4Auth(credentials, "ecr", "eu-central-1")
    signer._modify_request_before_signing(request)
    request.headers.replace_header("X-Amz-Date", headers["x-amz-date"])
    signer._inject_signature_to_request(
        request, signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    )
    assert ours == request.headers["Authorization"]
