from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from binder_deploy.charts import archive
from binder_deploy.charts.errors import ChartsError

CHART = b"apiVersion: v2\nname: demo\nversion: 1.2.3\n"


def tgz(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for info, data in members:
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def member(name: str, data: bytes = b"x", kind: bytes = tarfile.REGTYPE) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "/etc/passwd" if kind != tarfile.REGTYPE else ""
    return info, data if kind == tarfile.REGTYPE else b""


def test_the_same_files_pack_to_the_same_bytes_in_any_order() -> None:
    files = {"Chart.yaml": CHART, "values.yaml": b"{}", "templates/a.yaml": b"a"}
    assert archive.pack("demo", files) == archive.pack("demo", dict(reversed(files.items())))


def test_what_is_packed_is_read_back() -> None:
    files = {"Chart.yaml": CHART, "templates/a.yaml": b"a", "templates/deep/b.yaml": b"b"}
    found = archive.contents("demo-1.2.3.tgz", archive.pack("demo", files))
    assert (found.name, found.version, dict(found.files)) == ("demo", "1.2.3", files)


def test_vendored_charts_are_found_whatever_their_depth() -> None:
    files = {
        "Chart.yaml": CHART,
        "charts/one/Chart.yaml": b"name: one\nversion: 1.0.0\n",
        "charts/one/charts/two/Chart.yaml": b"name: two\nversion: 2.0.0\n",
        "templates/Chart.yaml": b"name: none\nversion: 0.0.0\n",
    }
    found = archive.contents("demo", archive.pack("demo", files)).dependencies()
    assert found == {"demo": "1.2.3", "one": "1.0.0", "two": "2.0.0"}


CHART_MEMBER = member("demo/Chart.yaml", CHART)
UNSAFE = {
    "path that leads out": tgz(CHART_MEMBER, member("demo/../../evil")),
    "absolute path": tgz(CHART_MEMBER, member("/demo/evil")),
    "symbolic link": tgz(CHART_MEMBER, member("demo/link", kind=tarfile.SYMTYPE)),
    "hard link": tgz(CHART_MEMBER, member("demo/link", kind=tarfile.LNKTYPE)),
    "device": tgz(CHART_MEMBER, member("demo/dev", kind=tarfile.CHRTYPE)),
    "two top folders": tgz(CHART_MEMBER, member("other/x")),
    "the same file twice": tgz(CHART_MEMBER, CHART_MEMBER),
    "no Chart.yaml": tgz(member("demo/values.yaml")),
    "another folder": tgz(member("other/Chart.yaml", CHART)),
    "not gzip": b"PK\x03\x04 no archive of ours",
    "cut off": archive.pack("demo", {"Chart.yaml": CHART})[:-20],
    "gzip of something else": gzip.compress(b"hello" * 1000),
    "empty": b"",
    "Chart.yaml is a list": tgz(member("demo/Chart.yaml", b"- 1")),
    "Chart.yaml is broken": tgz(member("demo/Chart.yaml", b"{")),
}


@pytest.mark.parametrize("data", UNSAFE.values(), ids=UNSAFE)
def test_an_archive_that_helm_would_not_have_written_is_refused(data: bytes) -> None:
    with pytest.raises(ChartsError, match=r"^demo-1\.2\.3\.tgz: "):
        archive.contents("demo-1.2.3.tgz", data)


def test_an_archive_that_unpacks_to_absurd_sizes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_UNPACKED", 2**20)
    bomb = tgz(CHART_MEMBER, member("demo/zeros", bytes(2**21)))
    with pytest.raises(ChartsError, match="unpacks to more than 1 MB"):
        archive.contents("demo", bomb)


def test_too_many_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBERS", 3)
    with pytest.raises(ChartsError, match="more than 3 files"):
        archive.contents("demo", tgz(CHART_MEMBER, *(member(f"demo/{i}") for i in range(4))))


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_PACKED", 10)
    (tmp_path / "a.tgz").write_bytes(bytes(11))
    with pytest.raises(ChartsError, match="which no chart has"):
        archive.load(tmp_path / "a.tgz")
