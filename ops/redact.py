"""Takes secrets out of texts and of data: those that are known, by value, and the rest by how secrets look."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from binder_deploy.ops.secret_forms import forms

MARK = "[redacted]"

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # A whole key, also where its line ends are written as \n.
        (
            r"-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----[\s\S]*?(?:-----END \1-----|\Z)",
            rf"-----BEGIN \1-----{MARK}",
        ),
        (r"(?i)(\b(?:proxy-)?authorization\b[\"']?\s*[:=]\s*[\"']?)(?:(basic|bearer|token|negotiate)\s+)?[^\s\"',]+",
         rf"\1{MARK}"),
        (r"(?i)(\b(?:set-)?cookie\b[\"']?\s*[:=]\s*)[^\r\n]+", rf"\1{MARK}"),
        (r"(?i)\b(bearer\s+)[A-Za-z0-9._~+/=-]{12,}", rf"\1{MARK}"),
        (r"(\b[a-z][a-z0-9+.-]{0,20}://[^\s/:@\"']{0,200}:)[^\s/@\"']{1,1000}(?=@)", rf"\1{MARK}"),
        (r"\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}", MARK),
        (r"\bglpat-[A-Za-z0-9_-]{16,}|\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bdckr_pat_[A-Za-z0-9_-]{16,}", MARK),
        (r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b", MARK),
        (r"\bAIza[A-Za-z0-9_-]{30,}|\bya29\.[A-Za-z0-9._-]{16,}|\bGOCSPX-[A-Za-z0-9_-]{16,}", MARK),
        (r"\bpul-[0-9a-f]{40}\b|\bhf_[A-Za-z0-9]{20,}\b|\bnpm_[A-Za-z0-9]{30,}\b|\bpypi-[A-Za-z0-9_-]{30,}", MARK),
        (r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*", MARK),
        (
            r"(?i)((?:passw(?:or)?d|passphrase|secret|token|api_?key|access_?key|private_?key|"
            r"credentials?)[\"']?[ \t]*[=:][ \t]*)(?![\"']?(?:env:|file:|\[redacted\]))"
            r"(?:\"[^\"\r\n]+\"|'[^'\r\n]+'|[^\s\"',;&)}\]]{6,})",
            rf"\1{MARK}",
        ),
    )
)  # fmt: skip
_SECRET_NAME = re.compile(
    r"(?i)(?:^|[^a-z])(?:passw(?:or)?d|passphrase|secret|token|api_?key|access_?key|private_?key|crypt_?key|keys?"
    r"|credentials?|auth|authorization|cookie|pat)s?$"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_REFERENCE = re.compile(r"(?:env:[A-Za-z_]\w*|file:\S+)")
_NOT_A_VALUE = {"key", "keys", "topologykey"}
"""Keys of Kubernetes objects that end like secrets and name things."""
_COPIES = {"kubectl.kubernetes.io/last-applied-configuration", "managedFields"}
"""Second copies of what stands beside them, as text, where no name says what is secret."""


def names_a_secret(name: str) -> bool:
    """Whether a variable or a key of this name holds a secret: `GITHUB_TOKEN`, `clientSecret`, `hub.cookie_secret`."""
    return name.lower() not in _NOT_A_VALUE and bool(_SECRET_NAME.search(_CAMEL.sub("_", name)))


class Redactor:
    """Knows some secrets by value; never shows them, not even in its `repr`."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._forms = forms(secrets)
        self.count = 0
        """How often something was taken out."""

    def text(self, text: str) -> str:
        """The text without secrets."""
        for form in self._forms:
            if form in text:
                self.count += text.count(form)
                text = text.replace(form, MARK)
        for pattern, replacement in _PATTERNS:
            text, times = pattern.subn(replacement, text)
            self.count += times
        return text

    def data(self, value: Any) -> Any:
        """JSON-ready data without secrets. Kubernetes objects are known: a Secret keeps its keys alone."""
        match value:
            case str():
                return self.text(value)
            case list():
                return [self.data(item) for item in value]
            case Mapping():
                return self._mapping(value)
        return value

    def _mapping(self, value: Mapping[str, Any]) -> dict[str, Any]:
        if value.get("kind") == "Secret":
            value = {
                **value,
                **{part: dict.fromkeys(value[part] or {}, MARK) for part in ("data", "stringData") if part in value},
            }
        if isinstance(value.get("name"), str) and isinstance(value.get("value"), str) and names_a_secret(value["name"]):
            value = {**value, "value": self._hidden(value["value"])}  # a variable of a container
        kept = {key: item for key, item in value.items() if key not in _COPIES}
        return {
            self.text(key): self._hidden(item) if isinstance(item, str) and names_a_secret(key) else self.data(item)
            for key, item in kept.items()
        }

    def _hidden(self, value: str) -> str:
        """A value whose name says that it is secret; a reference to one, or nothing, may be read."""
        if not value or value == MARK or _REFERENCE.fullmatch(value):
            return value
        self.count += 1
        return MARK
