"""Every price has a source and a date; the deployment's own go first; bad rows are told by their number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from binder_deploy.settings.errors import SettingsError
from binder_deploy.stacks.cost.prices import STALE_AFTER_DAYS, Row, Table, known, own, shipped

UNITS = {"machine": "hour", "vcpu": "hour", "memory": "GB-hour", "gpu": "hour", "disk": "GB-month"}


def test_every_shipped_row_names_a_public_source_and_a_day_that_is_past() -> None:
    for row in shipped():
        assert row.source.startswith("https://"), row
        assert date(2024, 1, 1) < row.read <= date.today(), row
        assert row.usd > 0, row


def test_no_two_shipped_rows_price_the_same() -> None:
    count = Counter((row.provider, row.region, row.item) for row in shipped())
    assert [key for key, times in count.items() if times > 1] == []


def test_an_items_unit_goes_with_its_kind() -> None:
    for row in shipped():
        kind = row.item.partition(":")[0]
        assert row.unit == UNITS.get(kind, row.unit), row


def test_spot_is_never_dearer_than_the_same_on_demand() -> None:
    prices = {(row.region, row.item): row.usd for row in shipped()}
    spot = {key: usd for key, usd in prices.items() if key[1].endswith(":spot")}
    assert spot
    for (region, item), usd in spot.items():
        assert usd < prices[region, item.removesuffix(":spot")], item


def test_a_row_is_stale_after_a_year_or_without_a_date(row: Callable[..., Row]) -> None:
    today = date(2026, 11, 23)
    day = timedelta(days=1)
    assert not row("nat", 1, read=today - STALE_AFTER_DAYS * day).stale(today)
    assert row("nat", 1, read=today - (STALE_AFTER_DAYS + 1) * day).stale(today)
    assert row("nat", 1, read=today, undated=True).stale(today)


def test_the_earlier_row_counts_and_another_region_or_cloud_is_no_answer(row: Callable[..., Row]) -> None:
    rows = [row("nat", 2), row("nat", 1, region="here"), row("disk:x", 3, region="there"), row("lb", 4, provider="aws")]
    table = Table("google", "here", rows)
    assert (found := table.price("nat"))
    assert found.usd == 2
    assert table.price("disk:x") is None
    assert table.price("lb") is None


def test_the_folders_own_rows_go_before_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "prices.yaml").write_text(
        "- { provider: google, region: europe-west1, item: disk:pd-ssd, unit: GB-month, usd: 0.1, "
        "source: contract 4711, read: 2026-10-01 }\n"
    )
    price = Table("google", "europe-west1", known(tmp_path)).price("disk:pd-ssd")
    assert price
    assert (price.usd, price.rows[0].source) == (0.1, "contract 4711")


def test_without_a_file_there_are_no_own_rows(tmp_path: Path) -> None:
    assert own(tmp_path) == ()
    assert known(tmp_path) == shipped()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- {provider: google", "not valid YAML"),
        ("provider: google", "the file"),
        ("[]\n", ""),
        (
            "- { provider: google, region: any, item: nat, unit: hour, usd: 1, source: x, read: 2026-01-01 }\n"
            "- { provider: google, region: any, item: nat, unit: hour, usd: -1, source: x, read: 2026-01-01 }\n",
            "row 2, usd",
        ),
        ("- { provider: google, region: any, item: nat, unit: hour, usd: 1, read: 2026-01-01 }", "row 1, source"),
        ("- { provider: google, region: any, item: nat, unit: hour, usd: 1, source: x }", "row 1, read"),
    ],
)
def test_a_bad_row_is_told_by_its_number(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "prices.yaml").write_text(text)
    if not said:
        assert own(tmp_path) == ()
        return
    with pytest.raises(SettingsError, match=said):
        own(tmp_path)
