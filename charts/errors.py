"""What can go wrong between a chart's name and a verified chart on this disk."""

from __future__ import annotations


class ChartsError(Exception):
    """A chart cannot be used.

    `path` names the archive, or the file and key that are wrong; `what` says what happened and what it
    means; `remedy` what to do next.
    """

    def __init__(self, path: str, what: str, remedy: str = "") -> None:
        self.path, self.what, self.remedy = path, what, remedy
        super().__init__(f"{path}: {what}" + (f"; {remedy}" if remedy else ""))


class DigestMismatch(ChartsError):
    """An archive is not the one that was recorded: it was replaced, damaged or tampered with."""

    def __init__(self, archive: str, expected: str, recorded_in: str, found: str) -> None:
        """`recorded_in` is where the expected digest comes from: file and key, or upstream's index."""
        self.archive, self.expected, self.recorded_in, self.found = archive, expected, recorded_in, found
        remedy = "restore the recorded archive"
        if recorded_in.startswith("binder.lock.yaml"):
            remedy += (
                f", or, if the change is wanted, remove {recorded_in.partition(' ')[2].rpartition('.')[0]}"
                " from binder.lock.yaml and run the command again"
            )
        else:
            remedy += ": this digest is published with the version, so the archive cannot be right"
        super().__init__(
            archive, f"its sha256 is {found}, but {recorded_in} says {expected}; nothing was installed", remedy
        )
