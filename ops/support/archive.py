"""The archive itself: a folder of texts in one compressed file, which is written only if no known secret is in it."""

from __future__ import annotations

import base64
import io
import os
import re
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from binder_deploy.ops.secret_forms import SHORTEST, forms

LARGEST = 256 * 2**20
"""Bytes of one member that are read at the most: an archive comes from elsewhere."""
_RUN = re.compile(rb"[A-Za-z0-9+/_-]{8,}")


class SecretFound(Exception):
    """A known secret is in the archive, which was therefore not written. `member` says where, never what."""

    def __init__(self, member: str) -> None:
        self.member = member
        super().__init__(
            f"a known secret is still in {member} of the support archive, so it was not written; that is a bug of "
            "binder-deploy: please report the name of this file, not its content"
        )


class NotAnArchive(ValueError):
    """Not a support archive."""


def write(path: Path, members: Mapping[str, str], secrets: Iterable[str], *, at: float) -> int:
    """Pack the texts, look through the packed file, and only then put it in its place; the size in bytes.

    `members`: path in the archive → text. `at`: their time, in seconds of the epoch. The file can be read by its
    owner alone. Raises `SecretFound`, `OSError`.
    """
    packed = pack(members, at)
    if member := leak(packed, tuple(secrets)):
        raise SecretFound(member)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(packed)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return len(packed)


def pack(members: Mapping[str, str], at: float) -> bytes:
    """A tar.gz of these texts."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as tar:
        for name, text in members.items():
            content = text.encode()
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = len(content), at, 0o600
            tar.addfile(entry, io.BytesIO(content))
    return target.getvalue()


def read(source: Path | bytes) -> dict[str, str]:
    """Path → text of every member, without the folder that they all lie in. Raises `NotAnArchive`, `OSError`."""
    return {name.partition("/")[2]: content.decode(errors="replace") for name, content in _members(source)}


def leak(packed: bytes, secrets: tuple[str, ...]) -> str | None:
    """The first member that holds a known secret, in its name or its content, plain or encoded."""
    shapes = [form.encode() for form in forms(secrets)]
    raw = [secret.strip().encode() for secret in secrets if len(secret.strip()) >= SHORTEST]
    for name, content in _members(packed):
        plain = name.encode() + b"\n" + content
        hidden = b"\n".join(_decoded(plain))
        if any(shape in plain for shape in shapes) or any(secret in hidden for secret in raw):
            return name
    return None


def _members(source: Path | bytes) -> Iterator[tuple[str, bytes]]:
    opened = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
    try:
        with opened, tarfile.open(fileobj=opened, mode="r:gz") as tar:
            for entry in tar:
                content = tar.extractfile(entry)
                if content is not None and entry.size <= LARGEST:
                    yield entry.name, content.read()
    except (tarfile.TarError, EOFError, OSError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise NotAnArchive("not a support archive: it cannot be unpacked") from None


def _decoded(content: bytes) -> Iterator[bytes]:
    """What stands in the content in base64, wherever it begins: a way of its own, besides the shapes."""
    for found in _RUN.finditer(content):
        run = found.group().translate(bytes.maketrans(b"-_", b"+/"))
        for start in range(4):
            part = run[start : start + (len(run) - start) // 4 * 4]
            yield base64.b64decode(part)
