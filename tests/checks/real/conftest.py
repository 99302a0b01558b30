"""The nearest real thing that checks can look at: a parsed `binder.yaml`, and a whole deployment on this machine.

The deployment is one that `rehearse --keep` leaves: the real engine and the real API server hold what our own charts
made. Tests break one thing in it, see the check fail, and put it back.
"""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from binder_deploy.charts.model import ChartSet
from binder_deploy.charts.resolve import Archive, Resolved, stand_in
from binder_deploy.charts.umbrella import assemble
from binder_deploy.checks import runner
from binder_deploy.checks.catalogue import CATALOGUE
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Verdict
from binder_deploy.checks.probes.wiring import probes_for
from binder_deploy.rehearsal.clouds.cloud_file import CloudFile
from binder_deploy.rehearsal.controllers.api import Api, Object
from binder_deploy.settings.load import load
from binder_deploy.settings.model import Settings
from binder_deploy.tools.place import default_cache

EXAMPLE = (Path(__file__).parents[3] / "examples" / "gke.yaml").read_text(encoding="utf-8")


def written(change: Mapping[str, Any], folder: Path) -> Settings:
    """The settings of the example with a change, from a file, as a user's are read."""
    yaml = YAML(typ="safe")
    file = folder / "binder.yaml"
    with file.open("w", encoding="utf-8") as stream:
        yaml.dump(merged(yaml.load(EXAMPLE), change), stream)
    return load(file)


def merged(base: dict[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(base)
    for key, value in change.items():
        inner = out.get(key)
        out[key] = merged(inner, value) if isinstance(value, Mapping) and isinstance(inner, dict) else value
    return out


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Mapping[str, Any]], Settings]:
    """Settings read from a file that has the example's text with a change."""
    return lambda change: written(change, tmp_path)


@pytest.fixture
def charts(tmp_path: Path) -> Callable[..., ChartSet]:
    """Our own charts laid out as for an install, some archives replaced."""

    def lay_out(**replaced: Archive) -> ChartSet:
        archives = {name: stand_in(name) for name in ("binderhub", "traefik", "cert-manager")} | replaced
        return assemble(Resolved("test", archives, (), ()), tmp_path / "work")

    return lay_out


Ask = Callable[..., Verdict]


def asked(check_id: str, given: Given) -> Verdict:
    """The runner's verdict of one check on what the probes bring."""
    (check,) = [c for c in CATALOGUE if c.id == check_id]
    return runner.run([check], probes_for(given))[0].verdict


@pytest.fixture
def ask(write: Callable[[Mapping[str, Any]], Settings], tmp_path: Path) -> Ask:
    """The verdict of one check: `ask("BD-…", settings change, **what else is given)`."""

    def verdict(check_id: str, change: Mapping[str, Any] | None = None, **given: Any) -> Verdict:
        return asked(check_id, Given(settings=write(change or {}), folder=tmp_path, **given))

    return verdict


@dataclass
class Living:
    """A deployment that is up, and what a test does to it."""

    settings: Settings
    folder: Path
    kubeconfig: Path
    address: str
    cloud: CloudFile
    api: Api
    _undo: list[Callable[[], object]] = field(default_factory=list)

    def ask(self, check_id: str, change: Mapping[str, Any] | None = None, **given: Any) -> Verdict:
        """The verdict of one check now. What a rehearsal plays is judged, too: here the playing is what is tested."""
        settings = written(merged(CHANGES, change or {}), self.folder)
        return asked(check_id, Given(settings=settings, folder=self.folder, kubeconfig=self.kubeconfig, **given))

    def probes(self) -> Mapping[Any, Any]:
        """What the checks would ask."""
        return probes_for(Given(settings=self.settings, folder=self.folder, kubeconfig=self.kubeconfig))

    def eventually(self, check_id: str, kind: type[Verdict], within_s: float = 30, **given: Any) -> Any:
        """The verdict as soon as it is of that kind: controllers take a moment."""
        deadline = time.monotonic() + within_s
        while not isinstance(verdict := self.ask(check_id, **given), kind):
            assert time.monotonic() < deadline, verdict
            time.sleep(0.1)
        return verdict

    def await_phase(self, path: str, phase: str, within_s: float = 30) -> None:
        """Wait for a pod."""
        deadline = time.monotonic() + within_s
        while ((self.api.get(path) or {}).get("status") or {}).get("phase") != phase:
            assert time.monotonic() < deadline, self.api.get(path)
            time.sleep(0.05)

    def change(self, path: str, patch: Object) -> None:
        """Merge a patch into an object, until the end of the test."""
        before = self.api.get(path.removesuffix("/status"))
        assert before is not None, path
        self.api.patch(path, patch)
        self._undo.append(lambda: self.api.patch(path, inverse(patch, before)))

    def put(self, collection: str, body: Object) -> None:
        """Create an object, until the end of the test."""
        assert self.api.create(collection, body) is not None, f"{collection}: it is there already"
        path = f"{collection}/{body['metadata']['name']}"
        self._undo.append(lambda: self._remove(path))

    def rewrite(self, secret: str, change: Mapping[str, Any]) -> None:
        """Merge a change into the values that a chart handed over in a Secret, until the end of the test."""
        path = f"/api/v1/namespaces/binder/secrets/{secret}"
        yaml, text = YAML(typ="safe"), io.StringIO()
        given = yaml.load(base64.b64decode((self.api.get(path) or {})["data"]["values.yaml"]))
        yaml.dump(merged(given, change), text)
        self.change(path, {"data": {"values.yaml": base64.b64encode(text.getvalue().encode()).decode()}})

    def take(self, path: str) -> None:
        """Delete an object, until the end of the test."""
        before = self.api.get(path)
        assert before is not None, path
        self._remove(path)
        kept = {k: v for k, v in before["metadata"].items() if k in {"name", "namespace", "labels", "annotations"}}
        body = {k: v for k, v in before.items() if k != "status"} | {"metadata": kept}
        if path.startswith("/api/v1/") and "/services/" in path:
            body["spec"] = {k: v for k, v in body["spec"].items() if k not in {"clusterIP", "clusterIPs"}}
        self._undo.append(lambda: self.api.create(path.rpartition("/")[0], body))

    def restore(self) -> None:
        """Undo everything, the last first."""
        while self._undo:
            self._undo.pop()()

    def _remove(self, path: str) -> None:
        self.api.delete(path, {"gracePeriodSeconds": 0, "propagationPolicy": "Foreground"})
        deadline = time.monotonic() + 30
        while self.api.get(path) is not None:
            assert time.monotonic() < deadline, f"{path} does not go"
            time.sleep(0.05)


def inverse(patch: Any, before: Any) -> Any:
    """The merge patch that puts back what `patch` changes in `before`."""
    if not isinstance(patch, Mapping) or not isinstance(before, Mapping):
        return before
    return {key: inverse(value, before[key]) if key in before else None for key, value in patch.items()}


CHANGES: dict[str, Any] = {"platform": {"pools": {"user": {"max": 1}, "build": {"max": 1}}}}
"""The deployment is the example's, with pools that are full at once."""


@pytest.fixture(scope="package")
def deployed(tools: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Living]:
    """A deployment that is up on this machine while the tests of this folder run. About a minute, once."""
    from binder_deploy.cli.flows.rehearse import Request, Result, end_kept, rehearse

    # A cache of its own: other tests count the processes of theirs.
    folder, cache = tmp_path_factory.mktemp("living"), tmp_path_factory.mktemp("cache")
    (cache / "tools").symlink_to(default_cache() / "tools")
    settings = written(CHANGES, folder)
    result = Result()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BINDER_DEPLOY_CACHE", str(cache))
        rehearse(Request(folder, settings, keep=True), result, lambda event: None)
        kept = result.kept
        assert kept is not None
    (reserved,) = kept.cloud.read().of_type("compute/address")
    with Api.of(kept.kubeconfig) as api:
        yield Living(settings, folder, kept.kubeconfig, str(reserved.outputs["address"]), kept.cloud, api)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BINDER_DEPLOY_CACHE", str(cache))
        end_kept(kept.id)


@pytest.fixture
def living(deployed: Living) -> Iterator[Living]:
    """The deployment, as it was before once the test is over."""
    yield deployed
    deployed.restore()
