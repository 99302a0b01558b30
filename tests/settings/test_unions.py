"""Every kind of a section is understood, the usual one need not be named, and what cannot go together is refused."""

from __future__ import annotations

from typing import Any

import pytest

from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.images import image_prefix
from binder_deploy.settings.load import parse
from binder_deploy.settings.references import references

GKE = "{ kind: gke, project: campus-binder, region: europe-west1, zone: europe-west1-b }"
EKS = '{ kind: eks, account: "123456789012", region: eu-central-1, zone: eu-central-1a }'
EXISTING = "{ kind: existing, context: campus }"
DOMAIN = "{ domain: example.org }"
LOGIN = "{ username: robot, password: env:PUSH }"
GITHUB = "{ kind: github, client_id: abc, client_secret: env:CLIENT_SECRET, users: [ada] }"


def text(platform: str = GKE, address: str = DOMAIN, tls: str = "{ email: it@example.org }", **more: str) -> str:
    sections = {"platform": platform, "address": address, "tls": tls, **more}
    lines = [f"{key}: {value}" for key, value in sections.items()]
    return "\n".join(["version: 1", "name: demo", "tags: { owner: it }", *lines])


def problems(**sections: str) -> str:
    with pytest.raises(SettingsError) as caught:
        parse(text(**sections))
    return str(caught.value)


@pytest.mark.parametrize(
    ("sections", "prefix"),
    [
        ({}, "europe-west1-docker.pkg.dev/campus-binder/demo-images/r2d-"),
        ({"registry": "{ keep_days: 7 }"}, "europe-west1-docker.pkg.dev/campus-binder/demo-images/r2d-"),
        ({"platform": EKS}, "123456789012.dkr.ecr.eu-central-1.amazonaws.com/demo/r2d-"),
        ({"registry": f"{{ kind: ghcr, namespace: lab, push: {LOGIN} }}"}, "ghcr.io/lab/r2d-"),
        (
            {"platform": EXISTING, "registry": f"{{ kind: oci, host: images.example.org, path: a, push: {LOGIN} }}"},
            "images.example.org/a/r2d-",
        ),
    ],
)
def test_the_usual_registry_is_the_clouds_own(sections: dict[str, str], prefix: str) -> None:
    assert image_prefix(parse(text(**sections))) == prefix


def test_an_existing_cluster_has_no_usual_registry() -> None:
    assert "registry: is missing" in problems(platform=EXISTING)


INCOHERENT: dict[str, tuple[dict[str, str], str]] = {
    "artifact registry away from GKE": (
        {"platform": EKS, "registry": "{ kind: artifact-registry }"},
        "needs platform.kind gke",
    ),
    "ECR away from EKS": ({"registry": "{ kind: ecr }"}, "needs platform.kind eks"),
    "a login without a domain": ({"address": "{ kind: ip }", "access": GITHUB}, "a login needs address.domain"),
    "records of Google's away from it": (
        {"platform": EKS, "address": "{ domain: example.org, dns: { kind: cloud-dns, zone: z } }"},
        "goes with platform.kind gke",
    ),
    "records of Amazon's away from it": (
        {"address": "{ domain: example.org, dns: { kind: route53, zone_id: Z0123456789 } }"},
        "goes with platform.kind eks",
    ),
    "a certificate without a name": (
        {"address": "{ kind: ip }", "tls": "{ kind: certificate, certificate: env:A, key: env:B }"},
        "needs address.domain",
    ),
    "accelerators without nodes that have them": ({"hub": "{ gpus: 1 }"}, "needs platform.pools.user.gpu"),
    "a budget that nobody sends": (
        {"budget": "{ monthly: 100, emails: [it@example.org] }"},
        "billing_account is missing",
    ),
    "a login that lets nobody in": (
        {"access": "{ kind: github, client_id: abc, client_secret: env:X }"},
        "nobody may log in",
    ),
}


@pytest.mark.parametrize("case", INCOHERENT)
def test_what_cannot_go_together_is_refused_with_the_way_out(case: str) -> None:
    sections, says = INCOHERENT[case]
    assert says in problems(**sections)


@pytest.mark.parametrize(
    ("section", "value", "kinds"),
    [
        ("platform", "{ kind: azure }", "gke, eks, existing"),
        ("address", "{ kind: name }", "domain, ip"),
        ("tls", "{ kind: acme }", "letsencrypt, certificate, self-signed"),
        ("registry", "{ kind: gcr }", "artifact-registry, ecr, docker-hub"),
        ("access", "{ kind: ldap }", "open, github, google, oidc"),
        ("state", "{ kind: s3 }", "local, bucket, pulumi-cloud"),
    ],
)
def test_an_unknown_kind_is_answered_with_those_that_there_are(section: str, value: str, kinds: str) -> None:
    told = problems(**{section: value})
    assert told.startswith(f"{section}.kind: is missing or unknown")
    assert kinds in told


def test_every_secret_that_is_referred_to_is_known_by_its_setting() -> None:
    settings = parse(
        text(
            tls="{ kind: certificate, certificate: file:chain.pem, key: file:key.pem }",
            registry=f"{{ kind: quay, namespace: lab, push: {LOGIN}, pull: {LOGIN} }}",
            access=GITHUB,
            binder="{ github_token: env:GITHUB }",
        )
    )
    found: dict[str, Any] = {r.path: (r.key, str(r.ref)) for r in references(settings)}
    assert found == {
        "tls.certificate": ("tlsCertificate", "file:chain.pem"),
        "tls.key": ("tlsKey", "file:key.pem"),
        "registry.push.password": ("pushPassword", "env:PUSH"),
        "registry.pull.password": ("pullPassword", "env:PUSH"),
        "access.client_secret": ("clientSecret", "env:CLIENT_SECRET"),
        "binder.github_token": ("githubToken", "env:GITHUB"),
    }
