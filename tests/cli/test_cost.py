"""`cost` needs a settings file and nothing else; `plan` and `up` show the same before anything is agreed to."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from binder_deploy.checks.probes.aws import access
from binder_deploy.cli.app import run
from binder_deploy.cli.flows import real
from binder_deploy.cli.flows.cost import Costs, costs, costs_of, in_a_line
from binder_deploy.cli.flows.prices import refresh
from binder_deploy.cli.ui.cost import WIDTH, cost_data, cost_lines
from binder_deploy.cli.ui.live import LiveScreen
from binder_deploy.cli.ui.plain import PlainScreen
from binder_deploy.settings.load import parse
from binder_deploy.stacks.cost.refresh import aws, google
from binder_deploy.stacks.cost.refresh.errors import PricesUnavailable
from binder_deploy.stacks.cost.running import Workshop
from binder_deploy.stacks.events import Summary

EXAMPLES = Path(__file__).parents[2] / "examples"
TODAY = date(2026, 11, 24)
EKS_PLATFORM = '{ kind: eks, account: "123456789012", region: us-east-1, zone: us-east-1a }'
EKS = """
version: 1
name: eks-binder
tags: { owner: research-it }
platform: { kind: eks, account: "123456789012", region: us-east-1, zone: us-east-1a }
address: { domain: binder.example.org, dns: { kind: manual } }
tls: { kind: letsencrypt, email: a@example.org, server: staging }
budget: { monthly: 1000, emails: [a@example.org] }
"""
GKE_TABLE = """
Cost in US dollars, list prices, without taxes (google, europe-west1)
  how many, in this order              idle/month   full/month   30 people, 2 h
  control plane                             73.00        73.00             0.30
  core: e2-standard-4          1/3/1       107.62       322.87             0.44
  user: n2-standard-8          0/6/2            -     1,871.73             2.56
  build: e2-standard-4         0/2/1            -       215.25             0.04
  disks, GB pd-balanced 100/1300/500        10.00       130.00             0.13
  hub's database, GB pd-balanced             0.10         0.10             0.00
  NAT, by nodes               1/11/4         1.02        11.24             0.01
  load balancer                             18.25        18.25             0.08
  public addresses                           3.65         3.65             0.01
  together                                 213.65     2,646.10             3.58
  By use, not in the sums: images in the registry, kept for 30 days (0.1 for a
  GB-month); traffic through the NAT (0.045 for a GB); traffic through the load
  balancer (0.008 for a GB); traffic to the internet (0.12 for a GB); logs
  (unknown).
  Workshop: a server for each of 30 people, 2 hours and 1 around them; a build
  node for 15 minutes.
  Prices of 2026-08-20 to 2026-09-20. From a source without a date:
  control-plane, load-balancer, registry, load-balancer-data.
"""
EKS_TABLE = """
Cost in US dollars, list prices, without taxes (aws, us-east-1)
  how many, in this order              idle/month   full/month  100 people, 2 h
  control plane                             73.00        73.00             0.30
  core: m6i.xlarge             1/3/1       140.16       420.48             0.58
  user: m6i.2xlarge            0/4/4            -     1,121.28             4.61
  build: m6i.xlarge            0/2/1            -       280.32             0.05
  disks, GB gp3         100/1100/700         8.00        88.00             0.17
  hub's database, GB gp3                     0.08         0.08             0.00
  NAT                                       32.85        32.85             0.14
  load balancer                             16.43        16.43             0.07
  public addresses             2/2/2         7.30         7.30             0.03
  together                                 277.81     2,039.73             5.93
  By use, not in the sums: images in the registry, kept for 30 days (0.1 for a
  GB-month); traffic through the NAT (0.045 for a GB); traffic through the load
  balancer (0.006 for a NLCU-hour); traffic to the internet (0.09 for a GB);
  logs (0.5 for a GB).
  Workshop: a server for each of 100 people, 2 hours and 1 around them; a build
  node for 15 minutes.
  binder.max_servers lets 60 people in at one time, not 100.
  Prices of 2025-01-01 to 2026-09-20. Older than 365 days: load-balancer. From
  a source without a date: disk:gp3.
  Read them anew: binder-deploy cost --refresh
  Warning: budget.monthly is 1000, but a month at full load costs $2,040 or
  more; lower platform.pools.*.max, or raise budget.monthly.
"""


def shown(found: Costs) -> str:
    return "\n".join(cost_lines(found, TODAY))


def test_the_table_of_the_example_for_gke() -> None:
    assert shown(costs_of(EXAMPLES / "gke.yaml")) == GKE_TABLE.strip("\n")


def test_the_table_of_a_deployment_on_eks(tmp_path: Path) -> None:
    assert shown(costs(parse(EKS), tmp_path, Workshop(100, 2))) == EKS_TABLE.strip("\n")


def test_no_line_is_wider_than_a_small_terminal(tmp_path: Path) -> None:
    spot = EKS.replace("zone: us-east-1a }", "zone: us-east-1a, pools: { user: { machine: m6i.16xlarge, spot: true, "
                       "min: 100, max: 1000 } } }")  # fmt: skip
    for found in (costs_of(EXAMPLES / "gke-ip-only.yaml"), costs(parse(spot), tmp_path, Workshop(1000, 24))):
        assert max(map(len, cost_lines(found, TODAY))) <= WIDTH + 2


def test_what_has_no_price_is_unknown_and_named(tmp_path: Path) -> None:
    text = shown(costs(parse(EKS.replace("us-east-1", "sa-east-1")), tmp_path))
    assert "together" in text
    assert "0.00" not in text
    assert "Unknown, not in the sums: control plane; core: m6i.xlarge;" in text
    assert "binder-deploy cost --refresh" in text


def test_old_prices_and_those_without_a_date_are_marked(tmp_path: Path) -> None:
    text = " ".join(shown(costs(parse(EKS), tmp_path)).split())
    assert "Older than 365 days: load-balancer." in text
    assert "From a source without a date: disk:gp3." in text


def test_an_existing_cluster_costs_nothing_that_we_provision(tmp_path: Path) -> None:
    settings = parse(
        EKS.replace(EKS_PLATFORM, "{ kind: existing, context: kind-here }").replace(
            "budget: { monthly: 1000, emails: [a@example.org] }",
            'registry: { kind: ghcr, namespace: lab, push: { username: robot, password: "env:PUSH" } }',
        )
    )
    found = costs(settings, tmp_path)
    assert "nothing is provisioned" in shown(found)
    assert in_a_line(found.estimate) == ""
    assert cost_data(found, TODAY)["loads"] == []


@pytest.mark.parametrize(
    ("monthly", "said"),
    [(5000, ""), (1000, "a month at full load costs $2,040 or more"), (100, "$278 a month are spent even when nobody")],
)
def test_a_budget_below_the_cost_is_told(tmp_path: Path, monthly: int, said: str) -> None:
    warning = costs(parse(EKS.replace("monthly: 1000", f"monthly: {monthly}")), tmp_path).warning
    assert (said in warning) if said else warning == ""


@pytest.mark.system
def test_the_command_needs_no_account_and_no_tools(tmp_path: Path) -> None:
    (tmp_path / "binder.yaml").write_text(EKS)
    alone = {"PATH": "/nonexistent", "HOME": str(tmp_path), "COLUMNS": "80"}
    words = [sys.executable, "-X", "importtime", "-m", "binder_deploy.cli", "cost", "--people", "100"]
    done = subprocess.run(words, cwd=tmp_path, env=alone, capture_output=True, text=True, check=True)
    for heavy in ("pulumi", "kubernetes", "httpx", "google.auth"):
        assert not re.search(rf"\|\s+{re.escape(heavy)}$", done.stderr, re.MULTILINE), f"settings alone need no {heavy}"
    assert "100 people, 2 h" in done.stderr
    assert "\x1b" not in done.stderr
    assert done.stdout == ""
    assert [f.name for f in tmp_path.iterdir()] == ["binder.yaml"]


def test_json_has_every_line_with_the_rows_that_it_rests_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "binder.yaml").write_text(EKS)
    assert run(["cost", "--file", str(tmp_path / "binder.yaml"), "--hours", "4", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["schema"] == "binder-deploy/cost/v1"
    idle, _, workshop = data["loads"]
    assert (idle["name"], workshop["hours"]) == ("idle", 5.0)
    assert idle["usd"] == pytest.approx(sum(line["usd"] for line in idle["lines"]), abs=0.001)
    assert {"source", "read", "stale"} <= set(data["prices"][0])
    assert data["warning"].startswith("budget.monthly is 1000")


def test_a_bad_row_of_ones_own_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "binder.yaml").write_text(EKS)
    (tmp_path / "prices.yaml").write_text("- { provider: azure }")
    assert run(["cost", "--file", str(tmp_path / "binder.yaml")]) == 2
    assert "row 1, provider" in capsys.readouterr().err


def test_refreshed_prices_replace_listed_ones_and_leave_those_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "binder.yaml").write_text((EXAMPLES / "gke.yaml").read_text())
    listed = "https://cloudbilling.googleapis.com/v1/services/S/skus/1"
    (tmp_path / "prices.yaml").write_text(
        f"- {{ provider: google, region: any, item: nat-vm, unit: hour, usd: 9, source: '{listed}', read: 2026-01-01 }}"
        "\n"
        "- { provider: google, region: any, item: vcpu:e2, unit: hour, usd: 7, source: contract, read: 2026-01-01 }\n"
    )
    skus = {
        "skus": [
            {
                "name": "services/N/skus/2",
                "description": "Networking Cloud Nat Gateway Uptime",
                "category": {"usageType": "OnDemand"},
                "serviceRegions": ["global"],
                "pricingInfo": [{"pricingExpression": {"tieredRates": [{"unitPrice": {"nanos": 2_000_000}}]}}],
            }
        ]
    }  # fmt: skip
    pages = {"services": {"services": [{"name": "services/C", "displayName": "Compute Engine"},
                                       {"name": "services/N", "displayName": "Networking"}]}}  # fmt: skip
    asked: list[str] = []

    def page(http: object, url: str, key: str) -> list[object]:
        asked.append(http.headers["X-Goog-Api-Key"])  # type: ignore[attr-defined]
        return list(pages["services"]["services"] if key == "services" else skus["skus"] if "/N/" in url else [])

    monkeypatch.setenv("GOOGLE_API_KEY", "a-key")
    monkeypatch.setattr(google, "_pages", page)
    _, read = refresh(tmp_path / "binder.yaml", lambda event: None)
    assert read == 1
    assert set(asked) == {"a-key"}
    found = costs_of(tmp_path / "binder.yaml").estimate
    prices = {row.item: row.usd for row in found.rows}
    assert (prices["nat-vm"], prices["vcpu:e2"]) == (0.002, 7)
    assert "a-key" not in (tmp_path / "prices.yaml").read_text()


def test_spot_prices_of_amazon_are_asked_of_the_login_and_without_one_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pools = "pools: { user: { machine: m6i.2xlarge, min: 0, max: 4, spot: true } }"
    spotted = EKS.replace("zone: us-east-1a }", f"zone: us-east-1a, {pools} }}")
    assert spotted != EKS
    (tmp_path / "binder.yaml").write_text(spotted)
    monkeypatch.setattr(aws, "rows", lambda http, region: [])
    seen: list[Any] = []
    asked: list[tuple[str, dict[str, Any]]] = []

    class Login:
        def pages(self, service: str, operation: str, key: str, **question: Any) -> list[dict[str, Any]]:
            asked.append((operation, question))
            return [
                {
                    "AvailabilityZone": question["AvailabilityZone"], "InstanceType": kind, "SpotPrice": "0.1",
                    "ProductDescription": "Linux/UNIX", "Timestamp": question["StartTime"],
                }
                for kind in question["InstanceTypes"]
            ]  # fmt: skip

    monkeypatch.setattr(access, "login", lambda *_: Login())
    _, read = refresh(tmp_path / "binder.yaml", seen.append)
    assert read == 1
    assert [operation for operation, _ in asked] == ["describe_spot_price_history"]
    assert any(row.item.endswith(":spot") for row in costs_of(tmp_path / "binder.yaml").estimate.rows)

    def nobody(*_: str) -> Login:
        raise access.NotLoggedIn("none were found")

    monkeypatch.setattr(access, "login", nobody)
    _, read = refresh(tmp_path / "binder.yaml", seen.append)
    assert read == 0
    assert any("spot prices stay unknown" in str(event) for event in seen)
    assert ":spot" not in (tmp_path / "prices.yaml").read_text(), "yesterday's spot price is none"


def test_a_price_list_that_cannot_be_read_leaves_the_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "binder.yaml").write_text((EXAMPLES / "gke.yaml").read_text())
    monkeypatch.setenv("GOOGLE_API_KEY", "a-key")
    monkeypatch.setattr(google, "BASE", "http://127.0.0.1:9")
    with pytest.raises(PricesUnavailable):
        refresh(tmp_path / "binder.yaml", lambda event: None)
    assert run(["cost", "--refresh", "--file", str(tmp_path / "binder.yaml")]) == 1
    said = capsys.readouterr().err
    assert "127.0.0.1:9" in said
    assert "a-key" not in said
    assert not (tmp_path / "prices.yaml").exists()


def test_both_screens_show_the_table() -> None:
    found = costs_of(EXAMPLES / "gke.yaml")
    live, plain = io.StringIO(), io.StringIO()
    LiveScreen(Console(file=live, width=80, no_color=True))(found)
    PlainScreen(plain)(found)
    for said in (live.getvalue(), plain.getvalue()):
        assert "core: e2-standard-4" in said
        assert "together" in said


def planned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Flows find a deployment of these settings, of which nothing exists yet."""
    opened = SimpleNamespace(settings=parse(EKS), site=None)
    monkeypatch.setattr(real, "_opened", lambda *_: (opened, ()))
    monkeypatch.setattr(real, "preview", lambda *_: Summary({"create": 41}, 1.0))
    monkeypatch.setattr(real, "leave_dry", lambda site: None)


def test_up_shows_the_cost_and_asks_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "binder.yaml").write_text(EKS)

    events: list[object] = []
    questions: list[str] = []
    planned(monkeypatch)
    outputs, _ = real.up(
        real.Request(tmp_path / "binder.yaml"),
        events.append,
        lambda question: bool(questions.append(question)),
        lambda what: False,
    )
    assert outputs is None
    assert [type(event) for event in events] == [Costs]
    assert questions == [
        "41 to create (account 123456789012, us-east-1). List prices: $278 a month idle, $2,040 at full load. Go on?"
    ]


def test_plan_ends_with_the_cost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[object] = []
    planned(monkeypatch)
    real.plan(real.Request(tmp_path / "binder.yaml"), events.append)
    assert isinstance(events[-1], Costs)
