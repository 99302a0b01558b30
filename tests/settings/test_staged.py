"""Staged certificates come from staging until production was reached for the very same names."""

from __future__ import annotations

from pathlib import Path

import pytest

from binder_deploy.settings import names
from binder_deploy.settings.load import parse
from binder_deploy.settings.model import Settings
from binder_deploy.settings.staged import arrived, on_trial, subject
from binder_deploy.settings.tls import LetsEncrypt

GKE = (Path(__file__).parents[2] / "examples" / "gke.yaml").read_text(encoding="utf-8")
STAGED = GKE.replace("server: production", "server: staged")
HOSTS = "binder.campus.example.org,hub.campus.example.org"


def asked(settings: Settings) -> tuple[str, str]:
    assert isinstance(settings.tls, LetsEncrypt)
    return settings.tls.directory, names.issuer(settings)


def test_it_begins_with_staging_and_goes_on_when_that_is_noted() -> None:
    settings = parse(STAGED)
    assert on_trial(settings)
    assert subject(settings) == HOSTS
    assert asked(settings) == asked(arrived(settings, None)) == ("staging", "letsencrypt-staging")
    assert asked(arrived(settings, HOSTS)) == ("production", "letsencrypt-production")
    assert not on_trial(arrived(settings, HOSTS))


def test_another_domain_begins_anew() -> None:
    assert on_trial(arrived(parse(STAGED.replace("domain: campus.example.org", "domain: lab.example.org")), HOSTS))


@pytest.mark.parametrize("server", ["staging", "production"])
def test_what_is_said_outright_stands(server: str) -> None:
    settings = parse(GKE.replace("server: production", f"server: {server}"))
    assert not on_trial(settings)
    assert arrived(settings, HOSTS) is settings
    assert asked(settings)[0] == server
