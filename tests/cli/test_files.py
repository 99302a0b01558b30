"""A file that people keep is replaced whole, and stays what it is: its mode, and a link."""

from __future__ import annotations

import stat
from pathlib import Path

from binder_deploy.cli.flows.files import replace_file
from binder_deploy.cli.flows.remove import restore_kubeconfig


def test_a_link_stays_one_and_what_it_leads_to_is_replaced_with_its_mode(tmp_path: Path) -> None:
    place = tmp_path / "shared" / "campus.yaml"
    place.parent.mkdir()
    place.write_text("before")
    place.chmod(0o640)
    (tmp_path / "binder.yaml").symlink_to(place)
    replace_file(tmp_path / "binder.yaml", "after")
    assert (tmp_path / "binder.yaml").is_symlink()
    assert (place.read_text(), stat.S_IMODE(place.stat().st_mode)) == ("after", 0o640)
    assert [file.name for file in place.parent.iterdir()] == [place.name]


def test_a_first_one_is_made(tmp_path: Path) -> None:
    replace_file(tmp_path / "binder.lock.yaml", "first")
    assert (tmp_path / "binder.lock.yaml").read_text() == "first"


def test_a_way_in_that_was_tidied_away_comes_back_for_its_owner_alone_and_one_that_is_there_stays(
    tmp_path: Path,
) -> None:
    file = tmp_path / "kubeconfig"
    restore_kubeconfig(file, None)
    assert not file.exists()
    restore_kubeconfig(file, "a key")
    restore_kubeconfig(file, "another")
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("a key", 0o600)
