"""What several probes share is made once, by the first that needs it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def once(make: Callable[[], T]) -> Callable[[], T]:
    """Made by the first thread that asks while the others wait; what it raises, all of them get."""
    lock, made = threading.Lock(), Future[T]()

    def get() -> T:
        with lock:
            if not made.done():
                try:
                    made.set_result(make())
                except Exception as error:
                    made.set_exception(error)
        return made.result()

    return get
