"""A certificate is issued for the names that were asked for, and refused where its form alone would be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509

from binder_deploy.rehearsal.controllers.certificates import issuer_of, refusal
from binder_deploy.rehearsal.controllers.signing import Authority

READY = {"conditions": [{"type": "Ready", "status": "True"}]}


def issuer(kind: str = "ClusterIssuer", namespace: str | None = None, **acme: Any) -> dict[str, Any]:
    metadata = {"name": "letsencrypt", **({"namespace": namespace} if namespace else {})}
    return {"kind": kind, "metadata": metadata, "spec": {"acme": acme}, "status": READY}


def certificate(kind: str | None = "ClusterIssuer", **spec: Any) -> dict[str, Any]:
    reference = {"name": "letsencrypt", **({"kind": kind} if kind else {})}
    return {
        "kind": "Certificate",
        "metadata": {"name": "binder-tls", "namespace": "binder"},
        "spec": {"issuerRef": reference, "secretName": "binder-tls", **spec},
    }


def test_a_certificate_covers_what_was_asked_for_as_long_as_the_profile_says() -> None:
    begin = datetime(2026, 11, 1, tzinfo=UTC)
    chain, key = Authority().issue(["binder.example.org"], ["203.0.113.9"], begin, timedelta(hours=160))
    leaf, root = x509.load_pem_x509_certificates(chain)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["binder.example.org"]
    assert [str(a) for a in names.get_values_for_type(x509.IPAddress)] == ["203.0.113.9"]
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc == timedelta(hours=160)
    leaf.verify_directly_issued_by(root)
    assert key.startswith(b"-----BEGIN PRIVATE KEY-----")


def test_an_issuer_is_found_by_kind_name_and_namespace() -> None:
    wide, near, far = issuer(), issuer("Issuer", "binder"), issuer("Issuer", "other")
    assert issuer_of(certificate(), [far, near, wide]) is wide
    assert issuer_of(certificate(None), [wide, far, near]) is near
    assert issuer_of(certificate("Issuer"), [wide, far]) is None


@pytest.mark.parametrize(
    ("spec", "given", "reason"),
    [
        ({}, None, '"ClusterIssuer" not found'),
        ({}, {**issuer(), "status": {}}, "is not ready"),
        ({"ipAddresses": ["203.0.113.9"]}, issuer(), "shortlived"),
        ({"dnsNames": ["*.example.org"]}, issuer(solvers=[{"http01": {}}]), "dns01"),
    ],
)
def test_what_cannot_be_issued_is_refused(spec: dict[str, Any], given: dict[str, Any] | None, reason: str) -> None:
    assert reason in (refusal(certificate(**spec), given) or "")


@pytest.mark.parametrize(
    ("spec", "given"),
    [
        ({"dnsNames": ["binder.example.org"]}, issuer(solvers=[{"http01": {}}])),
        ({"ipAddresses": ["203.0.113.9"]}, issuer(profile="shortlived")),
        ({"dnsNames": ["*.example.org"]}, issuer(solvers=[{"dns01": {}}])),
    ],
)
def test_what_can_be_issued_is_not_refused(spec: dict[str, Any], given: dict[str, Any]) -> None:
    assert refusal(certificate(**spec), given) is None
