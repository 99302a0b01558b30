"""The exit codes, in one table. Only `cli/app.py` uses it; nothing else ends the process."""

from __future__ import annotations

import errno
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
    ("cli.flows.upgrade", "WentBack"): FAILED,
    ("cli.flows.upgrade", "NotBack"): FAILED,
    ("cli.flows.rollout", "NotWell"): FAILED,
    ("cli.ci.post", "NotPosted"): FAILED,
    ("charts.errors", "DigestMismatch"): BLOCKED,
    ("charts.errors", "ChartsError"): FAILED,
    ("tools.report", "ToolsError"): FAILED,
    ("stacks.cost.refresh.errors", "PricesUnavailable"): FAILED,
    ("stacks.errors", "Interrupted"): INTERRUPTED,
    ("stacks.errors", "EngineError"): FAILED,
    ("stacks.passphrase", "PassphraseLost"): AUTHENTICATION,
    ("stacks.stored", "StateOutOfReach"): FAILED,
    ("stacks.move", "MoveFailed"): FAILED,
    ("stacks.reencrypt", "NotReencrypted"): FAILED,
    ("ops.backup.kept", "Damaged"): FAILED,
    ("ops.backup.kept", "NotWritten"): FAILED,
    ("ops.backup.kept", "NoSuchBackup"): USAGE,
    ("ops.backup.hub", "NoHub"): FAILED,
    ("ops.backup.pod_exec", "ExecFailed"): FAILED,
    ("ops.backup.restore", "NotRestored"): FAILED,
    ("ops.restart", "NotRestarted"): FAILED,
    ("ops.buckets.model", "BucketError"): AUTHENTICATION,
    ("ops.dns.cloudflare", "NotOurs"): BLOCKED,
    ("ops.dns.cloudflare", "NotLetIn"): AUTHENTICATION,
    ("ops.dns.cloudflare", "CloudflareError"): FAILED,
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


_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""Disk full, quota used up, file larger than allowed: whoever runs this can do something about it, and we cannot."""


def exit_code(error: BaseException) -> int | None:
    """The code of a known error, or None for one that is our bug."""
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(error, OSError) and error.errno in _FULL:
        return FAILED
    cause = getattr(error, "cause", None)
    if isinstance(cause, BaseException):
        return exit_code(cause)
    for (module, name), code in _CODES.items():
        loaded = sys.modules.get(f"binder_deploy.{module}")
        if loaded is not None and isinstance(error, getattr(loaded, name)):
            return code
    return None
