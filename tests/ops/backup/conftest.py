"""A real hub's database, and other hubs to go on with it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

CACHE_NAME = "test"


@pytest.fixture
def hub_database(jupyterhub: Any) -> Path:
    """Of the hub that runs."""
    return Path(jupyterhub.process.args[-1]).parent / "hub.sqlite"


@pytest.fixture
def hub_on(jupyterhub: Any) -> Callable[[Path], AbstractContextManager[Any]]:
    """Starts another hub on the `hub.sqlite` of a folder."""
    from binder_deploy.tools.place import default_cache

    running = sys.modules[type(jupyterhub).__module__].running_hub
    return lambda folder: running(folder, default_cache() / CACHE_NAME)
