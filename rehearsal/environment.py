"""What a rehearsal's programs may know of this machine: an environment made of named things only, so that a
credential nobody thought of cannot slip through, and the rule that no server outside loopback is ever contacted.

Named things, not forbidden ones: a list of known credentials (GOOGLE_*, AWS_*, KUBECONFIG, GITHUB_TOKEN, …) is never
complete, a list of what is needed is.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ruamel.yaml import YAML

MARK = "BINDER_DEPLOY_REHEARSAL"
"""Every process of a rehearsal carries this variable; its value is the rehearsal's folder."""

STAND_IN_SECRET = "stands-in-for-a-secret"  # noqa: S105
"""What a rehearsal takes for each secret of the settings, and for the passphrase of its state. It must occur in no
name: the engine masks a secret wherever it finds it, also within the inputs that its events tell of, and what was
made under a masked name is not found again when its answer was lost."""

KEPT = frozenset({
    "PATH", "USER", "LOGNAME", "SHELL", "TERM", "COLUMNS", "LINES", "LANG", "LANGUAGE", "TZ",
    "VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "PYTHONUTF8", "PYTHONDONTWRITEBYTECODE",
    "NO_COLOR", "FORCE_COLOR",
})  # fmt: skip

NOWHERE = "http://127.0.0.1:9"
"""A proxy that does not exist (the discard port): whatever tries to leave this machine is refused at once."""


class RemoteEndpointError(Exception):
    """Something in a rehearsal points outside this machine."""


def scrubbed(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The environment of a rehearsal's programs.

    From `environ` only what `KEPT` names (and LC_*) remains. Home, temporary files and every XDG folder lie in the
    rehearsal's folder, so no ~/.kube, ~/.aws, ~/.docker, ~/.config/gcloud or ~/.pulumi is found; its `bin` is first
    on PATH; proxies lead nowhere; the engine's state is in the folder and its plugins come from PATH alone.
    """
    kept = {name: value for name, value in environ.items() if name in KEPT or name.startswith("LC_")}
    home = folder / "home"
    path = os.pathsep.join([str(folder / "bin"), kept.get("PATH", os.defpath)])
    proxies = {name: NOWHERE for plain in ("http_proxy", "https_proxy", "all_proxy") for name in (plain, plain.upper())}
    return {
        **kept,
        **proxies,
        "PATH": path,
        "HOME": str(home),
        "TMPDIR": str(folder / "tmp"),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_DATA_HOME": str(home / ".local/share"),
        "XDG_STATE_HOME": str(home / ".local/state"),
        "NO_PROXY": "127.0.0.1,localhost,::1",
        "no_proxy": "127.0.0.1,localhost,::1",
        # Not an absence but a file: without it, tools fall back to ~/.kube/config and then to the pod they run in.
        "KUBECONFIG": str(folder / "kubeconfig"),
        "PULUMI_HOME": str(folder / "pulumi"),
        "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": STAND_IN_SECRET,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        MARK: str(folder),
    }


@contextmanager
def applied(environ: Mapping[str, str]) -> Iterator[None]:
    """This process's own environment replaced by `environ`, and put back at the end.

    Needed around the engine: Pulumi's Automation API adds the variables it is given to those of this process, so
    a credential here would reach the engine whatever it is given.
    """
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def is_loopback(server: str) -> bool:
    """Whether a server (`https://HOST:PORT`, `HOST:PORT` or `HOST`) is this machine. Names are not resolved."""
    host = urlsplit(server if "//" in server else f"//{server}").hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def refuse_remote(kubeconfig: str) -> None:
    """Raise `RemoteEndpointError` unless every cluster of a kubeconfig (YAML or JSON text) is on loopback."""
    content: Any = YAML(typ="safe", pure=True).load(kubeconfig)
    clusters = content.get("clusters") if isinstance(content, dict) else None
    if not clusters:
        raise RemoteEndpointError("this kubeconfig names no cluster; a rehearsal uses the one that it started")
    for entry in clusters:
        cluster = entry.get("cluster") or {}
        server = str(cluster.get("server") or "")
        if not is_loopback(server):
            raise RemoteEndpointError(
                f"cluster {entry.get('name')!r} is at {server or 'an unnamed server'}, outside this machine; "
                "a rehearsal contacts nothing but the control plane that it started"
            )
        if cluster.get("proxy-url"):
            raise RemoteEndpointError(f"cluster {entry.get('name')!r} goes through a proxy; a rehearsal uses none")
