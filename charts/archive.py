"""Chart archives (`NAME-VERSION.tgz`): read with suspicion, packed so that equal content is equal bytes."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from binder_deploy.charts.errors import ChartsError

MAX_PACKED = 20 * 2**20
"""Bytes of an archive. The largest chart that we install has 0.3 MB."""
MAX_UNPACKED = 100 * 2**20
"""Bytes of all files of an archive: Helm's own limit for a chart."""
MAX_MEMBERS = 5000


@dataclass(frozen=True)
class Contents:
    """What an archive holds."""

    name: str
    version: str
    files: Mapping[str, bytes]
    """Path below the chart's folder → content."""

    def dependencies(self) -> dict[str, str]:
        """Name → version of this chart and of every chart that is vendored in it, whatever the depth."""
        return {str(chart.get("name")): str(chart.get("version")) for chart in self._charts()}

    def kube_versions(self) -> dict[str, str]:
        """Name → accepted Kubernetes versions, of those charts that say so."""
        return {str(c.get("name")): str(c["kubeVersion"]) for c in self._charts() if c.get("kubeVersion")}

    def _charts(self) -> Iterator[Mapping[str, Any]]:
        for path, data in sorted(self.files.items()):
            parts = PurePosixPath(path).parts
            if parts[-1] == "Chart.yaml" and all(part == "charts" for part in parts[:-1:2]):
                yield _chart_yaml(path, data)


def sha256(data: bytes) -> str:
    """Hexadecimal digest."""
    return hashlib.sha256(data).hexdigest()


def load(file: Path) -> bytes:
    """The archive's bytes; raises `ChartsError` for one that is absurdly large or cannot be read."""
    try:
        if file.stat().st_size > MAX_PACKED:
            raise ChartsError(file.name, f"has more than {MAX_PACKED >> 20} MB, which no chart has", _REFETCH)
        return file.read_bytes()
    except OSError as error:
        raise ChartsError(file.name, f"cannot be read ({error.strerror})", "check the file's permissions") from error


def contents(label: str, data: bytes) -> Contents:
    """What the archive holds.

    `label` names it in errors. Raises `ChartsError` for anything that `helm package` would not have
    written: no gzip, several top folders, links, devices, paths that lead out, too much of anything.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(_unpacked(label, data)), mode="r:") as tar:
            files = _members(label, tar)
    except tarfile.TarError as error:
        raise ChartsError(label, f"is not a chart archive ({error})", _REFETCH) from error
    roots = {path.split("/", 1)[0] for path in files}
    if len(roots) != 1:
        raise ChartsError(label, f"has {len(roots)} top folders instead of one", _REFETCH)
    root = roots.pop()
    below = {path.split("/", 1)[1]: content for path, content in files.items() if "/" in path}
    chart = _chart_yaml(label, below.get("Chart.yaml", b""))
    name, version = chart.get("name"), chart.get("version")
    if not isinstance(name, str) or not isinstance(version, str):
        raise ChartsError(label, "has a Chart.yaml without name or version", _REFETCH)
    if root != name:
        raise ChartsError(label, f"has the folder {root} although its Chart.yaml says {name}", _REFETCH)
    return Contents(name, version, below)


def pack(name: str, files: Mapping[str, bytes]) -> bytes:
    """A chart archive: the same files give the same bytes, whoever packs them and when."""
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0, filename="") as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        # Helm takes the archive's name from its first file: Chart.yaml comes first.
        for path in sorted(files, key=lambda p: (p != "Chart.yaml", p)):
            info = tarfile.TarInfo(f"{name}/{path}")
            info.size, info.mode = len(files[path]), 0o644
            tar.addfile(info, io.BytesIO(files[path]))
    return buffer.getvalue()


def folder(path: Path) -> dict[str, bytes]:
    """Every file below a folder, as `contents` gives them; editors' and Python's leftovers are left out."""
    return {
        file.relative_to(path).as_posix(): file.read_bytes()
        for file in sorted(path.rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts and not file.name.endswith(("~", ".swp"))
    }


def _unpacked(label: str, data: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as zipped:
            tar = zipped.read(MAX_UNPACKED + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ChartsError(label, f"is not a whole gzip file ({error})", _REFETCH) from error
    if len(tar) > MAX_UNPACKED:
        raise ChartsError(label, f"unpacks to more than {MAX_UNPACKED >> 20} MB, which no chart does", _REFETCH)
    return tar


def _members(label: str, tar: tarfile.TarFile) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for count, member in enumerate(tar, 1):
        path = PurePosixPath(member.name)
        if count > MAX_MEMBERS:
            raise ChartsError(label, f"has more than {MAX_MEMBERS} files, which no chart has", _REFETCH)
        if path.is_absolute() or ".." in path.parts or "\\" in member.name:
            raise ChartsError(label, f"has a path that leads out of it ({member.name!r})", _REFETCH)
        if member.isdir():
            continue
        if not member.isreg():
            raise ChartsError(label, f"has a link or a device ({member.name!r})", _REFETCH)
        if str(path) in files:
            raise ChartsError(label, f"has {member.name!r} twice", _REFETCH)
        content = tar.extractfile(member)
        files[str(path)] = content.read() if content else b""
    return files


def _chart_yaml(label: str, data: bytes) -> dict[str, Any]:
    try:
        chart = YAML(typ="safe").load(data.decode())
    except (YAMLError, UnicodeDecodeError) as error:
        raise ChartsError(label, "has a Chart.yaml that cannot be read", _REFETCH) from error
    if not isinstance(chart, dict):
        raise ChartsError(label, "has no Chart.yaml", _REFETCH)
    return chart


_REFETCH = "fetch the archive again from its publisher"
