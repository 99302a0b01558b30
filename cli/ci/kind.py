"""Where pipelines run. By itself: the command line's help needs it, and nothing else."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """Where pipelines run."""

    GITHUB = "github"
    GITLAB = "gitlab"
