"""A registry inside the cluster: where it can be, and where not, each with the reason and another way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from binder_deploy.settings.choices import our_releases
from binder_deploy.settings.ephemeral import derived
from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.images import image_prefix
from binder_deploy.settings.model import Settings
from binder_deploy.settings.staged import arrived, subject
from binder_deploy.settings.surroundings import Surroundings, settled

GKE = {"kind": "gke", "project": "demo-project", "region": "europe-west1", "zone": "europe-west1-b"}
EXISTING = {"kind": "existing", "context": "there"}
STAGED = {"email": "ops@example.org", "server": "staged"}
OWN = {"kind": "certificate", "certificate": "file:chain.pem", "key": "file:key.pem"}


def made(**sections: Any) -> Settings:
    base = {"version": 1, "name": "demo", "tags": {"owner": "ops"}, "platform": GKE, "tls": STAGED}
    inside = {"address": {"domain": "example.org"}, "registry": {"kind": "in-cluster"}}
    return Settings.model_validate({**base, **inside, **sections})


@pytest.mark.parametrize("tls", [STAGED, {**STAGED, "server": "production"}, OWN])
@pytest.mark.parametrize("platform", [GKE, EXISTING, {**EXISTING, "load_balancer": "host-port"}])
def test_it_has_a_host_of_its_own(tls: dict[str, Any], platform: dict[str, Any]) -> None:
    settings = made(tls=tls, platform=platform)
    assert settings.hosts == ("binder.example.org", "hub.example.org", "registry.example.org")
    assert settings.hosts_by_name["registry"] == "registry.example.org"
    assert image_prefix(settings) == "registry.example.org/demo/r2d-"
    assert ("binder", "registry") in our_releases(settings)


def test_without_it_there_are_two_hosts() -> None:
    settings = made(registry={"kind": "artifact-registry"})
    assert settings.hosts == settings.address.hosts == ("binder.example.org", "hub.example.org")


@pytest.mark.parametrize(
    ("sections", "why"),
    [
        ({"address": {"kind": "ip"}}, "needs address.domain: a registry answers at /v2/ .* BinderHub's"),
        ({"tls": {**STAGED, "server": "staging"}}, "tls.server staging is none: .* choose tls.server staged"),
        ({"tls": {"kind": "self-signed"}}, "a self-signed certificate is none"),
        ({"platform": {**EXISTING, "ingress_class": "nginx"}}, "class nginx is not known; choose another registry"),
    ],
)
def test_where_nothing_could_be_pushed_or_pulled_it_is_refused(sections: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=f"registry.kind: in-cluster .*{why}"):
        made(**sections)


def test_an_ingress_controller_that_is_found_there_is_refused_too() -> None:
    settings = made(platform=EXISTING)
    there = Surroundings(cluster="uid", ingress_class="nginx", cert_manager=False, storage_class="fast")
    with pytest.raises(SettingsError, match=r"registry\.kind: .*class nginx"):
        settled(settings, there)
    bare = Surroundings(cluster="uid", ingress_class=None, cert_manager=False, storage_class="fast")
    assert settled(settings, bare).hub.storage_class == "fast"


def test_with_another_host_the_certificate_begins_with_staging_again() -> None:
    settings = made()
    assert arrived(settings, "binder.example.org,hub.example.org") == settings
    assert arrived(settings, subject(settings)).tls.server == "production"  # type: ignore[union-attr]


def test_a_preview_uses_the_clouds_own() -> None:
    pools = {role: {"machine": "e2-standard-4", "min": 0, "max": 2} for role in ("core", "user", "build")}
    pools["core"]["min"] = 1
    base = made(state={"kind": "bucket", "url": "gs://states/here"}, platform={**GKE, "pools": pools})
    data = base.model_dump(by_alias=True, mode="json", exclude_unset=True)
    preview = Settings.model_validate(derived(base, data, 7, "2027-01-31", {}, Path("/srv"), own_cluster=True))
    assert preview.registry.kind == "artifact-registry"
