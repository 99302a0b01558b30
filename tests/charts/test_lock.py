from __future__ import annotations

from pathlib import Path

import pytest

from binder_deploy.charts import lock
from binder_deploy.charts.errors import ChartsError
from binder_deploy.charts.lock import Lock, Locked

ENTRY = Locked("traefik", "41.3.0", "a" * 64, "oci://ghcr.io/traefik/helm/traefik")
OTHER = Locked("binderhub", "1.0.0-0.dev.git.3983.h383374de", "b" * 64, "https://jupyterhub.github.io/helm-chart")


def test_a_lock_survives_writing_and_reading(tmp_path: Path) -> None:
    file = tmp_path / lock.NAME
    written = Lock().updated("2026.11", [ENTRY, OTHER])
    lock.write(file, written)
    assert lock.read(file) == written
    assert [p.name for p in tmp_path.iterdir()] == [lock.NAME]


def test_the_same_lock_is_the_same_text_whatever_the_order() -> None:
    assert Lock().updated("x", [ENTRY, OTHER]).text() == Lock().updated("x", [OTHER, ENTRY]).text()


def test_there_need_not_be_a_lock(tmp_path: Path) -> None:
    assert lock.read(tmp_path / lock.NAME) == Lock()


GOOD = Lock().updated("2026.11", [ENTRY]).text()
BROKEN = {
    "version": (GOOD.replace("version: 1\n", "version: 2\n"), "binder.lock.yaml version"),
    "no mapping": ("- a\n", "binder.lock.yaml version"),
    "not YAML": ("{", "binder.lock.yaml"),
    "archives": (GOOD.split("archives:")[0], "binder.lock.yaml archives"),
    "short digest": (GOOD.replace("a" * 64, "a" * 63), "archives.traefik.sha256"),
    "upper case digest": (GOOD.replace("a" * 64, "A" * 64), "archives.traefik.sha256"),
    "no version": (GOOD.replace("41.3.0", "latest"), "archives.traefik.version"),
    "missing key": (GOOD.replace("    source:", "    sauce:"), "archives.traefik"),
}


@pytest.mark.parametrize(("text", "path"), BROKEN.values(), ids=BROKEN)
def test_a_broken_lock_is_refused_with_the_key_that_is_wrong(tmp_path: Path, text: str, path: str) -> None:
    file = tmp_path / lock.NAME
    file.write_text(text)
    with pytest.raises(ChartsError) as caught:
        lock.read(file)
    assert path in caught.value.path
    assert caught.value.remedy
