"""Between the engine's protobuf values and plain Python: secrets are unwrapped, unknowns stay recognisable."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from google.protobuf.struct_pb2 import Struct, Value  # type: ignore[import-untyped]
from pulumi.runtime.rpc import UNKNOWN

Props = dict[str, Any]

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 the protocol's mark, not a secret

__all__ = ["UNKNOWN", "Props", "has_unknown", "known", "plain", "struct"]


def plain(message: Struct) -> tuple[Props, frozenset[str]]:
    """Plain values, and the names of the properties that are secret or contain a secret."""
    secret: set[str] = set()
    props: Props = {}
    for name, value in message.fields.items():
        props[name], inner = _plain(value)
        if inner:
            secret.add(name)
    return props, frozenset(secret)


def _plain(value: Value) -> tuple[Any, bool]:
    kind = value.WhichOneof("kind")
    if kind == "number_value":
        number = value.number_value
        return (int(number) if number.is_integer() else number), False
    if kind == "list_value":
        items = [_plain(v) for v in value.list_value.values]
        return [v for v, _ in items], any(s for _, s in items)
    if kind == "struct_value":
        fields = value.struct_value.fields
        if _SIGNATURE in fields and fields[_SIGNATURE].string_value == _SECRET:
            return _plain(fields["value"])[0], True
        pairs = {name: _plain(v) for name, v in fields.items()}
        return {name: v for name, (v, _) in pairs.items()}, any(s for _, s in pairs.values())
    if kind == "string_value":
        return value.string_value, False
    if kind == "bool_value":
        return value.bool_value, False
    return None, False


def struct(props: Mapping[str, Any], secret: Collection[str] = ()) -> Struct:
    """The engine's form of `props`; those named in `secret` are marked as such."""
    message = Struct()
    message.update({name: {_SIGNATURE: _SECRET, "value": v} if name in secret else v for name, v in props.items()})
    return message


def has_unknown(value: Any) -> bool:
    """Whether a preview does not know some part of the value yet."""
    if isinstance(value, dict):
        return any(map(has_unknown, value.values()))
    if isinstance(value, list):
        return any(map(has_unknown, value))
    return bool(value == UNKNOWN)


def known(value: Any) -> Any:
    """The value without the parts that a preview does not know, and without nulls."""
    if isinstance(value, dict):
        return {k: known(v) for k, v in value.items() if v is not None and v != UNKNOWN}
    if isinstance(value, list):
        return [known(v) for v in value if v is not None and v != UNKNOWN]
    return value
