"""No room for the state: nothing is begun, what was there before stays whole, and the next run goes on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pulumi
import pytest

from binder_deploy.stacks import engine as engines
from binder_deploy.stacks.engine import Engine, EngineError, Site

pytestmark = pytest.mark.system


class Thing(pulumi.ComponentResource):
    def __init__(self, name: str) -> None:
        super().__init__("binder-deploy:test:Thing", name, {})
        self.register_outputs({})


def test_without_room_nothing_is_begun_and_the_state_stays(
    tmp_path: Path, tools: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("work", "state", "home", "root/bin"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "root" / "bin" / "pulumi").symlink_to(tools["pulumi"])
    environ = {
        "PULUMI_BACKEND_URL": (tmp_path / "state").as_uri(),
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_CONFIG_PASSPHRASE": "x",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PATH": os.environ["PATH"],
    }
    engine = Engine(Site(tmp_path / "work", tmp_path / "root", environ), "test", lambda: Thing("one") and None)
    with monkeypatch.context() as patch:
        patch.setattr(engines, "ROOM", shutil.disk_usage(tmp_path).total + 1)
        for operation in (engine.up, engine.destroy):
            with pytest.raises(EngineError, match="nothing was changed: make room"):
                operation(lambda event: None)
        with pytest.raises(EngineError, match="make room"):
            engine.replace(engine.exported())
    assert engine.resources() == ()
    assert engine.up(lambda event: None).changes == {"create": 2}
