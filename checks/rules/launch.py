"""The canary: what two launches of one repository showed."""

from __future__ import annotations

from collections.abc import Iterator

from binder_deploy.checks.facts.launch import CANARY, Canary
from binder_deploy.checks.launch.model import Failure, Proof
from binder_deploy.checks.model import Facts, Failed, Passed, Skipped, Verdict, Warned

FIRST_S = 600.0
"""A small image is built and pushed within three minutes; the rest is for two nodes that are made for it."""
AGAIN_S = 60.0
"""A server from an image that the node has starts within seconds; people leave a page that takes a minute."""
_SHOWN = 3
_NOT_LAUNCHED = Skipped("not applicable", "nothing was launched")


def repository_launches(facts: Facts) -> Verdict:
    """Both launches end in `ready`."""
    canary = facts[CANARY]
    for proof, which in _runs(canary):
        if not proof.ready and proof.failure:
            failure = proof.failure
            return Failed(
                f"{canary.repository}{which} fails in stage {failure.stage} after {proof.seconds:.0f} s: "
                f"{failure.message}{_said(failure)}",
                failure.remedy,
                "\n".join(failure.log),
            )
    return Passed(_times(canary.first))


def cell_runs(facts: Facts) -> Verdict:
    """A launched server accepts its token, starts a kernel, and computes."""
    launched = [proof for proof, _ in _runs(facts[CANARY]) if proof.ready]
    for proof in launched:
        if proof.failure:
            return Failed(proof.failure.message, proof.failure.remedy)
    cells = [proof.cell for proof in launched if proof.cell]
    if not launched:
        return _NOT_LAUNCHED
    if not cells:
        return Warned("the server answers, but has no kernel in a language that can be tried: Python, R, Julia")
    return Passed(f"{cells[0].code} gave {cells[0].output}")


def server_stops(facts: Facts) -> Verdict:
    """A server that is told to stop goes away."""
    launched = [proof for proof, _ in _runs(facts[CANARY]) if proof.ready]
    for proof in launched:
        if proof.unstopped:
            return Failed(proof.unstopped.message, proof.unstopped.remedy)
    return Passed() if launched else _NOT_LAUNCHED


def image_is_found_again(facts: Facts) -> Verdict:
    """The second launch finds what the first one pushed."""
    canary = facts[CANARY]
    if canary.again is None:
        return _NOT_LAUNCHED
    if canary.again.built:
        return Failed(
            f"the second launch of {canary.repository} built its image again: BinderHub does not find in the registry "
            "what it has pushed there (a refusal counts as not found)",
            "let BinderHub read the registry: see `registry` in binder.yaml and remove config.DockerRegistry from "
            "charts.binder-service.values, then run `binder-deploy up`",
            _times(canary.again),
        )
    return Passed(_times(canary.again))


def launch_is_quick(facts: Facts) -> Verdict:
    """Launches take no longer than people wait."""
    canary = facts[CANARY]
    slow = [
        f"the {which or 'first'} launch took {proof.seconds:.0f} s (up to {limit:.0f} s is usual): {_times(proof)}"
        for proof, which, limit in (
            (canary.first, "", FIRST_S),
            *([(canary.again, "second", AGAIN_S)] if canary.again and not canary.again.built else []),
        )
        if proof.ready and proof.seconds > limit
    ]
    if slow:
        return Failed(
            "; ".join(slow),
            "look at the longest stage: a node that must be made first (platform.pools), a large image, a busy builder "
            "(binder.builds)",
        )
    return Passed(_times(canary.first)) if canary.first.ready else _NOT_LAUNCHED


def _runs(canary: Canary) -> Iterator[tuple[Proof, str]]:
    yield canary.first, ""
    if canary.again:
        yield canary.again, " launches once, but its second launch"


def _said(failure: Failure) -> str:
    """The end of the log, as far as the message has not got it."""
    last = [line for line in failure.log if line not in failure.message][-_SHOWN:]
    return f" (before that: {' / '.join(last)})" if last else ""


def _times(proof: Proof) -> str:
    """`build 41 s, push 12 s, launch 6 s`."""
    return ", ".join(f"{stage.name} {stage.seconds:.0f} s" for stage in proof.stages)
