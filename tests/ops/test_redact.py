"""Secrets are taken out by value in every shape, and by how they look; what is none stays."""

from __future__ import annotations

import base64
import json
import time
from urllib.parse import quote, quote_plus

import pytest

from binder_deploy.ops.redact import MARK, Redactor, names_a_secret
from binder_deploy.ops.secret_forms import forms

SECRET = 's3cr3t/+"päss\\wörd&<x>'
PLAIN = "correct-horse-battery-staple"
PEM = (
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAu1SU1LfVLPHCozMxH2Mo4lgOEePzNm0t\n"
    "RgeLezV6ffAt0gunVTLw7onL\n-----END RSA PRIVATE KEY-----"
)


@pytest.mark.parametrize("secret", [SECRET, PLAIN], ids=["odd", "plain"])
@pytest.mark.parametrize(
    "shape",
    [
        lambda s: f"password is {s}!",
        lambda s: json.dumps({"a": [s]}),
        lambda s: json.dumps({"a": [s]}, ensure_ascii=False),
        lambda s: f"https://x/?q={quote(s)}&r={quote(s, safe='')}&t={quote_plus(s)}",
        lambda s: base64.b64encode(s.encode()).decode(),
        lambda s: base64.urlsafe_b64encode(s.encode()).decode().rstrip("="),
        lambda s: base64.b64encode(f"user:{s}".encode()).decode(),
        lambda s: base64.b64encode(f"a:{s}\n".encode()).decode(),
        lambda s: base64.b64encode(f"ab:{s}, more".encode()).decode(),
        lambda s: s.encode().hex(),
        lambda s: (
            f"<p>{s.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;').replace(chr(34), '&quot;')}</p>"
        ),
    ],
)
def test_a_known_secret_is_found_in_every_shape(secret: str, shape: object) -> None:
    text = shape(secret)  # type: ignore[operator]
    redactor = Redactor([secret])
    cleaned = redactor.text(text)
    assert MARK in cleaned
    assert redactor.count > 0
    for form in forms([secret]):
        assert form not in cleaned
    for start in range(4):
        for run in cleaned.replace("[", " ").replace("]", " ").split():
            cut = run[start : start + (len(run) - start) // 4 * 4]
            try:
                assert secret.encode() not in base64.b64decode(cut)
            except ValueError:
                continue


def test_a_secret_that_holds_another_is_taken_out_whole() -> None:
    assert Redactor(["hunter22", "hunter22-and-more"]).text("x hunter22-and-more y") == f"x {MARK} y"


def test_a_short_value_is_not_struck_out_of_every_word() -> None:
    assert Redactor(["", "a", "hub", "true"]).text("the hub is a true hub") == "the hub is a true hub"


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (PEM, "MIIEow"),
        (json.dumps(PEM), "MIIEow"),
        (PEM[:90], "MIIEow"),
        ("Authorization: Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpw"),
        ('{"authorization": "Bearer abcdef0123456789"}', "abcdef0123456789"),
        ("-H 'Authorization: token 0123456789abcdef'", "0123456789abcdef"),
        ("Set-Cookie: _xsrf=MnwxOjB8MTA6; Path=/", "MnwxOjB8"),
        ("git clone https://bot:hunter2@github.com/a/b", "hunter2"),
        ("redis://:hunter22@redis:6379/0", "hunter22"),
        ("ghp_" + "a1B2" * 9, "a1B2a1B2"),
        ("github_pat_" + "11ABCDEFG0_" * 4, "11ABCDEFG0"),
        ("glpat-abcdefghij0123456789", "abcdefghij"),
        ("AKIAIOSFODNN7EXAMPLE", "IOSFODNN7"),
        ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCY", "wJalrX"),
        ("ya29.a0AfH6SMBx_abcdefghijklmnop", "a0AfH6"),
        ("AIza" + "SyA1b2C3d4" * 4, "SyA1b2"),
        ("pul-" + "0123456789abcdef" * 2 + "01234567", "0123456789"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmN", "dozjgN"),
        ("hub.db_password=opensesame", "opensesame"),
        ('"client_secret": "opensesame"', "opensesame"),
        ("GET /hub/login?token=0123456789&x=1", "0123456789"),
    ],
)
def test_what_looks_like_a_secret_is_taken_out(text: str, hidden: str) -> None:
    cleaned = Redactor([]).text(text)
    assert hidden not in cleaned
    assert MARK in cleaned


@pytest.mark.parametrize(
    "text",
    [
        "the secret binder/hub has no key api_token",
        "github_token: env:GITHUB_TOKEN",
        "password: file:registry-password",
        "client_secret: 'env:HUB_LOGIN'",
        "see https://binder.example.org:443/v2/gh/a/b/HEAD and mailto:it@example.org",
        "secretName: binder-tls",
        "secret:\n  optional: true\n  items: []",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert Redactor([]).text(text) == text


def test_data_is_cleaned_by_its_keys_too() -> None:
    data = {
        "kind": "List",
        "items": [
            {"kind": "Secret", "metadata": {"name": "hub"}, "data": {"a": "eHh4"}, "stringData": {"b": "yyy"}},
            {
                "kind": "Pod",
                "metadata": {
                    "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "…", "a/b": "c"},
                    "managedFields": [{}],
                },
                "spec": {
                    "containers": [
                        {
                            "env": [
                                {"name": "API_TOKEN", "value": "tok"},
                                {"name": "MODE", "value": "fast"},
                                {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "hub", "key": "db"}}},
                            ]
                        }
                    ],
                    "tolerations": [{"key": "pool", "value": "core"}],
                    "imagePullSecrets": [{"name": "pull"}],
                },
            },
        ],
        "clientSecret": "short",
        "githubToken": "env:GITHUB_TOKEN",
        "topologyKey": "zone",
        "count": 3,
    }
    clean = Redactor([]).data(data)
    secret, pod = clean["items"]
    assert (secret["data"], secret["stringData"]) == ({"a": MARK}, {"b": MARK})
    assert pod["metadata"] == {"annotations": {"a/b": "c"}}
    env = pod["spec"]["containers"][0]["env"]
    assert env[0]["value"] == MARK
    assert env[1:] == data["items"][1]["spec"]["containers"][0]["env"][1:]  # type: ignore[index]
    assert pod["spec"]["tolerations"] == [{"key": "pool", "value": "core"}]
    assert pod["spec"]["imagePullSecrets"] == [{"name": "pull"}]
    assert (clean["clientSecret"], clean["githubToken"], clean["topologyKey"]) == (MARK, "env:GITHUB_TOKEN", "zone")
    assert Redactor([]).data(clean) == clean, "what is clean stays as it is"


@pytest.mark.parametrize("name", ["GITHUB_TOKEN", "clientSecret", "hub.config.JupyterHub.cookie_secret", "password"])
def test_names_of_secrets_are_known(name: str) -> None:
    assert names_a_secret(name)


@pytest.mark.parametrize("name", ["secretName", "key", "monkey", "tokenReview", "path", "keep_days", "authority"])
def test_names_of_other_things_are_left_alone(name: str) -> None:
    assert not names_a_secret(name)


def test_a_redactor_does_not_show_what_it_knows() -> None:
    assert PLAIN not in repr(Redactor([PLAIN]))


@pytest.mark.parametrize("piece", ["a", "a.", "token", "://", "x:y@", "eyJ", "-----BEGIN PRIVATE KEY-----\n", "= "])
def test_no_log_keeps_it_busy(piece: str) -> None:
    text = (piece * (256 * 1024 // len(piece)))[: 256 * 1024]
    start = time.monotonic()
    Redactor([PLAIN]).text(text)
    assert time.monotonic() - start < 5
