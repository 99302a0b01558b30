"""For how many people, and on which machines."""

from __future__ import annotations

from binder_deploy.cli.wizard.question import Kind, Option, Question
from binder_deploy.cli.wizard.questions.said import EKS, GKE, always, by, one_of, options

WORKSHOP, PERMANENT = "workshop", "permanent"


QUESTIONS: tuple[Question, ...] = (
    Question(
        name="use",
        path="hub.culling",
        title="What for",
        why="It decides how long servers live and what is kept ready.",
        kind=Kind.CHOICE,
        options=options(
            Option(PERMANENT, "to stay: idle servers end soon, user nodes come and go"),
            Option(WORKSHOP, "for days: everybody opens the same repository, quick starts"),
        ),
        default=always(PERMANENT),
    ),
    Question(
        name="people",
        path="binder.max_servers",
        title="People at one time",
        why="So many servers may run at one time, and there are nodes for them.",
        kind=Kind.NUMBER,
        default=by("use", permanent="60", workshop="30"),
    ),
    Question(
        name="machine",
        path="platform.pools.user.machine",
        title="Machine type",
        why="For people's servers. Shown: servers that one node holds, nodes at the most, list price of a node.",
        when=one_of("platform", GKE, EKS),
        default=by("platform", gke="e2-standard-8", eks="m6i.2xlarge"),
        offers="machines",
    ),
)
