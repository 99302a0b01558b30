"""Names of images and challenges of registries, as they are met in the wild."""

from __future__ import annotations

import pytest

from binder_deploy.checks.registry.login import Challenge, read
from binder_deploy.checks.registry.names import api, asked_by_binderhub, host_of, wrong_with


@pytest.mark.parametrize(
    ("image", "asked"),
    [
        ("europe-west1-docker.pkg.dev/project/images/r2d-x", "project/images/r2d-x"),
        ("quay.io/acme/r2d-x", "acme/r2d-x"),
        ("docker.io/acme/r2d-x", "acme/r2d-x"),
        ("acme/r2d-x", "acme/r2d-x"),
        ("acme-lab/r2d-x", "r2d-x"),  # not what it looks like on Docker Hub: the user is lost
    ],
)
def test_binderhub_leaves_out_the_first_level_unless_it_looks_like_docker_hub(image, asked) -> None:
    assert asked_by_binderhub(image) == asked


@pytest.mark.parametrize(
    "prefix",
    [
        "docker.io/acme/r2d-",
        "ghcr.io/acme/r2d-",
        "quay.io/acme/binder/",
        "harbor.example.org/binder/r2d-",
        "europe-west1-docker.pkg.dev/project/images/r2d-",
        "127.0.0.1:5000/acme/r2d-",
    ],
)
def test_a_good_prefix(prefix) -> None:
    assert wrong_with(prefix) is None


@pytest.mark.parametrize(
    ("prefix", "told"),
    [
        ("", "host"),
        ("acme/r2d-", "host"),
        ("gcr.io/project/r2d-", "shut down"),
        ("ghcr.io/r2d-", "owner"),
        ("docker.io/r2d-", "one level"),
        ("docker.io/me@example.org/r2d-", "@"),
        ("ghcr.io/Acme/r2d-", "lower case"),
        ("ghcr.io/acme//r2d-", "lower case"),
        ("ghcr.io/acme/r2d", "ends"),
    ],
)
def test_a_bad_prefix(prefix, told) -> None:
    problem = wrong_with(prefix)
    assert problem
    assert told in problem.what


def test_docker_hub_has_many_names_and_one_address() -> None:
    addresses = ("https://index.docker.io/v1/", "registry-1.docker.io", "https://docker.io", "docker.io/acme/r2d-")
    assert {host_of(address) for address in addresses} == {"docker.io"}
    assert api("docker.io") == "https://registry-1.docker.io"
    assert (host_of("https://Quay.io:443/v2/"), api("ghcr.io")) == ("quay.io:443", "https://ghcr.io")


@pytest.mark.parametrize(
    ("headers", "challenge"),
    [
        (
            [
                'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"'
            ],
            Challenge("bearer", "https://auth.docker.io/token", "registry.docker.io"),
        ),
        (
            ['Basic realm="x, Bearer y", Bearer realm="https://r/token", error="insufficient_scope"'],
            Challenge("bearer", "https://r/token"),
        ),
        (["Bearer realm=https://r/t", 'Basic realm="here"'], Challenge("bearer", "https://r/t")),
        (['BASIC realm="here"'], Challenge("basic", "here")),
        (["Basic"], Challenge("basic")),
        (["Negotiate", "Bearer"], None),
        ([], None),
    ],
)
def test_the_best_challenge_is_answered(headers, challenge) -> None:
    assert read(headers) == challenge
