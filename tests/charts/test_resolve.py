from __future__ import annotations

import dataclasses
import hashlib
import time
from pathlib import Path

import pytest

from binder_deploy.charts import bundle, lock
from binder_deploy.charts import resolve as resolver
from binder_deploy.charts.bundle import Bundle, Source
from binder_deploy.charts.errors import ChartsError, DigestMismatch
from binder_deploy.charts.lock import Lock, Locked
from binder_deploy.charts.resolve import Event, Resolved, resolve
from binder_deploy.charts.save import save
from binder_deploy.charts.upstream import Unavailable, index_entry

from .conftest import Publisher, packed

pytestmark = pytest.mark.system

BINDERHUB = "1.0.0-0.dev.git.3983.h383374de"
NAMES = ("binderhub", "traefik", "cert-manager")
VERSIONS = {"binderhub": BINDERHUB, "traefik": "41.3.0", "cert-manager": "v1.21.1"}
DATA = {name: packed(name, version) for name, version in VERSIONS.items()}


@dataclasses.dataclass
class Site:
    """A deployment's folder, a cache, and publishers on this machine."""

    root: Path
    publisher: Publisher
    bundle: Bundle

    @property
    def lock_file(self) -> Path:
        return self.root / lock.NAME

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    def resolve(
        self, folder: Path | None = None, stand_ins: bool = False, events: list[Event] | None = None
    ) -> Resolved:
        return resolve(
            lock_file=self.lock_file,
            folder=folder,
            cache=self.cache,
            allow_stand_ins=stand_ins,
            observe=(events if events is not None else []).append,
            bundle=self.bundle,
        )

    def locked(self, *entries: Locked) -> None:
        lock.write(self.lock_file, lock.read(self.lock_file).updated("test", entries))

    def folder(self, **archives: bytes) -> Path:
        place = self.root / "bundle"
        place.mkdir(exist_ok=True)
        for stem, data in archives.items():
            (place / f"{stem}.tgz").write_bytes(data)
        return place


@pytest.fixture
def site(tmp_path: Path, publisher: Publisher) -> Site:
    charts = {
        "binderhub": Source("binderhub", BINDERHUB, f"http://{publisher.host}/repo"),
        "traefik": Source("traefik", "41.3.0", f"oci://{publisher.host}/helm/traefik"),
        "cert-manager": Source("cert-manager", "v1.21.1", f"oci://{publisher.host}/charts/cert-manager"),
    }
    publisher.indexed["binderhub", BINDERHUB] = DATA["binderhub"]
    publisher.tagged["helm/traefik", "41.3.0"] = DATA["traefik"]
    publisher.tagged["charts/cert-manager", "v1.21.1"] = DATA["cert-manager"]
    return Site(tmp_path, publisher, Bundle("test", charts, {}))


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_first_run_downloads_and_hands_back_what_to_lock(site: Site) -> None:
    found = site.resolve()
    assert {name: a.origin for name, a in found.archives.items()} == dict.fromkeys(NAMES, "download")
    assert {e.name: e.sha256 for e in found.new_digests} == {name: sha(data) for name, data in DATA.items()}
    assert not site.lock_file.exists(), "only the caller writes the lock"
    assert found.archives["binderhub"].dependencies == {"binderhub": BINDERHUB, "jupyterhub": "4.3.5"}


def test_a_second_run_takes_everything_from_the_cache_and_asks_nobody(site: Site) -> None:
    site.locked(*site.resolve().new_digests)
    site.publisher.requests.clear()
    found = site.resolve()
    assert {a.origin for a in found.archives.values()} == {"cache"}
    assert found.new_digests == ()
    assert site.publisher.requests == []


def test_a_damaged_cache_entry_counts_as_absent(site: Site) -> None:
    site.resolve()
    for file in site.cache.rglob("traefik-*.tgz"):
        file.write_bytes(b"damaged")
    assert site.resolve().archives["traefik"].origin == "download"


def test_a_download_that_differs_from_the_lock_is_refused(site: Site) -> None:
    site.locked(Locked("traefik", "41.3.0", "f" * 64, "x"))
    with pytest.raises(DigestMismatch) as caught:
        site.resolve()
    error = caught.value
    assert (error.archive, error.expected, error.found) == ("traefik-41.3.0.tgz", "f" * 64, sha(DATA["traefik"]))
    assert error.recorded_in == "binder.lock.yaml archives.traefik.sha256"
    assert "remove archives.traefik from binder.lock.yaml" in error.remedy
    assert not list(site.cache.rglob("traefik-*.tgz")), "a refused archive is not kept"


@pytest.mark.parametrize(("name", "version"), [("binderhub", BINDERHUB), ("traefik", "41.3.0")])
def test_a_download_that_differs_from_what_its_publisher_says_is_refused(site: Site, name: str, version: str) -> None:
    site.publisher.digests[version] = "e" * 64
    with pytest.raises(DigestMismatch) as caught:
        site.resolve()
    assert caught.value.recorded_in.startswith("the index at ")
    assert caught.value.archive == f"{name}-{version}.tgz"


def test_a_known_digest_holds_wherever_the_archive_comes_from(site: Site) -> None:
    site.bundle = dataclasses.replace(site.bundle, known={"traefik-41.3.0": "d" * 64})
    for folder in (site.folder(**{"traefik-41.3.0": DATA["traefik"]}), None):
        with pytest.raises(DigestMismatch) as caught:
            site.resolve(folder)
        assert caught.value.recorded_in == "the shipped bundle.yaml known.traefik-41.3.0"


def test_a_known_digest_holds_however_the_version_is_written(site: Site) -> None:
    site.bundle = dataclasses.replace(site.bundle, known={"traefik-41.3.0": "d" * 64})
    folder = site.folder(**{"traefik-v41.3.0": packed("traefik", "41.3.0")})
    with pytest.raises(DigestMismatch, match="known"):
        site.resolve(folder)


def test_a_lock_cannot_bless_an_archive_that_is_known_to_be_another(site: Site) -> None:
    site.bundle = dataclasses.replace(site.bundle, known={"traefik-41.3.0": "d" * 64})
    site.locked(Locked("traefik", "41.3.0", sha(DATA["traefik"]), "x"))
    with pytest.raises(DigestMismatch, match="shipped bundle"):
        site.resolve()


def test_an_archive_of_the_folder_is_trusted_once_and_then_held_to(site: Site) -> None:
    folder = site.folder(**{"traefik-41.3.0": DATA["traefik"]})
    first = site.resolve(folder)
    assert first.archives["traefik"].origin == "folder"
    site.locked(*first.new_digests)
    assert site.resolve(folder).new_digests == ()
    site.folder(**{"traefik-41.3.0": packed("traefik", "41.3.0", extra=b"tampered")})
    with pytest.raises(DigestMismatch, match=r"binder\.lock\.yaml archives\.traefik"):
        site.resolve(folder)


def test_a_brought_archive_is_found_again_without_the_folder_but_only_by_its_locked_digest(site: Site) -> None:
    theirs = packed("traefik", "41.3.0", extra=b"somebody's own build")
    first = site.resolve(site.folder(**{"traefik-41.3.0": theirs}))
    assert site.resolve().archives["traefik"].data != theirs, "its version alone proves nothing"
    site.locked(*first.new_digests)
    assert site.resolve().archives["traefik"].data == theirs


def test_the_newest_version_in_the_folder_wins_over_the_lock_and_the_bundle(site: Site) -> None:
    site.locked(*site.resolve().new_digests)
    versions = [f"1.0.0-0.dev.git.{count}.hba24eb2a" for count in (999, 3990, 3506)]
    folder = site.folder(**{f"binderhub-{v}": packed("binderhub", v) for v in versions})
    found = site.resolve(folder)
    assert found.archives["binderhub"].version == versions[1]
    assert [e.version for e in found.new_digests] == [versions[1]]
    assert found.unused == tuple(sorted(f"binderhub-{v}.tgz" for v in (versions[0], versions[2])))
    assert found.archives["traefik"].origin == "cache", "a chart that is not in the folder is taken as usual"


def test_a_locked_version_stays_when_the_bundle_moves_on(site: Site) -> None:
    site.locked(*site.resolve().new_digests)
    newer = {**site.bundle.charts, "traefik": dataclasses.replace(site.bundle.charts["traefik"], version="42.0.0")}
    site.bundle = dataclasses.replace(site.bundle, charts=newer)
    assert site.resolve().archives["traefik"].version == "41.3.0"


def test_archives_that_are_not_ours_are_reported_and_do_no_harm(site: Site) -> None:
    folder = site.folder(**{"binderhub-container-registry-helper-0.2.4": b"?", "redis-1.0.0": b"?"})
    found = site.resolve(folder)
    assert found.unused == ("binderhub-container-registry-helper-0.2.4.tgz", "redis-1.0.0.tgz")


@pytest.mark.parametrize(("name", "version"), [("traefik", "41.2.0"), ("treafik", "41.3.0")])
def test_a_file_name_that_contradicts_its_chart_is_refused(site: Site, name: str, version: str) -> None:
    folder = site.folder(**{"traefik-41.3.0": packed(name, version)})
    with pytest.raises(ChartsError, match="contradicts the file's name"):
        site.resolve(folder)


def test_a_damaged_archive_in_the_folder_is_refused(site: Site) -> None:
    folder = site.folder(**{"traefik-41.3.0": DATA["traefik"][:-30]})
    with pytest.raises(ChartsError, match=r"traefik-41\.3\.0\.tgz: is not a whole gzip file"):
        site.resolve(folder)


def test_a_folder_that_is_not_there_is_refused(site: Site) -> None:
    with pytest.raises(ChartsError, match="is not a folder"):
        site.resolve(site.root / "nowhere")


def test_without_upstream_a_stand_in_is_used_only_if_allowed(site: Site) -> None:
    site.publisher.server.shutdown()
    site.publisher.server.server_close()
    with pytest.raises(ChartsError, match="--bundle") as caught:
        site.resolve()
    assert caught.value.path == f"binderhub {BINDERHUB}"
    events: list[Event] = []
    found = site.resolve(stand_ins=True, events=events)
    assert found.stand_ins == NAMES
    assert found.new_digests == (), "a stand-in is never locked"
    assert [e.what for e in events] == ["downloading", "unavailable", "stand-in"] * 3


def test_a_wrong_digest_is_no_reason_for_a_stand_in(site: Site) -> None:
    site.locked(Locked("traefik", "41.3.0", "f" * 64, "x"))
    with pytest.raises(DigestMismatch):
        site.resolve(stand_ins=True)


def test_a_version_that_its_publisher_does_not_list_is_named(site: Site) -> None:
    del site.publisher.indexed["binderhub", BINDERHUB]
    with pytest.raises(ChartsError, match=f"does not list binderhub {BINDERHUB}"):
        site.resolve()


def test_a_publisher_out_of_reach_is_asked_once_and_given_up_soon(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def silent(host: str, port: object) -> None:
        asked.append(host)
        time.sleep(5)

    monkeypatch.setattr("binder_deploy.charts.upstream.CONNECT_SECONDS", 0.05)
    monkeypatch.setattr("socket.getaddrinfo", silent)
    monkeypatch.setattr("binder_deploy.charts.upstream.getproxies", dict)
    charts = {
        name: dataclasses.replace(c, repository="oci://charts.example/x") for name, c in site.bundle.charts.items()
    }
    site.bundle = dataclasses.replace(site.bundle, charts=charts)
    start = time.monotonic()
    assert site.resolve(stand_ins=True).stand_ins == NAMES
    assert time.monotonic() - start < 2
    assert asked == ["charts.example"]


def test_a_saved_bundle_serves_a_site_without_internet(site: Site) -> None:
    place = site.root / "carried"
    files = save(site.resolve(), place)
    assert sorted(f.name for f in files) == sorted(f"{name}-{version}.tgz" for name, version in VERSIONS.items())
    site.publisher.requests.clear()
    far = dataclasses.replace(site, root=site.root / "far")
    far.root.mkdir()
    found = far.resolve(place)
    assert {a.origin for a in found.archives.values()} == {"folder"}
    assert {a.sha256 for a in found.archives.values()} == {sha(d) for d in DATA.values()}
    assert site.publisher.requests == []


def test_stand_ins_cannot_be_saved(site: Site) -> None:
    with pytest.raises(ChartsError, match="stand-in"):
        save(Resolved("x", {"traefik": resolver.stand_in("traefik")}, (), ()), site.root / "no")
    assert not (site.root / "no").exists()


def test_an_index_entry_is_found_among_others_and_never_mistaken_for_a_dependency() -> None:
    index = (
        "apiVersion: v1\nentries:\n  a:\n  - name: a\n    dependencies:\n    - name: b\n      version: 2.0.0\n"
        "    version: 1.0.0\n    digest: one\n  - version: 2.0.0\n    name: a\n    digest: two\n"
        "  b:\n  - version: 3.0.0\n    digest: three\ngenerated: x\n"
    )
    assert index_entry(index, "a", "2.0.0")["digest"] == "two"
    assert index_entry(index, "a", "v1.0.0")["digest"] == "one"
    assert index_entry(index, "b", "3.0.0")["digest"] == "three"
    with pytest.raises(Unavailable):
        index_entry(index, "a", "3.0.0")


def test_the_shipped_bundle_has_the_three_charts_and_sane_digests() -> None:
    shipped = bundle.load()
    assert tuple(bundle.needed(shipped, "gke").charts) == NAMES
    assert all(len(digest) == 64 and int(digest, 16) for digest in shipped.known.values())
    assert lock.read(Path("/nowhere")) == Lock()


@pytest.mark.parametrize("name", NAMES)
def test_each_stand_in_plays_the_version_that_the_bundle_ships(name: str) -> None:
    played = resolver.stand_in(name)
    assert played.version.partition("+")[0] == bundle.load().charts[name].version
    assert played.version.partition("+")[2].startswith("standin.c")
    assert resolver.stand_in(name) == played
