"""Google's regions and zones. Written down by hand: a region that is newer is added here."""

from __future__ import annotations

_ABC = """
africa-south1 asia-east1 asia-east2 asia-northeast1 asia-northeast2 asia-northeast3 asia-south1 asia-south2
asia-southeast1 asia-southeast2 asia-southeast3 australia-southeast1 australia-southeast2 europe-central2
europe-north1 europe-north2 europe-southwest1 europe-west10 europe-west12 europe-west2 europe-west3 europe-west4
europe-west6 europe-west8 europe-west9 me-central1 me-central2 me-west1 northamerica-northeast1
northamerica-northeast2 northamerica-south1 southamerica-east1 southamerica-west1 us-east4 us-east5 us-south1
us-west1 us-west2 us-west3 us-west4
"""

# The oldest regions lost or gained a zone.
_ODD = {"us-east1": "bcd", "europe-west1": "bcd", "us-central1": "abcf"}

ZONES: dict[str, tuple[str, ...]] = {
    region: tuple(f"{region}-{letter}" for letter in letters)
    for region, letters in {**dict.fromkeys(_ABC.split(), "abc"), **_ODD}.items()
}
"""Region → its zones."""


def region_of(location: str) -> str | None:
    """The region of a region or zone; `None` if there is no such place."""
    if location in ZONES:
        return location
    region = location.rpartition("-")[0]
    return region if location in ZONES.get(region, ()) else None


def is_zone(location: str) -> bool:
    return location not in ZONES and region_of(location) is not None
