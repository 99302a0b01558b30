"""What every settings model shares: frozen, closed, documented by attribute docstrings, and never
repeating an offending value (it may be a misplaced password)."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Discriminator, StringConstraints

T = TypeVar("T")


class Model(BaseModel):
    """A closed, immutable section of `binder.yaml`."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
        validate_default=True,
    )


Name = Annotated[str, StringConstraints(pattern=r"^[a-z]([-a-z0-9]{0,18}[a-z0-9])?$")]
"""A name that every cloud accepts with our suffixes: lower case, 20 characters at most."""

Quantity = Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?(m|Ki|Mi|Gi|Ti|K|M|G|T)?$")]
"""A Kubernetes resource quantity."""

Hostname = Annotated[
    str,
    StringConstraints(pattern=r"^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$", max_length=190, to_lower=True),
]

Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]


def kind_or(default: str) -> Discriminator:
    """Tells the members of a union apart by `kind`, which may be left out for the usual one."""

    def kind(value: Any) -> Any:
        found = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
        return found or default

    return Discriminator(kind)


def narrowed(value: object, kind: type[T]) -> T:
    """The value, which must be of this kind: for code that serves one member of a union. Raises `TypeError`."""
    if not isinstance(value, kind):
        raise TypeError(f"{type(value).__name__} where only {kind.__name__} can be served")
    return value
