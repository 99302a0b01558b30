from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from binder_deploy.charts import archive, umbrella
from binder_deploy.charts.model import ChartSet
from binder_deploy.charts.resolve import Archive, Resolved, stand_in
from binder_deploy.charts.versions import is_version

from .conftest import packed

BINDERHUB = "1.0.0-0.dev.git.3983.h383374de"


def found(name: str, version: str, **files: bytes) -> Archive:
    data = packed(name, version, **files)
    inside = archive.contents(name, data)
    return Archive(
        name,
        version,
        data,
        archive.sha256(data),
        "download",
        "https://example.org",
        inside.dependencies(),
        inside.kube_versions(),
    )


def resolved(*archives: Archive) -> Resolved:
    given = {a.name: a for a in archives}
    charts = {
        "binderhub": found("binderhub", BINDERHUB),
        "traefik": found("traefik", "41.3.0"),
        "cert-manager": found("cert-manager", "v1.21.1"),
    }
    return Resolved("test", charts | given, (), ())


def tree(root: Path) -> Mapping[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def test_the_same_charts_give_the_same_bytes_and_paths(tmp_path: Path) -> None:
    one, two = umbrella.assemble(resolved(), tmp_path / "one"), umbrella.assemble(resolved(), tmp_path / "two")
    assert one == two
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


def test_where_an_archive_was_taken_from_does_not_change_the_chart(tmp_path: Path) -> None:
    elsewhere = dataclasses.replace(found("binderhub", BINDERHUB), origin="folder", source="folder")
    one, two = umbrella.assemble(resolved(), tmp_path / "one"), umbrella.assemble(resolved(elsewhere), tmp_path / "two")
    assert one.binder_service.version == two.binder_service.version
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


def test_another_content_gives_another_version_at_the_same_path(tmp_path: Path) -> None:
    before = umbrella.assemble(resolved(), tmp_path).binder_service
    after = umbrella.assemble(resolved(found("binderhub", BINDERHUB, extra=b"x")), tmp_path).binder_service
    assert before.version != after.version
    assert before.path == after.path == "charts/binder-service"


def test_a_change_in_our_templates_gives_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = umbrella.assemble(resolved(), tmp_path).binder_service
    ours = archive.folder(umbrella.TEMPLATE)
    for path, data in ours.items():
        file = tmp_path / "template" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data + (b"\n# changed\n" if path == "templates/limits.yaml" else b""))
    monkeypatch.setattr(umbrella, "TEMPLATE", tmp_path / "template")
    assert umbrella.assemble(resolved(), tmp_path).binder_service.version != before.version


def test_the_version_is_semantic_and_fits_into_a_label(tmp_path: Path) -> None:
    version = umbrella.assemble(resolved(), tmp_path).binder_service.version
    assert is_version(version)
    assert re.fullmatch(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?", f"binder-service-{version}")


def test_the_chart_depends_on_exactly_the_vendored_binderhub(tmp_path: Path) -> None:
    charts = umbrella.assemble(resolved(), tmp_path)
    folder = tmp_path / charts.binder_service.path
    chart = YAML(typ="safe").load(folder / "Chart.yaml")
    assert chart["dependencies"] == [{"name": "binderhub", "version": BINDERHUB, "repository": ""}]
    assert chart["version"] == charts.binder_service.version
    assert (folder / f"charts/binderhub-{BINDERHUB}.tgz").read_bytes() == resolved().archives["binderhub"].data
    assert charts.binder_service.dependencies == {"binderhub": BINDERHUB, "jupyterhub": "4.3.5"}


def test_paths_are_relative_and_carry_the_version_of_cluster_wide_charts(tmp_path: Path) -> None:
    charts = umbrella.assemble(resolved(), tmp_path)
    assert charts.traefik.path == "charts/traefik-41.3.0.tgz"
    assert charts.cert_manager.path == "charts/cert-manager-v1.21.1.tgz"
    assert all((tmp_path / c.path).exists() for c in (charts.binder_service, charts.traefik, charts.cert_manager))


def test_nothing_of_an_older_set_stays_behind(tmp_path: Path) -> None:
    umbrella.assemble(resolved(found("traefik", "41.2.0"), found("binderhub", "1.0.0-0.dev.git.1.h0")), tmp_path)
    umbrella.assemble(resolved(), tmp_path)
    assert set(tree(tmp_path)) == tree_of_fresh(tmp_path / "fresh")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["charts", "fresh"]


def tree_of_fresh(root: Path) -> set[str]:
    umbrella.assemble(resolved(), root)
    return set(tree(root))


def test_stand_ins_are_named_and_their_content_is_in_the_path(tmp_path: Path) -> None:
    charts: ChartSet = umbrella.assemble(resolved(*map(stand_in, ("binderhub", "traefik", "cert-manager"))), tmp_path)
    assert charts.stand_ins == ("binder-service", "traefik", "cert-manager")
    assert re.fullmatch(r"charts/traefik-41\.3\.0\+standin\.c[0-9a-f]{12}\.tgz", charts.traefik.path)
    assert charts.binder_service.dependencies["jupyterhub"].startswith("4.3.5")


def test_what_a_platform_needs_besides_is_laid_out_too(tmp_path: Path) -> None:
    charts = umbrella.assemble(resolved(found("cluster-autoscaler", "9.59.0")), tmp_path)
    autoscaler = charts.platform["cluster-autoscaler"]
    assert autoscaler.path == "charts/cluster-autoscaler-9.59.0.tgz"
    assert (tmp_path / autoscaler.path).exists()
    assert charts.all[3:] == (autoscaler,)
