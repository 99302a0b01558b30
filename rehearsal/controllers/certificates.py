"""cert-manager's controller, as far as a rehearsal can play it: issuers become ready, certificates get a Secret.

Nothing is proven about DNS or the ACME challenge. What an ACME server and cert-manager refuse for its form alone is
refused here too. Plays only while a cert-manager pod runs.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from binder_deploy.rehearsal.controllers.api import Object
from binder_deploy.rehearsal.controllers.scene import Scene
from binder_deploy.rehearsal.controllers.signing import Authority

GROUP = "/apis/cert-manager.io/v1"
COMPONENT = "cert-manager-certificates-issuing"
LIFETIMES = {"shortlived": timedelta(hours=160), "tlsserver": timedelta(days=45)}
"""Profile → lifetime of what Let's Encrypt issues; 90 days otherwise."""

_authority = Authority()


def reconcile(scene: Scene) -> bool:
    """One round. Whether all of it went well."""
    if not any(_is_controller(pod) for pod in scene.world.all("pods")):
        return True
    issuers = [
        *({**body, "kind": "ClusterIssuer"} for body in scene.world.all("clusterissuers")),
        *({**body, "kind": "Issuer"} for body in scene.world.all("issuers")),
    ]
    certificates = [{**body, "kind": "Certificate"} for body in scene.world.all("certificates")]
    well = scene.each("certificates", issuers, lambda body: _ready_issuer(scene, body))
    return scene.each("certificates", certificates, lambda body: _issue(scene, body, issuers)) and well


def _ready_issuer(scene: Scene, issuer: Object) -> None:
    acme = issuer["spec"].get("acme")
    if acme and not str(acme.get("server", "")).startswith("https://"):
        _set_ready(scene, issuer, "False", "ErrRegisterACMEAccount", "the ACME server's URL must begin with https://")
    elif acme:
        account = {"uri": f"{acme['server']}/acct/rehearsal", "lastRegisteredEmail": acme.get("email", "")}
        message = "The ACME account was registered with the ACME server"
        _set_ready(scene, issuer, "True", "ACMEAccountRegistered", message, {"acme": account})
    else:
        _set_ready(scene, issuer, "True", "IsReady", "The issuer is ready")


def _issue(scene: Scene, certificate: Object, issuers: Sequence[Object]) -> None:
    if certificate["metadata"].get("deletionTimestamp"):
        return
    issuer = issuer_of(certificate, issuers)
    reason = refusal(certificate, issuer)
    if reason:
        _set_ready(scene, certificate, "False", "DoesNotExist" if issuer is None else "Failed", reason)
        return
    assert issuer is not None  # noqa: S101 - refusal() has spoken otherwise
    namespace, spec = certificate["metadata"]["namespace"], certificate["spec"]
    names, addresses = spec.get("dnsNames") or [], spec.get("ipAddresses") or []
    names = [*dict.fromkeys([*([spec["commonName"]] if spec.get("commonName") else []), *names])]
    wanted = ",".join([*names, *addresses])
    path = f"/api/v1/namespaces/{namespace}/secrets"
    present = scene.world.api.get(f"{path}/{spec['secretName']}")
    annotations = (present or {}).get("metadata", {}).get("annotations") or {}
    # As cert-manager does: another issuer means another certificate, and until there is one the old one serves.
    same = (annotations.get("cert-manager.io/alt-names"), annotations.get("cert-manager.io/issuer-name"))
    if same == (wanted, issuer["metadata"]["name"]) and _is_ready(certificate) and not _changed(certificate):
        return
    lifetime = LIFETIMES.get(str((issuer["spec"].get("acme") or {}).get("profile")), timedelta(days=90))
    begin = datetime.now(UTC).replace(microsecond=0)
    chain, key = _authority.issue(names, addresses, begin, lifetime)
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/tls",
        "metadata": {
            "name": spec["secretName"],
            "labels": {"controller.cert-manager.io/fao": "true"},
            "annotations": {
                "cert-manager.io/certificate-name": certificate["metadata"]["name"],
                "cert-manager.io/issuer-name": issuer["metadata"]["name"],
                "cert-manager.io/issuer-kind": issuer["kind"],
                "cert-manager.io/alt-names": wanted,
            },
        },
        "data": {"tls.crt": _encoded(chain), "tls.key": _encoded(key)},
    }
    if scene.world.api.create(path, secret) is None:
        scene.world.api.patch(f"{path}/{spec['secretName']}", secret)
    times = {
        "notBefore": _stamp(begin),
        "notAfter": _stamp(begin + lifetime),
        "renewalTime": _stamp(begin + lifetime * 2 / 3),
        "revision": int((certificate.get("status") or {}).get("revision") or 0) + 1,
    }
    _set_ready(scene, certificate, "True", "Ready", "Certificate is up to date and has not expired", times)
    scene.say(certificate, "Issuing", "The certificate has been successfully issued", COMPONENT)


def issuer_of(certificate: Object, issuers: Sequence[Object]) -> Object | None:
    """The issuer that a certificate names, if there is one."""
    reference = certificate["spec"]["issuerRef"]
    kind = reference.get("kind") or "Issuer"
    namespace = None if kind == "ClusterIssuer" else certificate["metadata"]["namespace"]
    for issuer in issuers:
        same_place = issuer["metadata"].get("namespace") == namespace
        if issuer["kind"] == kind and issuer["metadata"]["name"] == reference["name"] and same_place:
            return issuer
    return None


def refusal(certificate: Object, issuer: Object | None) -> str | None:
    """Why this certificate cannot be issued, or None."""
    spec = certificate["spec"]
    reference = spec["issuerRef"]
    if issuer is None:
        kind = reference.get("kind") or "Issuer"
        return f'Referenced "{kind}" not found: {kind.lower()}.cert-manager.io "{reference["name"]}" not found'
    if not _is_ready(issuer):
        return f'Referenced "{issuer["kind"]}" {reference["name"]} is not ready'
    acme = issuer["spec"].get("acme")
    if acme is None:
        return None
    if spec.get("ipAddresses") and acme.get("profile") != "shortlived":
        return "the ACME server issues for IP addresses under the profile shortlived only; set spec.acme.profile"
    solvers = acme.get("solvers") or ()
    if any(name.startswith("*.") for name in spec.get("dnsNames") or ()) and not any("dns01" in s for s in solvers):
        return "a wildcard name needs a dns01 solver"
    return None


def _set_ready(scene: Scene, body: Object, status: str, reason: str, message: str, more: Object | None = None) -> None:
    now: Object = next((c for c in (body.get("status") or {}).get("conditions") or () if c["type"] == "Ready"), {})
    if (now.get("status"), now.get("reason"), now.get("message")) == (status, reason, message) and not more:
        return
    if now.get("status") == status and more and body["kind"] != "Certificate":
        return
    metadata = body["metadata"]
    condition = {
        "type": "Ready",
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": _stamp(datetime.now(UTC)),
        "observedGeneration": metadata.get("generation", 1),
    }
    namespace = f"/namespaces/{metadata['namespace']}" if metadata.get("namespace") else ""
    path = f"{GROUP}{namespace}/{body['kind'].lower()}s/{metadata['name']}/status"
    scene.world.api.patch(path, {"status": {**(more or {}), "conditions": [condition]}})


def _is_ready(body: Object) -> bool:
    conditions = (body.get("status") or {}).get("conditions") or ()
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def _changed(body: Object) -> bool:
    """Since its conditions were written."""
    conditions = (body.get("status") or {}).get("conditions") or ()
    now = body["metadata"].get("generation", 1)
    return any(c["type"] == "Ready" and c.get("observedGeneration", now) != now for c in conditions)


def _is_controller(pod: Object) -> bool:
    """cert-manager's main pod; its webhook and injector carry the same label `instance`, but another name."""
    labels = pod["metadata"].get("labels") or {}
    running = (pod.get("status") or {}).get("phase") == "Running"
    return running and labels.get("app.kubernetes.io/name") == "cert-manager"


def _encoded(pem: bytes) -> str:
    return base64.b64encode(pem).decode()


def _stamp(when: datetime) -> str:
    return when.isoformat(timespec="seconds").replace("+00:00", "Z")
