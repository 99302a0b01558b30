"""A state on the screen."""

from __future__ import annotations

from collections.abc import Iterator

from binder_deploy.cli.flows.state import Shown


def lines(shown: Shown) -> Iterator[str]:
    """What is known of it, a line each."""
    yield f"where       {shown.where}"
    yield f"secrets     {shown.secrets}"
    if shown.moved_to:
        yield f"moved to    {shown.moved_to}"
        return
    if not shown.exists:
        yield "contents    nothing yet; `binder-deploy up` makes it"
        return
    yield f"deployment  {shown.deployment or 'none yet'}"
    yield f"contents    {shown.resources} resources, {shown.bytes / 1024:.0f} KiB"
    yield f"written     {shown.changed or 'never'}"
    for one in shown.operations:
        yield f"            {one['start']}  {one['kind']}: {one['result']}"
