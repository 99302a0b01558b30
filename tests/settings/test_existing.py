"""A cluster that is there already: what the settings leave open is decided by what was found, once."""

from __future__ import annotations

from typing import Any

import pytest

from binder_deploy.settings import names
from binder_deploy.settings.choices import brings_cert_manager, brings_disks, disk_class, door, our_namespaces
from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.load import parse
from binder_deploy.settings.model import Settings
from binder_deploy.settings.surroundings import Surroundings, settled

FOUND = Surroundings(cluster="uid", ingress_class="nginx", cert_manager=True, storage_class="fast")

TEXT = """
version: 1
name: campus
tags: {{ owner: research-it }}
platform: {{ kind: existing, context: research{platform} }}
registry: {{ kind: ghcr, namespace: campus, push: {{ username: bot, password: "env:PUSH" }} }}
address: {address}
tls: {{ email: it@example.org }}
"""


def made(platform: str = "", address: str = "{ domain: campus.example.org }") -> Settings:
    return parse(TEXT.format(platform=platform, address=address))


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"address": "{ kind: ip }"}, "platform.address"),
        ({"address": "{ kind: ip }", "platform": ", address: 192.0.2.1, ingress_class: nginx"}, "address.domain"),
    ],
)
def test_a_bare_address_without_a_way_to_serve_it_is_refused(changes: dict[str, str], path: str) -> None:
    with pytest.raises(SettingsError, match=path):
        made(**changes)


def test_what_was_found_survives_the_configuration() -> None:
    assert Surroundings.of(FOUND.text()) == FOUND


def test_what_was_found_decides_what_was_left_open() -> None:
    settings = settled(made(), FOUND)
    assert door(settings) == "theirs" and not brings_cert_manager(settings) and disk_class(settings) == "fast"
    assert our_namespaces(settings) == {"binder"}


def test_deciding_again_changes_nothing() -> None:
    once = settled(made(), FOUND)
    assert settled(once, FOUND) == once


def test_a_cert_manager_that_is_wanted_is_installed_whatever_was_found() -> None:
    assert brings_cert_manager(settled(made(platform=", cert_manager: install"), FOUND))


def test_other_platforms_are_left_alone() -> None:
    platform: dict[str, Any] = {"kind": "gke", "project": "campus-binder", "region": "europe-west1"}
    gke = Settings.model_validate(
        {
            "version": 1,
            "name": "campus",
            "tags": {"owner": "it"},
            "platform": {**platform, "zone": "europe-west1-b"},
            "address": {"domain": "campus.example.org"},
            "tls": {"email": "it@example.org"},
        }
    )
    assert settled(gke, None) is gke and settled(gke, FOUND) is gke
    assert door(gke) == "load-balancer" and brings_disks(gke) and names.issuer(gke) == "letsencrypt-staging"


def test_names_for_the_whole_cluster_begin_with_the_deployments() -> None:
    """Others call their issuer letsencrypt-staging, too."""
    assert names.issuer(made()) == "campus-letsencrypt-staging"
