"""How a deployment is, on one screen of 80 columns and without colour, and the same as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import version
from typing import Any

from rich.console import Console
from rich.text import Text

from binder_deploy.checks.model import Crashed, Failed, Warned
from binder_deploy.checks.reports.data import report
from binder_deploy.checks.reports.words import headline
from binder_deploy.cli.flows.status import Status
from binder_deploy.cli.flows.summary import tally
from binder_deploy.cli.ui.history import entry_data, moment, result_words
from binder_deploy.cli.ui.words import verdict_words
from binder_deploy.ops.census import Census, Crowd, Nodes
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.maintenance import IS_ON
from binder_deploy.settings.model import pools_of
from binder_deploy.settings.names import binder_release
from binder_deploy.stacks.ledger import identity

SCHEMA = "binder-deploy/status/v1"
"""Grows by new keys only; anything else is a new version."""
WIDTH, LABEL = 79, 13
GIB = 2.0**30
FEW = 5
"""So many failures and warnings are shown; `check` shows all."""


def show_status(status: Status, console: Console) -> None:
    """The whole screen."""
    for line in status_lines(status):
        console.print(Text(line), soft_wrap=True)


def status_lines(status: Status) -> list[str]:
    """As lines of text, 79 columns at most, but for what cannot be broken."""
    return [f"{identity(status.settings)}, {moment(status.at)}", *_rows(status)]


def _rows(status: Status) -> Iterator[str]:
    if status.maintenance:
        yield from _row("Maintenance", f"{IS_ON}. People read: {status.maintenance}")
    if status.halfway:
        yield from _row("To do", status.halfway)
    elif status.pending:
        yield from _row("To do", _pending(status))
    if not status.deployed:
        yield from _row("", "Nothing is deployed; `binder-deploy up` does that.")
    if status.outputs:
        yield from _row("Binder", status.outputs.binder_url)
        yield from _row("Hub", status.outputs.hub_url)
        yield from _row("Address", status.outputs.address)
    yield from _row("Versions", ", ".join(f"{name} {number}" for name, number in versions(status).items()))
    if status.silent:
        yield from _row("Cluster", status.silent)
    yield from _living(status)
    if status.where:
        yield from _row("State", f"{status.where}: {status.resources} resources{_last(status)}")
    if status.spent:
        some = "" if status.spent.complete else "more than "
        yield from _row(
            "Cost so far",
            f"{some}${status.spent.usd:,.2f} since {moment(status.spent.since)}: an estimate at list prices, as if "
            "nobody had ever been there",
        )


def _living(status: Status) -> Iterator[str]:
    counted = status.census
    if counted is None:
        return
    yield from _row("Checks", f"{headline(status.outcomes)}: {tally(status.outcomes)}")
    urgent = [o for o in status.outcomes if isinstance(o.verdict, Failed | Crashed)]
    urgent += [o for o in status.outcomes if isinstance(o.verdict, Warned)]
    for outcome in urgent[:FEW]:
        told = f"{verdict_words(outcome)[2]}: {outcome.check.id} {outcome.verdict.message}"
        yield from _row("", textwrap.shorten(told, WIDTH - LABEL - 2, placeholder="…"))
    if urgent:
        more = f"and {len(urgent) - FEW} more; " if len(urgent) > FEW else ""
        yield from _row("", f"{more}`binder-deploy check` tells all")
    label = "Nodes"
    for line in _nodes_by_pool(status, counted):
        yield from _row(label, line)
        label = ""
    crowds = f"{_crowd(counted.servers, 'server', status.at)}; {_crowd(counted.builds, 'build', status.at)}"
    yield from _row("In use", crowds)
    if counted.certificate_ends:
        left = (counted.certificate_ends - status.at).days
        yield from _row("Certificate", f"{left} days left, until {moment(counted.certificate_ends)}")


def versions(status: Status) -> dict[str, str]:
    """Program → version: what runs, or else what the state says."""
    found = {"binder-deploy": version("binder-deploy")}
    ours = binder_release(status.settings)  # its version is the charts' inside
    if status.census:
        names = {"binder": "BinderHub", "hub": "JupyterHub chart"}
        found["Kubernetes"] = status.census.kubernetes
        found |= {names[component]: tag for component, tag in status.census.images.items()}
    return found | {name: number for name, number in status.releases.items() if name != ours}


def _nodes_by_pool(status: Status, counted: Census) -> Iterator[str]:
    """Pools without a node, too: they are there to grow."""
    if isinstance(status.settings.platform, Existing):
        yield from (f"{_ready(nodes)}; {_asked(nodes)}" for nodes in counted.nodes)
        return
    there = {nodes.pool: nodes for nodes in counted.nodes}
    pools = pools_of(status.settings)
    for role, pool in (("core", pools.core), ("user", pools.user), ("build", pools.build)):
        nodes = there.pop(role, None)
        yield f"{role:<6}{_ready(nodes)} (at most {pool.max})" + (f"; {_asked(nodes)}" if nodes else "")
    yield from (f"{nodes.pool:<6}{_ready(nodes)}; {_asked(nodes)}" for nodes in there.values())


def _ready(nodes: Nodes | None) -> str:
    return f"{nodes.ready} of {nodes.count} ready" if nodes else "none"


def _asked(nodes: Nodes) -> str:
    return (
        f"{nodes.cpu_requested:.2g}/{nodes.cpu:.2g} CPU, "
        f"{nodes.memory_requested / GIB:.2g}/{nodes.memory / GIB:.2g} GiB asked for"
    )


def _crowd(crowd: Crowd, word: str, now: datetime) -> str:
    if not crowd.count:
        return f"no {word}s"
    waiting = f", {crowd.waiting} not running yet" if crowd.waiting else ""
    oldest = f", the oldest for {_span((now - crowd.oldest).total_seconds())}" if crowd.oldest else ""
    return f"{crowd.count} {word}{'s' if crowd.count > 1 else ''}{waiting}{oldest}"


def _span(seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"


def _pending(status: Status) -> str:
    entry = status.pending
    if entry is None:
        return ""
    why = f" ({entry.why.splitlines()[0]})" if entry.why else ""
    told = f"the last `{entry.what}`, {moment(entry.start)}, {result_words(entry)}{why}"
    return f"{told}; `binder-deploy {entry.what}` goes on from there"


def _last(status: Status) -> str:
    if not status.past:
        return ""
    entry = status.past[0]
    by = f" by {entry.by}" if entry.by else ""
    return f"; last: `{entry.what}` {result_words(entry)}, {moment(entry.start)}{by}"


def _row(label: str, text: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=f"  {label:<{LABEL}}",
        subsequent_indent=" " * (LABEL + 2),
        break_long_words=False,
        break_on_hyphens=False,
    )


def status_data(status: Status) -> dict[str, Any]:
    """For machines; keys are only ever added."""
    counted, spent = status.census, status.spent
    return {
        "schema": SCHEMA,
        "at": status.at.isoformat(timespec="seconds"),
        "name": status.settings.name,
        "platform": status.settings.platform.kind,
        "deployed": status.deployed,
        "outputs": _public(status),
        "versions": versions(status),
        "releases": dict(status.releases),
        "cluster": {
            "answers": counted is not None,
            "why_not": status.silent or None,
            "nodes": [vars(nodes) for nodes in counted.nodes] if counted else [],
            "servers": _crowd_data(counted.servers) if counted else None,
            "builds": _crowd_data(counted.builds) if counted else None,
            "certificate_ends": _iso(counted.certificate_ends) if counted else None,
        },
        "checks": report(status.outcomes) if counted else None,
        "state": {"where": status.where or None, "resources": status.resources},
        "last": entry_data(status.past[0]) if status.past else None,
        "halfway": status.halfway,
        "pending": entry_data(status.pending) if status.pending else None,
        "maintenance": status.maintenance or None,
        "cost_so_far": {"usd": round(spent.usd, 2), "since": _iso(spent.since), "complete": spent.complete}
        if spent
        else None,
    }


def _public(status: Status) -> dict[str, str] | None:
    """Without the kubeconfig, which `binder-deploy kubeconfig` prints."""
    if status.outputs is None:
        return None
    return {name: value for name, value in status.outputs.as_dict().items() if name != "kubeconfig"}


def _crowd_data(crowd: Crowd) -> dict[str, Any]:
    return {"count": crowd.count, "waiting": crowd.waiting, "oldest": _iso(crowd.oldest)}


def _iso(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
