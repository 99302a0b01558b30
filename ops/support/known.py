"""The secrets that are known by value, so that they can be looked for. They are returned and never shown."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kubernetes.client import CoreV1Api
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from binder_deploy.ops.client import api_client, listed
from binder_deploy.ops.redact import names_a_secret
from binder_deploy.settings.secrets import PATTERN, SecretRef

_PUBLIC = {"ca.crt", "tls.crt", "namespace", "username", "user", "email", "type", "name", "url", "host"}
"""Keys of a Secret object whose values are none. Taken for secrets, they would be struck out everywhere."""
_RELEASES = "helm.sh/release.v1"
"""Helm's records: a chart and its values, packed. Their secrets stand in other objects, too."""


def references(text: str) -> dict[str, SecretRef]:
    """Every reference to a secret in a YAML text, with its path: also where the settings are not valid."""
    return {path: SecretRef.parse(value) for path, value in _strings(_loaded(text)) if re.fullmatch(PATTERN, value)}


def of_environment(environ: Mapping[str, str]) -> Iterator[str]:
    """Values of variables that are named like secrets."""
    return (value for name, value in environ.items() if names_a_secret(name))


def of_kubeconfig(file: Path) -> Iterator[str]:
    """Tokens, passwords and private keys in a kubeconfig. Raises `OSError`."""
    yield from of_document(file.read_text(encoding="utf-8"))


def of_namespace(kubeconfig: Path, namespace: str) -> Iterator[str]:
    """What the Secret objects of a namespace hold. Raises `ApiException`, urllib3's `HTTPError`."""
    items = listed(CoreV1Api(api_client(kubeconfig)).list_namespaced_secret, namespace)
    names = {item["metadata"]["name"] for item in items}  # `push_secret` and the like hold one, and no secret
    for item in items:
        if item.get("type") != _RELEASES:
            yield from (value for value in of_secret(item) if value not in names)


def of_secret(item: Mapping[str, Any]) -> Iterator[str]:
    """What one Secret object holds: values as they are, and what is within documents and registry logins."""
    for key, encoded in (item.get("data") or {}).items():
        try:
            value = base64.b64decode(encoded).decode()
        except ValueError:  # binary, a keystore: no text can quote it
            continue
        if key in _PUBLIC or value.startswith("-----BEGIN CERTIFICATE-----"):
            continue
        if "\n" not in value.strip() and not value.lstrip().startswith(("{", "[")):
            yield value.strip()
        elif "PRIVATE KEY-----" in value:
            yield value
        yield from of_document(value)


def of_document(text: str) -> Iterator[str]:
    """Values below keys that are named like secrets, in YAML or JSON; base64 ones decoded, too. No references."""
    yield from _leaves(_loaded(text))


def _loaded(text: str) -> Any:
    try:
        return YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError):  # no document, then: a password, a line of text
        return None


def _strings(data: Any, above: str = "") -> Iterator[tuple[str, str]]:
    """Dotted path and value of every string."""
    if isinstance(data, str):
        yield above, data
    elif isinstance(data, Mapping):
        for key, value in data.items():
            yield from _strings(value, f"{above}.{key}" if above else str(key))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from _strings(value, f"{above}.{number}")


def _leaves(data: Any) -> Iterator[str]:
    if isinstance(data, list):
        for item in data:
            yield from _leaves(item)
    elif isinstance(data, Mapping):
        for key, value in data.items():
            if isinstance(value, str) and _secret_key(str(key)):
                if not re.fullmatch(PATTERN, value):
                    yield value
                    yield from _decoded(value)
            else:
                yield from _leaves(value)


def _secret_key(key: str) -> bool:
    return names_a_secret(key.removesuffix("-data"))


def _decoded(value: str) -> Iterator[str]:
    """`auth` of a registry login is `user:password`, a key in a kubeconfig is a PEM text."""
    try:
        text = base64.b64decode(value, validate=True).decode()
    except ValueError:
        return
    user, colon, password = text.partition(":")
    if "-----BEGIN" in text or (text.isprintable() and not colon):
        yield text
    elif text.isprintable() and password:
        yield from (f"{user}:{password}", password)
