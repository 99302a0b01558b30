"""Several deployments in one cluster: each has names of its own there, and nobody else's change."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from binder_deploy.charts.planned import planned
from binder_deploy.charts.values.binder_service import binder_service
from binder_deploy.charts.values.together import NO_SECRETS
from binder_deploy.settings.choices import our_namespaces, our_releases
from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.load import parse
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import binder_namespace, binder_release, issuer, namespaces
from binder_deploy.settings.surroundings import Surroundings, settled

VERSIONS = {"binderhub": "1.0.0-0.dev.git.4000.h0000000", "jupyterhub": "4.3.5"}
FOUND = Surroundings(cluster="u", ingress_class="traefik", cert_manager=True, storage_class="standard")


def shared(name: str = "one", **sections: Any) -> Settings:
    platform = {"kind": "existing", "context": "previews", "shared": True, **sections.pop("platform", {})}
    return parse(
        json.dumps(
            {
                "version": 1,
                "name": name,
                "tags": {"owner": "us"},
                "platform": platform,
                "registry": {"kind": "ghcr", "namespace": "us", "push": {"username": "bot", "password": "env:PUSH"}},
                "address": {"domain": f"{name}.example.org"},
                "tls": {"email": "us@example.org"},
                **sections,
            }
        )
    )


def test_the_namespace_and_the_release_are_the_deployments_own() -> None:
    settings = settled(shared(), FOUND)
    assert our_releases(settings) == {("one", "one")}
    assert our_namespaces(settings) == namespaces(settings) == {"one"}


def test_whoever_shares_nothing_keeps_the_names_that_there_are() -> None:
    settings = settled(shared(platform={"shared": False}), FOUND)
    assert (binder_namespace(settings), binder_release(settings)) == ("binder", "binder-service")
    assert namespaces(settings) == {"binder", "traefik", "cert-manager", "binder-monitoring"}


def test_two_of_them_make_nothing_of_the_same_name() -> None:
    one, two = (set(planned(settled(shared(name), FOUND))) for name in ("one", "two"))
    assert one and not one & two


def test_nothing_that_holds_for_the_whole_cluster_is_made_without_the_deployments_name() -> None:
    whole = {p for p in planned(settled(shared(), FOUND)) if not p.namespace}
    assert {p.kind for p in whole} <= {"Namespace", "ClusterIssuer", "ClusterRole", "ClusterRoleBinding"}
    assert all(p.name == "one" or p.name.startswith("one-") for p in whole)
    assert issuer(shared()).startswith("one-")


def test_even_before_the_cluster_was_looked_at_nothing_of_others_counts_as_ours() -> None:
    assert our_namespaces(shared()) == {"one"}


@pytest.mark.parametrize("builder", ["dind", "pink"])
def test_builders_on_one_node_have_folders_and_sockets_of_their_own(builder: str) -> None:
    def folders(name: str) -> set[str]:
        settings = settled(shared(name, binder={"builds": {"builder": builder}}), FOUND)
        values = binder_service(settings, NO_SECRETS, VERSIONS, {})["binderhub"][builder]
        return {value for value in values.values() if isinstance(value, str)}

    one, two = folders("one"), folders("two")
    assert len(one) == 2 and not one & two


def test_no_pod_asks_for_a_priority_that_is_not_there() -> None:
    values = binder_service(settled(shared(), FOUND), NO_SECRETS, VERSIONS, {})
    assert "priorityClassName" not in str(values)
    assert values["guardrails"]["priorityClass"]["name"] == ""
    assert values["binderhub"]["jupyterhub"]["scheduling"]["userScheduler"]["enabled"] is False


@pytest.mark.parametrize(
    ("sections", "told"),
    [
        ({"address": {"kind": "ip"}, "platform": {"address": "192.0.2.1"}}, "address.domain"),
        ({"platform": {"cert_manager": "install"}}, "platform.cert_manager"),
        ({"platform": {"load_balancer": "host-port"}}, "platform.load_balancer"),
        ({"hub": {"placeholders": 2}}, "hub.placeholders"),
        ({"name": "traefik"}, "namespace"),
    ],
)
def test_what_cannot_be_shared_is_refused_by_name(sections: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        shared(**sections)


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ({"ingress_class": None}, "no ingress controller"),
        ({"cert_manager": False}, "no cert-manager"),
    ],
)
def test_a_cluster_without_what_all_need_is_refused(found: dict[str, Any], told: str) -> None:
    looked = Surroundings(
        **{"cluster": "u", "ingress_class": "t", "cert_manager": True, "storage_class": None, **found}
    )
    with pytest.raises(SettingsError, match=told):
        settled(shared(), looked)


def test_what_the_state_keeps_can_be_read_again_to_remove_it() -> None:
    tls = {"kind": "certificate", "certificate": "env:CHAIN", "key": "env:KEY"}
    for made, found in ((shared(), FOUND), (shared(tls=tls), replace(FOUND, cert_manager=False))):
        kept = settled(made, found)
        assert parse(kept.model_dump_json(by_alias=True, exclude_unset=True)) == kept


def test_a_folder_of_the_node_that_is_chosen_by_hand_is_refused() -> None:
    charts = {"binder-service": {"values": {"binderhub": {"dind": {"hostLibDir": "/var/lib/dind"}}}}}
    with pytest.raises(SettingsError, match="folders of its own"):
        binder_service(settled(shared(charts=charts), FOUND), NO_SECRETS, VERSIONS, {})
