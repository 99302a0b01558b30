"""From an empty folder to a deployment at one terminal: questions, checks, plan, agreement, checks, what to do next.

The cluster is a rehearsal's, in which nobody answers at the addresses: the first `up` says so and stops there. The
person leaves those checks out, and goes on with the command that the screen names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from binder_deploy.rehearsal.environment import NOWHERE
from binder_deploy.rehearsal.ordinary.stage import set_stage
from binder_deploy.rehearsal.session import Session, open_session
from binder_deploy.settings.load import load

pytestmark = [pytest.mark.system, pytest.mark.slow]

EXAMPLE = Path(__file__).parents[3] / "examples" / "existing.yaml"
DOWN = "\x1b[B"
ANSWERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Where it runs", (DOWN, DOWN)),
    ("Kubeconfig context", ()),
    ("Name of the deployment", ()),
    ("Owner", ()),
    ("Address", ()),
    ("Domain", ("physics.example.org",)),
    ("DNS zone", ()),
    ("E-mail address", ("ops@example.org",)),
    ("Registry", (DOWN,)),
    ("Registry's namespace", ("physics-lab",)),
    ("Registry's user", ("binder-robot",)),
    ("That user's password", ()),
    ("Who may launch", ()),
    ("What for", (DOWN,)),
    ("People at one time", ()),
    ("What next", ()),
)
UNANSWERED = """
checks:
  canary: false
  skip: [BD-TLS-008, BD-WEB-001, BD-WEB-002, BD-WEB-004, BD-WEB-005, BD-BND-002]
"""
"""What asks at addresses where nobody answers."""


@pytest.fixture
def cluster(tools: Mapping[str, Path], session_cache: Path) -> Iterator[Session]:
    """Somebody's cluster."""
    with open_session(tools, root=session_cache) as session:
        set_stage(session, load(EXAMPLE))
        yield session


def test_a_person_gets_from_questions_to_a_deployment_and_is_told_what_to_do_next(
    start: Callable[..., Any], folder: Path, cluster: Session, archives: Path, session_cache: Path
) -> None:
    environment = {
        "KUBECONFIG": str(cluster.kubeconfig),
        "BINDER_DEPLOY_CACHE": str(session_cache),
        "BINDER_DEPLOY_BUNDLE": str(archives),
        "BINDER_DEPLOY_WAIT": "1",
        "REGISTRY_PASSWORD": "a-password-of-the-registry",
        "HTTPS_PROXY": NOWHERE,
        "HTTP_PROXY": NOWHERE,
        "NO_PROXY": "127.0.0.1,localhost",
    }
    person = start("up", size=(120, 40), **environment)
    for title, keys in ANSWERS:
        person.answers(title, *keys)
    person.sees("binder.yaml is written", "check settings", "check preflight", "plan", "Go on?")
    person.types("y\n")
    person.sees("deploy", "created", "DNS record needed:", "`binder-deploy up` goes on from here")
    person.sees("`binder-deploy down` removes it all")
    assert person.ends() == 4
    assert "a-password-of-the-registry" not in person.read
    settings = folder / "binder.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + UNANSWERED, encoding="utf-8")
    person = start("up", size=(120, 40), **environment)
    person.sees(
        "Deployed.", "https://binder.physics.example.org/", "Next:", "binder-deploy launch", "binder-deploy down"
    )
    person.sees("Keep the folder .binder-deploy/")
    assert person.ends() == 0
    assert "Go on?" not in person.text, "nothing was left to agree to"
