"""A short-lived deployment has everything of its own, or is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from binder_deploy.settings.ephemeral import derived, expired, last_day, name_of, number_in
from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import binder_namespace

EXAMPLES = Path(__file__).parents[2] / "examples"
BUCKET = {"kind": "bucket", "url": "gs://state-of-binders/here/"}


def given(example: str, **sections: Any) -> dict[str, Any]:
    data = YAML(typ="safe").load((EXAMPLES / example).read_text())
    return {**data, "state": BUCKET, **sections}


def preview(
    data: dict[str, Any], overlay: dict[str, Any] | None = None, number: int = 12, *, own_cluster: bool = True
) -> Settings:
    base, folder = Settings.model_validate(data), Path("/srv/binder")
    made = derived(base, data, number, "2027-01-31", overlay or {}, folder, own_cluster=own_cluster)
    return Settings.model_validate(made)


@pytest.mark.parametrize(
    "base", ["a", "campus-binder", "twenty-characters-ab", "research-binder-test", "x-y-z-x-y-z-x"]
)
@pytest.mark.parametrize("number", [1, 42, 99999])
def test_a_name_fits_every_cloud_and_is_found_again(base: str, number: int) -> None:
    name = name_of(base, number)
    assert len(name) <= 20
    assert number_in(base, name) == number
    assert number_in("another", name) is None


def test_names_of_bases_that_begin_alike_differ() -> None:
    assert name_of("research-binder-test", 7) != name_of("research-binder-prod", 7)
    assert number_in("campus", "campus-pr-7-two") is None
    assert number_in("campus", "campus") is None


@pytest.mark.parametrize("example", ["gke.yaml", "eks.yaml", "eks-open-workshop.yaml", "gke-ip-only.yaml"])
def test_nothing_of_the_base_is_shared_and_little_is_wanted(example: str) -> None:
    data = given(example)
    base, made = Settings.model_validate(data), preview(data)
    assert made.name == name_of(base.name, 12)
    assert not set(made.address.hosts) & set(base.address.hosts)
    assert made.state.model_dump()["url"] == "gs://state-of-binders/here/previews"
    assert made.tags == {**base.tags, "expires": "2027-01-31", "pull-request": "12"}
    assert not made.platform.deletion_protection  # type: ignore[union-attr]
    pools = made.platform.pools  # type: ignore[union-attr]
    assert (pools.user.max, pools.build.max, pools.user.min, pools.build.min) == (1, 1, 0, 0)
    assert made.binder.max_servers <= 4
    assert made.budget is None
    assert made.tls.model_dump().get("server", "staging") == "staging"


def test_without_a_zone_of_ours_the_bare_address_serves_unless_people_log_in() -> None:
    manual = given("gke.yaml", address={"domain": "campus.example.org"})
    assert preview(manual).address.kind == "ip"
    login = {"kind": "github", "client_id": "x", "client_secret": "env:S", "organizations": ["o"]}
    assert preview({**manual, "access": login}).address.hosts[0] == "binder.pr-12.campus.example.org"


def test_a_state_on_one_machine_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"state\.kind: is local"):
        preview(given("gke.yaml", state={"kind": "local"}))


def test_the_cluster_of_the_deployment_itself_is_refused_and_another_is_taken() -> None:
    with pytest.raises(SettingsError, match=r"platform\.context: .*binder\.preview\.yaml"):
        preview(given("existing.yaml"))
    made = preview(given("existing.yaml"), {"platform": {"context": "previews"}})
    assert made.platform.context == "previews"  # type: ignore[union-attr]
    assert preview(given("existing.yaml"), {"platform": {"context": "previews"}}, own_cluster=False).platform.shared  # type: ignore[union-attr]
    assert made.registry.namespace == "seminar-binder/pr-12"  # type: ignore[union-attr]


def test_images_that_people_are_served_cannot_be_replaced() -> None:
    registry = {"kind": "quay", "namespace": "seminar", "push": {"username": "bot", "password": "env:PUSH"}}
    data = given("existing.yaml", registry=registry)
    overlay: dict[str, Any] = {"platform": {"context": "previews"}}
    with pytest.raises(SettingsError, match=r"registry\.namespace: .*would replace its images"):
        preview(data, overlay)
    assert preview(data, {**overlay, "registry": {"namespace": "trials"}}).registry.namespace == "trials"  # type: ignore[union-attr]


def test_another_kind_in_the_overlay_replaces_the_whole_section() -> None:
    platform = {"kind": "existing", "context": "shared"}
    registry = {"kind": "ghcr", "namespace": "x", "push": {"username": "b", "password": "env:P"}}
    made = preview(
        given("gke.yaml"), {"platform": platform, "registry": registry, "address": {"dns": {"kind": "manual"}}}
    )
    assert made.platform.model_dump()["context"] == "shared"


def test_in_a_shared_cluster_each_has_a_namespace_and_hosts_of_its_own() -> None:
    overlay = {"platform": {"context": "previews"}}
    one, two = (preview(given("existing.yaml"), overlay, number, own_cluster=False) for number in (1, 2))
    assert (binder_namespace(one), binder_namespace(two)) == ("seminar-binder-pr-1", "seminar-binder-pr-2")
    assert not set(one.address.hosts) & set(two.address.hosts)
    assert binder_namespace(preview(given("existing.yaml"), overlay)) == "binder"


@pytest.mark.parametrize(
    ("example", "overlay", "told"),
    [
        ("gke.yaml", {}, r"platform\.kind: is gke"),
        ("eks.yaml", {}, r"platform\.kind: is eks"),
        ("existing.yaml", {"platform": {"context": "previews", "shared": False}}, r"platform\.shared"),
    ],
)
def test_a_cluster_for_each_is_made_only_for_who_asks_for_it(example: str, overlay: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=f"{told}(.|\\n)*--own-cluster"):
        preview(given(example), overlay, own_cluster=False)
    assert preview(given(example), overlay).name


@pytest.mark.parametrize("example", ["gke.yaml", "eks.yaml"])
def test_a_deployment_in_a_cloud_has_previews_in_a_cluster_that_they_share(example: str) -> None:
    """Its zone cannot be told of that cluster's entrance: a wildcard record leads there."""
    overlay = {
        "platform": {"kind": "existing", "context": "previews"},
        "registry": {"kind": "ghcr", "namespace": "x", "push": {"username": "b", "password": "env:P"}},
        "access": {"kind": "open"},
    }
    made = preview(given(example), overlay, own_cluster=False)
    assert binder_namespace(made) == made.name
    assert made.address.dns.kind == "manual"  # type: ignore[union-attr]


def test_the_entrance_and_the_monitoring_of_the_deployment_s_cluster_are_not_those_of_the_shared_one() -> None:
    data = given("existing.yaml", monitoring={"disk_gb": 20})
    data["platform"] |= {"load_balancer": "node-port", "cert_manager": "install", "address": "192.0.2.7"}
    made = preview(data, {"platform": {"context": "previews"}}, own_cluster=False)
    assert made.monitoring is None
    assert made.platform.address is None  # type: ignore[union-attr]
    told = preview(data, {"platform": {"context": "previews", "address": "192.0.2.9"}}, own_cluster=False)
    assert str(told.platform.address) == "192.0.2.9"  # type: ignore[union-attr]


def test_hosts_and_images_of_two_differ_below_others_than_the_deployment_s_too() -> None:
    overlay = {
        "platform": {"context": "previews"},
        "address": {"domain": "previews.example.org"},
        "registry": {"namespace": "trials"},
    }
    one, two = (preview(given("existing.yaml"), overlay, number, own_cluster=False) for number in (1, 2))
    assert not set(one.address.hosts) & set(two.address.hosts)
    assert (one.registry.namespace, two.registry.namespace) == ("trials/pr-1", "trials/pr-2")  # type: ignore[union-attr]
    assert all(host.endswith(".pr-1.previews.example.org") for host in one.address.hosts)


@pytest.mark.parametrize("example", ["gke.yaml", "eks.yaml"])
def test_pools_that_the_file_leaves_to_the_default_become_small_too(example: str) -> None:
    data = given(example)
    del data["platform"]["pools"]
    made, base = preview(data), Settings.model_validate(data)
    assert made.platform.pools.user.max == 1  # type: ignore[union-attr]
    assert made.platform.pools.user.machine == base.platform.pools.user.machine  # type: ignore[union-attr]


def test_paths_lead_to_the_same_files_from_another_folder() -> None:
    data = given(
        "existing.yaml", tls={"kind": "certificate", "certificate": "file:tls.crt", "key": "file:/etc/tls.key"}
    )
    data["charts"] = {"binder-service": {"extra_config": {"ours": "config/ours.py"}}}
    data["binder"] = {"github_token": "file:token"}
    made = preview(data, {"platform": {"context": "previews"}})
    assert str(made.binder.github_token) == "file:/srv/binder/token"
    assert made.charts.binder_service.extra_config == {"ours": "/srv/binder/config/ours.py"}


@pytest.mark.parametrize("overlay", [
    {"name": "campus-binder"}, {"state": {"url": "gs://state-of-binders/here"}}, {"tags": {"expires": "2999-01-01"}},
    {"state": {"kind": "pulumi-cloud", "organization": "o"}},
], ids=str)  # fmt: skip
def test_an_overlay_cannot_make_it_the_deployment_itself_or_hide_it_from_the_sweep(overlay: dict[str, Any]) -> None:
    data = given("gke.yaml")
    with pytest.raises(SettingsError, match=r"must be the preview's own"):
        preview(data, overlay)
    assert preview(data, {"state": {"key": "gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k"}})


def test_paths_in_the_overlay_lead_to_the_same_files_too() -> None:
    overlay = {"charts": {"binder-service": {"extra_config": {"ours": "ours.py"}}}}
    assert preview(given("gke.yaml"), overlay).charts.binder_service.extra_config == {"ours": "/srv/binder/ours.py"}


def test_a_day_is_over_when_it_is_over_everywhere_it_counts() -> None:
    now = datetime(2027, 1, 29, 23, 0, tzinfo=UTC)
    assert last_day(now, 48) == "2027-01-31"
    assert not expired("2027-01-31", datetime(2027, 1, 31, 23, 59, tzinfo=UTC))
    assert expired("2027-01-31", datetime(2027, 2, 1, tzinfo=UTC))
    assert expired("some day", now)
