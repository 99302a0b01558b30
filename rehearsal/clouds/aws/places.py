"""Amazon's regions and zones. Written down by hand: a region that is newer is added here."""

from __future__ import annotations

import re

_ABC = """
af-south-1 ap-east-1 ap-east-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3
ap-southeast-4 ap-southeast-5 ap-southeast-7 ca-west-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2
eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1 us-east-2
"""

_ODD = {
    "us-east-1": "abcdef", "us-west-1": "ac", "us-west-2": "abcd", "ca-central-1": "abd", "ap-northeast-1": "acd",
    "ap-northeast-2": "abcd",
}  # fmt: skip

ZONES: dict[str, tuple[str, ...]] = {
    region: tuple(f"{region}{letter}" for letter in letters)
    for region, letters in {**dict.fromkeys(_ABC.split(), "abc"), **_ODD}.items()
}
"""Region → its zones."""

_LETTERS = {"us-east-1": "abecdf"}
"""Region → letters in the order of their zone ids, where it is not the alphabet's. Each account has its own."""
_DIRECTIONS = {
    "northeast": "ne",
    "southeast": "se",
    "central": "c",
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
}


def region_of(zone: str) -> str | None:
    """The region of a zone; `None` if there is no such zone."""
    region = zone[:-1]
    return region if zone in ZONES.get(region, ()) else None


def zone_id(zone: str) -> str:
    """`eu-central-1b` → `euc1-az2`."""
    region, letter = zone[:-1], zone[-1]
    number = _LETTERS.get(region, "abcdef").index(letter) + 1
    area, direction, which = re.fullmatch(r"([a-z]+)-([a-z]+)-(\d)", region).groups()  # type: ignore[union-attr]
    return f"{area}{_DIRECTIONS[direction]}{which}-az{number}"
