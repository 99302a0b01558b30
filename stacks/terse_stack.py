"""The Automation API's stack, without the questions that nobody reads the answers of.

After each operation the API starts the engine's program three more times, for outputs and history, and decrypts secrets
for it: a second or two, where an operation often takes no longer. What an operation did is told by its events.
"""

from __future__ import annotations

from datetime import UTC, datetime

from pulumi import automation as auto
from pulumi.automation._stack import StackInitMode

_UNREAD = auto.UpdateSummary("", datetime.min.replace(tzinfo=UTC), "", {}, {}, "")


class TerseStack(auto.Stack):
    """A stack whose operations end when they end: their results are empty."""

    def __init__(self, name: str, workspace: auto.Workspace) -> None:
        super().__init__(name, workspace, StackInitMode.CREATE_OR_SELECT)

    def info(self, show_secrets: bool = True) -> auto.UpdateSummary:
        """Not the last operation: that is `history`."""
        return _UNREAD

    def outputs(self) -> auto.OutputMap:
        """Not the outputs: they are asked for when they are wanted."""
        return {}
