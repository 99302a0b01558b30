"""Passwords as a registry stores them: an htpasswd file, hashed by bcrypt."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

ROUNDS = 5
"""A power of two. The registry hashes at every request, and 256 random bits are not guessed, however fast it is."""
_STANDARD = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_BCRYPT = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def htpasswd(passwords: Mapping[str, str]) -> str:
    """User → password, as a file: the same for the same passwords, so that nothing changes when nothing has.

    For random passwords only: the salt, which would make those of people differ, follows from them.
    """
    import bcrypt  # here, not above: it takes a moment to import

    lines = []
    for user, password in passwords.items():
        drawn = base64.b64encode(hashlib.sha256(f"{user}:{password}".encode()).digest()[:16]).rstrip(b"=")
        salt = b"$2b$%02d$" % ROUNDS + drawn.translate(bytes.maketrans(_STANDARD, _BCRYPT))
        lines.append(f"{user}:{bcrypt.hashpw(password.encode(), salt).decode()}")
    return "\n".join(lines) + "\n"
