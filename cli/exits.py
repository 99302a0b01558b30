"""The exit codes, in one table. Only `cli/app.py` uses it; nothing else ends the process."""

from __future__ import annotations

import sys

DONE, FAILED, USAGE, AUTHENTICATION, BLOCKED, CHANGES, LEFTOVERS, BUG, INTERRUPTED = 0, 1, 2, 3, 4, 5, 6, 70, 130

MEANINGS = {
    DONE: "done",
    FAILED: "the operation failed",
    USAGE: "usage or settings invalid, or a prompt was needed without a terminal",
    AUTHENTICATION: "not authenticated, or the wrong account",
    BLOCKED: "a check blocks",
    CHANGES: "changes or drift present (only with --exit-code)",
    LEFTOVERS: "destroyed, but leftovers found",
    BUG: "our bug; the log's path is printed",
    INTERRUPTED: "interrupted",
}

_CODES = {
    # Room and name of an exception → exit code; looked up in the modules that are loaded already, so that
    # `--help` imports none of them.
    ("settings.errors", "SettingsError"): USAGE,
    ("cli.flows.errors", "Refused"): USAGE,
    ("cli.flows.errors", "Blocked"): BLOCKED,
    ("cli.flows.errors", "LeftoversFound"): LEFTOVERS,
    ("cli.flows.errors", "NotSteady"): FAILED,
    ("charts.errors", "DigestMismatch"): BLOCKED,
    ("charts.errors", "ChartsError"): FAILED,
    ("tools.report", "ToolsError"): FAILED,
    ("stacks.cost.refresh.errors", "PricesUnavailable"): FAILED,
    ("stacks.engine", "Interrupted"): INTERRUPTED,
    ("stacks.engine", "EngineError"): FAILED,
    ("stacks.passphrase", "PassphraseLost"): AUTHENTICATION,
    ("stacks.stored", "StateOutOfReach"): FAILED,
    ("stacks.move", "MoveFailed"): FAILED,
    ("ops.buckets.model", "BucketError"): AUTHENTICATION,
    ("checks.select", "UnknownCheck"): USAGE,
    ("checks.launch.spec", "NotARepository"): USAGE,
    ("checks.launch.model", "LoginNeeded"): AUTHENTICATION,
    ("checks.launch.model", "LaunchFailed"): FAILED,
    ("checks.reports.formats", "UnknownFormat"): USAGE,
    ("ops.release_storage", "ClusterSilent"): FAILED,
    ("ops.support.archive", "SecretFound"): FAILED,
    ("ops.surroundings", "NotReached"): FAILED,
    ("ops.surroundings", "NotLetIn"): AUTHENTICATION,
    ("ops.leftovers.asking", "NoCredentials"): AUTHENTICATION,
    ("rehearsal.control_plane", "ControlPlaneError"): FAILED,
    ("rehearsal.ordinary.furniture", "NotPlayable"): USAGE,
    ("rehearsal.sweep", "NoSuchRehearsalError"): USAGE,
}


def exit_code(error: BaseException) -> int | None:
    """The code of a known error, or None for one that is our bug."""
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    cause = getattr(error, "cause", None)
    if isinstance(cause, BaseException):
        return exit_code(cause)
    for (module, name), code in _CODES.items():
        loaded = sys.modules.get(f"binder_deploy.{module}")
        if loaded is not None and isinstance(error, getattr(loaded, name)):
            return code
    return None
