"""The shapes in which a secret that is known may turn up in a text."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

SHORTEST = 8
"""Shorter values are not looked for: as secrets they are hopeless, and they turn up in every text by chance."""


def forms(secrets: Iterable[str]) -> tuple[str, ...]:
    """Every shape of every secret, the longest first, so that a part is never taken for the whole."""
    found = {form for secret in secrets for form in _forms(secret.strip()) if len(form) >= SHORTEST}
    return tuple(sorted(found, key=lambda form: (-len(form), form)))


def _forms(secret: str) -> Iterator[str]:
    if len(secret) < SHORTEST:
        return
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield html.escape(secret)
    yield quote(secret)
    yield quote(secret, safe="")
    yield quote_plus(secret)
    raw = secret.encode()
    yield raw.hex()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(raw).decode()
        for shift in (0, 1, 2):
            yield _inside(encode(b"\0" * shift + raw).decode(), shift)
    if "\n" in secret:  # a log has a line of it on each of its own
        yield from (line.strip() for line in secret.splitlines() if len(line.strip()) >= 16)


def _inside(encoded: str, shift: int) -> str:
    """The characters of a base64 text that depend on the secret alone, whatever stands before and after it."""
    core = encoded.rstrip("=")
    loose_end = 1 if encoded.endswith("=") else 0
    return core[(0, 2, 3)[shift] : len(core) - loose_end]
