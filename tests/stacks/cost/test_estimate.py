"""The arithmetic, by cases worked out by hand; what is unknown is said to be."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.model import Settings
from binder_deploy.stacks.cost.estimate import CREDIT, estimate
from binder_deploy.stacks.cost.model import Line, Load
from binder_deploy.stacks.cost.nodes import asked
from binder_deploy.stacks.cost.prices import Row, shipped
from binder_deploy.stacks.cost.running import Workshop

Make = Callable[..., Settings]


def line(load: Load, what: str) -> Line:
    (found,) = [one for one in load.lines if one.what == what]
    return found


def test_a_cluster_with_nobody_there_costs_its_core_and_what_surrounds_it(gke: Make) -> None:
    idle = estimate(gke(), shipped()).load("idle")
    # europe-west1, 730 h: 4 cores of 0.02399337 and 16 GB of 0.00321609
    assert line(idle, "core: e2-standard-4").usd == pytest.approx(730 * (4 * 0.02399337 + 16 * 0.00321609))
    assert line(idle, "user: n2-standard-8").usd == 0
    assert line(idle, "disks, GB pd-balanced").usd == pytest.approx(100 * 0.10)
    assert line(idle, "hub's database, GB pd-balanced").usd == pytest.approx(0.10)
    assert line(idle, "NAT, by nodes").usd == pytest.approx(730 * 0.0014)
    assert idle.unknown == ()
    # 73 control plane + 107.6245716 + 10 + 0.1 + 1.022 + 18.25 forwarding rule + 3.65 the NAT's address
    assert idle.usd == pytest.approx(213.6465716)


def test_the_monitoring_costs_its_disk_and_its_room_in_the_core_pool(gke: Make) -> None:
    settings = gke(("hub:\n", "monitoring:\n  disk_gb: 50\nhub:\n"))
    watched = estimate(settings, shipped())
    assert line(watched.load("idle"), "measurements, GB pd-balanced").usd == pytest.approx(50 * 0.10)
    more = {pod.pod: pod for pod in asked(settings)}.keys() - {pod.pod for pod in asked(gke())}
    assert more == {"prometheus", "alertmanager", "kube-state-metrics", "grafana"}


def test_a_registry_inside_the_cluster_costs_its_disk_and_no_registry(gke: Make) -> None:
    settings = gke(("kind: artifact-registry\n  keep_days: 30", "kind: in-cluster\n  disk_gb: 300"))
    inside = estimate(settings, shipped())
    assert line(inside.load("idle"), "registry's images, GB pd-balanced").usd == pytest.approx(300 * 0.10)
    assert not any("registry" in use.what for use in inside.by_use)
    assert any("registry" in use.what for use in estimate(gke(), shipped()).by_use)


def test_full_load_is_every_pool_at_its_largest_for_a_month(gke: Make) -> None:
    full = estimate(gke(), shipped()).load("full")
    assert [line(full, what).count for what in ("core: e2-standard-4", "user: n2-standard-8")] == [3, 6]
    assert line(full, "user: n2-standard-8").usd == pytest.approx(6 * 730 * 0.427336)
    assert line(full, "disks, GB pd-balanced").count == 3 * 100 + 6 * 100 + 2 * 200
    assert full.usd == pytest.approx(2646.1, abs=0.05)


def test_a_workshop_takes_the_nodes_that_its_servers_need(gke: Make) -> None:
    def at(people: int) -> Load:
        return estimate(gke(), shipped(), Workshop(people, 2)).load("workshop")

    # An n2-standard-8 has 28.3 GiB for pods, of which GKE's agents take 0.7: 27 servers of 1 GiB.
    assert [line(at(n), "user: n2-standard-8").count for n in (1, 27, 28, 54, 55)] == [1, 1, 2, 2, 3]
    busy = at(30)
    assert line(busy, "user: n2-standard-8").usd == pytest.approx(2 * 3 * 0.427336)
    assert line(busy, "build: e2-standard-4").usd == pytest.approx(0.25 * 0.14743092)
    assert line(busy, "control plane").usd == pytest.approx(0.3)
    # 100 + 2 x 100 GB for three hours, 200 GB for a quarter of one
    assert line(busy, "disks, GB pd-balanced").usd == pytest.approx((300 * 3 + 200 * 0.25) / 730 * 0.10)


def test_a_workshop_that_does_not_fit_is_told_so_and_counted_at_the_pools_largest(gke: Make) -> None:
    found = estimate(gke(), shipped(), Workshop(500, 2))
    assert line(found.load("workshop"), "user: n2-standard-8").count == 6
    assert any("holds 162 servers at the most" in note for note in found.notes)
    assert any("lets 60 people in" in note for note in found.notes)


def test_places_that_are_kept_free_take_nodes_when_nobody_is_there(gke: Make) -> None:
    kept = gke(("hub:\n", "hub:\n  placeholders: 28\n"))
    assert line(estimate(kept, shipped()).load("idle"), "user: n2-standard-8").count == 2


def test_core_nodes_are_as_many_as_the_service_needs(gke: Make) -> None:
    small = gke(("core: { machine: e2-standard-4,", "core: { machine: e2-standard-2,"))
    found = estimate(small, shipped()).load("idle")
    assert line(found, "core: e2-standard-2").count == 2


def test_a_zonal_cluster_has_the_credit_up_to_its_fee(gke: Make) -> None:
    found = estimate(gke(("control_plane: regional", "control_plane: zonal")), shipped())
    assert line(found.load("idle"), CREDIT).usd == pytest.approx(-73.0)
    assert line(found.load("workshop"), CREDIT).usd == pytest.approx(-0.3)
    assert any("once for each billing account" in note for note in found.notes)


def test_spot_nodes_have_prices_of_their_own(gke: Make) -> None:
    spot = gke(("user: { machine: n2-standard-8,", "user: { machine: n2-standard-8, spot: true,"))
    full = estimate(spot, shipped()).load("full")
    assert line(full, "user: n2-standard-8, spot").usd == pytest.approx(6 * 730 * 0.088848)


def test_the_nat_costs_no_more_from_32_machines_on(gke: Make) -> None:
    large = gke(("max: 6", "max: 60"))
    assert line(estimate(large, shipped()).load("full"), "NAT, by nodes").usd == pytest.approx(32 * 730 * 0.0014)


def test_an_institutions_own_network_brings_no_nat(gke: Make) -> None:
    network = (
        "network: { kind: existing, network: n, subnetwork: s, pods_range: p, services_range: v }\n"
        "  control_plane: regional"
    )
    found = estimate(gke(("control_plane: regional", network)), shipped())
    names = {one.what for one in found.load("idle").lines}
    assert not names & {"NAT, by nodes", "public addresses"}
    assert "traffic through the NAT" not in {use.what for use in found.by_use}


def test_amazons_nat_and_two_addresses_are_there_whoever_is(eks: Make) -> None:
    idle = estimate(eks(), shipped()).load("idle")
    assert line(idle, "core: m6i.xlarge").usd == pytest.approx(730 * 0.192)
    assert line(idle, "NAT").usd == pytest.approx(730 * 0.045)
    assert line(idle, "public addresses").usd == pytest.approx(2 * 730 * 0.005)
    assert line(idle, "load balancer").usd == pytest.approx(730 * 0.0225)
    # 73 + 140.16 + 100 GB of 0.08 + 1 GB of 0.08 + 32.85 + 16.425 + 7.3
    assert idle.usd == pytest.approx(277.815)


def test_where_a_price_is_missing_it_is_unknown_and_not_in_the_sum(gke: Make, row: Callable[..., Row]) -> None:
    idle = estimate(gke(), [row("control-plane", 0.1)]).load("idle")
    assert idle.usd == pytest.approx(73)
    assert line(idle, "core: e2-standard-4").usd is None
    assert set(idle.unknown) == {
        "core: e2-standard-4", "disks, GB pd-balanced", "hub's database, GB pd-balanced", "NAT, by nodes",
        "load balancer", "public addresses",
    }  # fmt: skip
    assert line(idle, "user: n2-standard-8").usd == 0, "none of them costs nothing, whatever one costs"


def test_a_region_that_is_not_in_the_table_is_not_guessed_from_another(eks: Make) -> None:
    idle = estimate(eks(("us-east-1", "sa-east-1")), shipped()).load("idle")
    assert idle.usd == 0
    assert "core: m6i.xlarge" in idle.unknown


def test_an_accelerator_without_a_price_is_unknown(gke: Make) -> None:
    changes = (
        ("user: { machine: n2-standard-8,", "user: { machine: n2-standard-8, gpu: { type: nvidia-tesla-t4 },"),
        ("hub:\n", "hub:\n  gpus: 1\n"),
    )
    found = estimate(gke(*changes), shipped(), Workshop(5, 2))
    assert "nvidia-tesla-t4" in found.load("full").unknown
    assert line(found.load("workshop"), "user: n2-standard-8").count == 5, "one accelerator, one server"


def test_shared_cores_and_custom_sizes_are_not_priced_by_their_family(gke: Make) -> None:
    for name in ("e2-medium", "n2-custom-4-10240"):
        build = gke(("build: { machine: e2-standard-4,", f"build: {{ machine: {name},"))
        assert f"build: {name}" in estimate(build, shipped()).load("full").unknown


def test_a_disk_of_the_operators_own_class_is_unknown(gke: Make) -> None:
    own = gke(("hub:\n", "hub:\n  storage_class: fast\n"))
    assert "hub's database, GB class fast" in estimate(own, shipped()).load("idle").unknown


def test_an_unknown_machine_type_is_told_by_its_setting(gke: Make) -> None:
    wrong = gke(("user: { machine: n2-standard-8,", "user: { machine: n2-standard-9,"))
    with pytest.raises(SettingsError, match=r"platform\.pools\.user\.machine"):
        estimate(wrong, shipped())


def test_in_an_existing_cluster_nothing_is_provisioned(existing: Settings) -> None:
    found = estimate(existing, shipped())
    assert found.loads == ()
    assert found.oldest is None
    assert "nothing is provisioned" in found.notes[0]


def test_the_rows_that_were_used_are_named_once(eks: Make) -> None:
    items = [row.item for row in estimate(eks(), shipped()).rows]
    assert len(items) == len(set(items))
    assert {"machine:m6i.xlarge", "disk:gp3", "egress"} <= set(items)


def test_servers_are_placed_as_the_checks_place_them(gke: Make) -> None:
    from binder_deploy.checks.facts import deployment as f
    from binder_deploy.checks.model import Facts
    from binder_deploy.checks.probes.local import capacities
    from binder_deploy.checks.rules.sizes import enough_for_everybody
    from binder_deploy.stacks.cost.running import places

    settings = gke()

    facts = Facts({f.SETTINGS: settings, f.CAPACITIES: capacities(settings), f.REQUESTS: asked(settings)})
    assert f"{places(settings)} places" in enough_for_everybody(facts).message
