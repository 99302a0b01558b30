"""A plan as a comment on a pull request: what would change, what it costs, what the checks say. Never a value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from binder_deploy.checks.model import Crashed, Failed, Outcome, Skipped, Warned
from binder_deploy.checks.reports.words import headline, word
from binder_deploy.cli.flows.cost import Costs
from binder_deploy.cli.flows.events import Observer
from binder_deploy.cli.flows.summary import tally
from binder_deploy.stacks.events import ResourceStep

LIMIT = 65_536
"""Characters that GitHub takes in a comment; GitLab takes more."""
_SIGNS = {"create": "+", "update": "!", "replace": "-", "delete": "-"}
"""As GitHub colours a `diff`: green, orange, red."""
_WORDS = {"create": "create", "update": "change", "replace": "REPLACE", "delete": "remove"}
_CUT = "… and {} more: see the job's log"


def marker(deployment: str) -> str:
    """An invisible line by which the comment is found again and brought up to date instead of repeated."""
    return f"<!-- binder-deploy: {deployment} -->"


@dataclass
class Noted:
    """What a plan told on its way."""

    steps: dict[str, ResourceStep] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    costs: Costs | None = None

    def over(self, observe: Observer) -> Observer:
        """An observer that keeps what a comment needs, and passes everything on."""

        def note(event: object) -> None:
            match event:
                case ResourceStep() if event.change in _SIGNS and not event.type.startswith("binder-deploy:"):
                    self._keep(event)
                case Outcome():
                    self.outcomes[event.check.id] = event
                case Costs():
                    self.costs = event
            observe(event)

        return note

    def _keep(self, step: ResourceStep) -> None:
        """A replacement comes as three steps of one resource, and stays one."""
        kept = self.steps.get(step.urn)
        if kept is None or kept.change != "replace":
            self.steps[step.urn] = step


def markdown(noted: Noted, deployment: str, where: str, error: str = "", limit: int = LIMIT) -> str:
    """The comment, no longer than `limit` characters. `error`: why the plan ended early, already without secrets."""
    head = [marker(deployment), f"### Plan of `{deployment}` ({where})", ""]
    if error:
        head += ["**The plan could not be made.**", "", *_block("", error.splitlines()), ""]
    tail = [*_price(noted.costs), *_verdicts(tuple(noted.outcomes.values()))]
    room = limit - len("\n".join([*head, *tail])) - 200
    if room < 0:  # verdicts alone are too long: the worst come first, and are kept
        return "\n".join([*head, *tail])[: limit - 40] + "\n\n… cut: see the job's log\n"
    return "\n".join([*head, *_changes(tuple(noted.steps.values()), room, failed=bool(error)), *tail]) + "\n"


def _changes(steps: Sequence[ResourceStep], room: int, *, failed: bool) -> Iterator[str]:
    if not steps:
        if not failed:
            yield "Nothing to change."
        return
    counts = {change: sum(s.change == change for s in steps) for change in _SIGNS}
    yield "**" + ", ".join(f"{n} to {_WORDS[change]}" for change, n in counts.items() if n) + "**"
    yield ""
    worst = sorted(steps, key=lambda s: (tuple(_SIGNS)[::-1].index(s.change), s.type, s.name))
    yield from _block("diff", _fitting([_line(step) for step in worst], room))


def _line(step: ResourceStep) -> str:
    package, _, rest = step.type.partition(":")
    what = f"{_SIGNS[step.change]} {_WORDS[step.change]} {package} {rest.rpartition(':')[2]} {step.name}"
    return f"{what}: {', '.join(step.paths)}" if step.paths and step.change != "create" else what


def _fitting(lines: Sequence[str], room: int) -> list[str]:
    """As many as there is room for, and how many more there are."""
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return [*kept, _CUT.format(len(lines) - len(kept))]
        kept.append(line)
    return kept


def _price(costs: Costs | None) -> Iterator[str]:
    if costs is None:
        return
    yield "\n#### Price"
    yield ""
    for load in costs.estimate.loads:
        least = "at least " if load.unknown else ""
        yield f"- {load.title}: {least}${load.usd:,.2f} (list prices, {load.hours:g} hours)"
    if not costs.estimate.loads:
        yield from (f"- {note}" for note in costs.estimate.notes)
    if costs.warning:
        yield f"- **{_plain(costs.warning)}**"


def _verdicts(outcomes: Sequence[Outcome]) -> Iterator[str]:
    if not outcomes:
        return
    yield "\n#### Checks"
    yield ""
    yield f"{headline(outcomes)}: {tally(outcomes)}."
    told = [o for o in outcomes if isinstance(o.verdict, Failed | Crashed | Warned)]
    if not told:
        return
    order = (Failed, Crashed, Warned)
    yield ""
    yield "| check | verdict | what it says | what to do |"
    yield "|---|---|---|---|"
    for one in sorted(told, key=lambda o: order.index(type(o.verdict))):
        verdict = one.verdict
        message = verdict.message if not isinstance(verdict, Skipped) else ""
        yield f"| {one.check.id} | {word(verdict)} | {_plain(message)} | {_plain(getattr(verdict, 'remedy', ''))} |"


def _plain(text: str) -> str:
    """In one cell of a table, and nothing that a browser would take for a tag, a mention or a link's end."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|").replace("@", "@\u200b")
    return " ".join(text.split())


def _block(kind: str, lines: Sequence[str]) -> list[str]:
    """A block of code that its lines cannot end."""
    return [f"~~~~~{kind}", *(line.replace("~~~~~", "~~~~") for line in lines), "~~~~~"]
