"""Real registries on this machine: open, with passwords, with tokens; and a cluster that holds their logins."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from binder_deploy.checks.given import Given
from binder_deploy.checks.registry.model import Registry
from binder_deploy.settings.model import Settings

SERVICE, ISSUER = "the registry", "the token server"
# bcrypt of "write-secret"
HTPASSWD = "writer:$2b$04$kX7/HkBRplBOyAt8xrGut.Hn6u0j6m3w3T.cIMHcdse8C4IJ30glK\n"
USERS = {
    "writer": ("write-secret", {"pull", "push", "delete"}),
    "robot": ("robot-secret", {"pull", "push"}),
    "reader": ("read-secret", {"pull"}),
}
PASSWORDS = {name: password for name, (password, _) in USERS.items()}
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@contextmanager
def served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Host and port of a server of this process."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Quiet(BaseHTTPRequestHandler):
    """A handler that answers with JSON and logs nothing."""

    protocol_version = "HTTP/1.1"

    def reply(self, status: int, body: Any = None, headers: Mapping[str, str] | None = None) -> None:
        """Send an answer."""
        data = json.dumps(body).encode() if body is not None else b""
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


class Signer:
    """Signs the tokens that the registry is told to believe."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(65537, 2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, ISSUER)])
        now = datetime.datetime.now(datetime.UTC)
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(1)
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def token(self, user: str, access: list[dict[str, Any]]) -> str:
        """A token for these rights."""
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        now = int(time.time())
        head = {"typ": "JWT", "alg": "RS256", "x5c": [base64.b64encode(der).decode()]}
        claims = {
            "iss": ISSUER,
            "sub": user,
            "aud": SERVICE,
            "nbf": now - 10,
            "iat": now,
            "exp": now + 300,
            "jti": uuid.uuid4().hex,
            "access": access,
        }
        signed = b".".join(_url64(json.dumps(part).encode()) for part in (head, claims))
        return b".".join((signed, _url64(self._key.sign(signed, padding.PKCS1v15(), hashes.SHA256())))).decode()


def _url64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


@dataclass
class TokenServer:
    """Gives each user the part of what is asked for that is theirs; strangers may read what lies below `public/`."""

    host: str = ""
    asked: list[str] = field(default_factory=list)
    """Scopes, in order."""


@pytest.fixture(scope="session")
def signer() -> Signer:
    """One key for all token servers."""
    return Signer()


@pytest.fixture(scope="session")
def token_server(signer: Signer) -> Iterator[TokenServer]:
    """A token server, as the registry's documentation describes it."""
    state = TokenServer()

    class Handler(Quiet):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            state.asked += query.get("scope", [])
            user, rights = "", {"pull"}
            if login := self.headers.get("Authorization"):
                user, _, password = base64.b64decode(login.removeprefix("Basic ")).decode().partition(":")
                if PASSWORDS.get(user) != password:
                    self.reply(401, {"details": f"incorrect username or password {password}"})
                    return
                rights = USERS[user][1]
            access = []
            for scope in query.get("scope", []):
                kind, name, wanted = scope.split(":", 2)
                granted = rights & set(wanted.split(",")) if user or name.startswith("public/") else set()
                access.append({"type": kind, "name": name, "actions": sorted(granted)})
            self.reply(200, {"token": signer.token(user, access)})

    with served(Handler) as host:
        state.host = host
        yield state


@dataclass(frozen=True)
class Running:
    """A registry that runs."""

    host: str
    folder: Path
    """Its storage."""

    def as_user(self, username: str = "", password: str | None = None) -> Registry:
        """It, asked by a user."""
        return Registry(f"http://{self.host}", username, PASSWORDS.get(username, "") if password is None else password)

    def held(self) -> list[Path]:
        """Uploads that were begun and not ended, and what was stored."""
        return list(self.folder.rglob("data"))


@pytest.fixture(scope="session")
def start(
    service_program: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[Mapping[str, Any]], Running]]:
    """Starts a registry with some configuration; it ends with the session."""
    program = service_program("registry")
    with ExitStack() as stack:
        yield lambda config: stack.enter_context(_running(program, tmp_path_factory.mktemp("registry"), config))


@contextmanager
def _running(program: Path, folder: Path, config: Mapping[str, Any]) -> Iterator[Running]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        host = f"127.0.0.1:{free.getsockname()[1]}"
    storage = folder / "storage"
    http = {"addr": host, "secret": "s", **config.get("http", {})}
    whole = {
        "version": "0.1",
        "log": {"level": "error"},
        "storage": {"filesystem": {"rootdirectory": str(storage)}},
        **config,
        "http": http,
    }
    file = folder / "config.yml"
    file.write_text(json.dumps(whole))  # JSON is YAML
    log = folder / "log"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [program, "serve", file], stdout=sink, stderr=sink, env={"OTEL_TRACES_EXPORTER": "none"}
        )
    try:
        _until_it_answers(host, process, log, tls="tls" in http)
        yield Running(host, storage)
    finally:
        process.terminate()
        process.wait(10)


def _until_it_answers(host: str, process: subprocess.Popen[bytes], log: Path, *, tls: bool) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"http{'s' * tls}://{host}/v2/", verify=False, trust_env=False)  # noqa: S501 it only has to answer
            return
        except httpx.HTTPError:
            time.sleep(0.02)
    raise AssertionError(f"the registry did not start: {log.read_text()}")


@pytest.fixture(scope="session")
def by_token(
    start: Callable[[Mapping[str, Any]], Running],
    token_server: TokenServer,
    signer: Signer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Running:
    """A registry with rights for each user, as Docker Hub, GHCR, Quay, Harbor and the clouds have them."""
    bundle = tmp_path_factory.mktemp("token") / "roots.pem"
    bundle.write_bytes(signer.certificate.public_bytes(serialization.Encoding.PEM))
    realm = f"http://{token_server.host}/token"
    token = {"realm": realm, "service": SERVICE, "issuer": ISSUER, "rootcertbundle": str(bundle)}
    return start({"auth": {"token": token}})


@pytest.fixture(scope="session")
def by_password(start: Callable[[Mapping[str, Any]], Running], tmp_path_factory: pytest.TempPathFactory) -> Running:
    """A registry that wants a password with every request, and gives addresses relative to its own."""
    users = tmp_path_factory.mktemp("users") / "htpasswd"
    users.write_text(HTPASSWD)
    return start({"auth": {"htpasswd": {"realm": "here", "path": str(users)}}, "http": {"relativeurls": True}})


@pytest.fixture(scope="session")
def open_to_all(start: Callable[[Mapping[str, Any]], Running]) -> Running:
    """A registry without any login."""
    return start({})


@pytest.fixture(scope="session")
def put_image() -> Callable[[Running, str, str, dict[str, str]], None]:
    """Pushes a small image: `(registry, name, tag, headers)`."""

    def put(registry: Running, name: str, tag: str, headers: dict[str, str]) -> None:
        blob = b"{}"
        digest = f"sha256:{hashlib.sha256(blob).hexdigest()}"
        base = f"http://{registry.host}/v2/{name}"
        with httpx.Client(headers=headers, trust_env=False) as client:
            begun = client.post(f"{base}/blobs/uploads/")
            where = httpx.URL(begun.url).join(begun.headers["location"]).copy_merge_params({"digest": digest})
            client.put(where, content=blob).raise_for_status()
            config = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest, "size": len(blob)}
            manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": []}
            pushed = client.put(f"{base}/manifests/{tag}", json=manifest, headers={"Content-Type": MANIFEST})
            pushed.raise_for_status()

    return put


class Cluster:
    """What the API server has: Secrets of the Binder's namespace, and its pods' images."""

    def __init__(self) -> None:
        self.secrets: dict[str, dict[str, str]] = {}
        self.images: list[str] = []

    def answer(self, path: str) -> Any:
        """The object at a path, or `None`."""
        plain = path.partition("?")[0]
        if plain == "/api/v1/namespaces/binder/pods":
            pods = [
                {"metadata": {"name": f"p{n}"}, "spec": {"containers": [{"image": i}]}}
                for n, i in enumerate(self.images)
            ]
            return {"items": pods, "metadata": {}}
        data = self.secrets.get(plain.removeprefix("/api/v1/namespaces/binder/secrets/"))
        return data and {"data": {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}}


@pytest.fixture
def cluster() -> Cluster:
    """A cluster in which nothing is installed yet."""
    return Cluster()


@pytest.fixture
def kubeconfig(cluster: Cluster, tmp_path: Path) -> Iterator[Path]:
    """Leads to `cluster`."""

    class Handler(Quiet):
        def do_GET(self) -> None:
            found = cluster.answer(self.path)
            self.reply(200 if found else 404, found or {"message": "not found"})

    with served(Handler) as host:
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": f"http://{host}"}}],
            "users": [{"name": "u", "user": {}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        }
        file = tmp_path / "kubeconfig"
        file.write_text(json.dumps(config))
        yield file


@pytest.fixture
def install(
    cluster: Cluster, kubeconfig: Path, settings: Callable[..., Settings], tmp_path: Path
) -> Callable[..., Given]:
    """Installs a BinderHub as the charts do, with one login to push and one to read, and maybe a pull secret."""

    def given(
        registry: Running,
        *,
        prefix: str = "acme/r2d-",
        push: tuple[str, str] = ("writer", "write-secret"),
        login_host: str = "",
        read: Mapping[str, str] | None = None,
        pull: tuple[str, str] | None = None,
        pods: tuple[str, ...] = (),
        **change: Any,
    ) -> Given:
        host = login_host or registry.host
        docker = {"url": f"https://{host}", "username": push[0], "password": push[1]} if read is None else dict(read)
        values = {
            "imageBuilderType": "dind",
            "config": {"BinderHub": {"image_prefix": f"{registry.host}/{prefix}"}, "DockerRegistry": docker},
        }
        cluster.secrets = {
            "binder-secret": {"values.yaml": json.dumps(values)},
            "binder-build-docker-config": {"config.json": _docker_config(f"https://{host}", push)},
            "hub": {"values.yaml": json.dumps({"imagePullSecret": {"create": pull is not None}})},
        }
        if pull:
            cluster.secrets["image-pull-secret"] = {".dockerconfigjson": _docker_config(registry.host, pull)}
        cluster.images = [f"{registry.host}/{prefix}{pod}" for pod in pods]
        own = {"registry": oci(registry, **change)}
        return Given(settings=settings(**own), folder=tmp_path, kubeconfig=kubeconfig)

    return given


def oci(registry: Running, **change: Any) -> dict[str, Any]:
    """The section `registry` of the settings."""
    login = {"username": "writer", "password": "env:PUSH_PASSWORD"}
    return {"kind": "oci", "host": registry.host, "path": "acme", "push": login, **change}


def _docker_config(address: str, login: tuple[str, str]) -> str:
    auth = base64.b64encode(":".join(login).encode()).decode()
    return json.dumps({"auths": {address: {"auth": auth}}})


@pytest.fixture
def plan(settings: Callable[..., Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Given]:
    """Settings for a registry, and the passwords that they refer to, before anything is installed."""

    def given(registry: Running, *, password: str = PASSWORDS["writer"], **change: Any) -> Given:
        monkeypatch.setenv("PUSH_PASSWORD", password)
        return Given(settings=settings(registry=oci(registry, **change)), folder=tmp_path)

    return given
