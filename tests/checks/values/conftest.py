"""What tests about values share."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def told() -> Callable[[Any], str]:
    """A verdict with everything that it says, as text: for looking for what must not be in it."""
    return lambda verdict: json.dumps(vars(verdict), default=str)
