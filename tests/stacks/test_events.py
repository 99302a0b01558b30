"""What the engine says, as our events."""

from __future__ import annotations

from typing import Any

from pulumi.automation import EngineEvent

from binder_deploy.stacks.events import Diagnostic, ResourceStep, Status, Summary, translate

URN = "urn:pulumi:s::binder-deploy::gcp:container/cluster:Cluster::cluster-control-plane"
METADATA = {
    "op": "create", "urn": URN, "type": "gcp:container/cluster:Cluster", "provider": "", "old": None, "new": None,
    "keys": None, "diffs": None, "detailedDiff": None, "logical": True,
}  # fmt: skip


def event(**content: Any) -> EngineEvent:
    return EngineEvent.from_json({"sequence": 1, "timestamp": 0, **content})


def diagnostic(message: str, severity: str = "error", ephemeral: bool = False) -> Any:
    told = {"urn": URN, "message": message, "severity": severity, "color": "never", "ephemeral": ephemeral}
    return translate(event(diagnosticEvent=told))


def test_a_step_has_name_change_and_state() -> None:
    step = translate(event(resourcePreEvent={"metadata": METADATA, "planning": False}))
    assert isinstance(step, ResourceStep)
    assert (step.name, step.change, step.state) == ("cluster-control-plane", "create", "started")
    done = translate(event(resOutputsEvent={"metadata": METADATA, "planning": False}))
    assert isinstance(done, ResourceStep)
    assert done.state == "done"
    failed = translate(event(resOpFailedEvent={"metadata": METADATA, "status": 0, "steps": 0}))
    assert isinstance(failed, ResourceStep)
    assert failed.state == "failed"


def test_the_engines_own_entries_are_left_out() -> None:
    metadata = {**METADATA, "type": "pulumi:pulumi:Stack"}
    assert translate(event(resourcePreEvent={"metadata": metadata, "planning": False})) is None


def test_a_passing_message_is_a_status_and_a_lasting_one_a_diagnostic() -> None:
    assert diagnostic("waiting for pods", "info", ephemeral=True) == Status(URN, "waiting for pods")
    assert diagnostic("quota exceeded") == Diagnostic("error", "quota exceeded", URN)
    assert diagnostic("said on stderr", "info#err") == Diagnostic("error", "said on stderr", URN)


def test_marks_of_colour_are_removed() -> None:
    assert diagnostic("<{%fg 1%}>no<{%reset%}> zone") == Diagnostic("error", "no zone", URN)


def test_remarks_about_our_own_plugins_are_left_out() -> None:
    assert diagnostic("using pulumi-resource-gcp from $PATH at /x", "warning") is None
    assert diagnostic("") is None


def test_a_summary_counts_by_change() -> None:
    told = {"maybeCorrupt": False, "durationSeconds": 3, "resourceChanges": {"create": 2, "same": 1}, "PolicyPacks": {}}
    assert translate(event(summaryEvent=told)) == Summary({"create": 2, "same": 1}, 3.0)
