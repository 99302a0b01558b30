"""Certificates."""

from __future__ import annotations

from collections import Counter

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts.deployment import Object, Objects
from binder_deploy.checks.model import Facts, Failed, Passed, Skipped, Verdict
from binder_deploy.checks.objects import condition, listing, name, namespace, ours, path, spec
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import CERTIFICATE, certificate_namespace
from binder_deploy.settings.names import issuer as issuer_name
from binder_deploy.settings.tls import OwnCertificate

_AGAIN = "run `binder-deploy up` again"
_OWN = Skipped("not applicable", "tls.kind is certificate: nobody issues one")


def issuer_ready(facts: Facts) -> Verdict:
    """Let's Encrypt accepted our account; a certificate that signs itself needs an issuer, too."""
    if isinstance(facts[f.SETTINGS].tls, OwnCertificate):
        return _OWN
    wanted = issuer_name(facts[f.SETTINGS])
    issuer = next((i for i in facts[f.ISSUERS] if name(i) == wanted), None)
    if issuer is None:
        return Failed(f"ClusterIssuer {wanted} does not exist: no certificate can be asked for", _AGAIN)
    ready = condition(issuer, "Ready")
    if ready.get("status") != "True":
        return Failed(
            f"ClusterIssuer {wanted} is not ready: {ready.get('reason', 'it says nothing yet')}",
            f"kubectl describe clusterissuer {wanted}; correct tls.email if Let's Encrypt refuses it",
            ready.get("message", ""),
        )
    return Passed()


def certificate_ready(facts: Facts) -> Verdict:
    """The certificate was issued."""
    if isinstance(facts[f.SETTINGS].tls, OwnCertificate):
        return _OWN
    certificate = _certificate(facts[f.CERTIFICATE_STATES], facts[f.SETTINGS])
    if certificate is None:
        return _no_certificate(facts[f.SETTINGS])
    ready = condition(certificate, "Ready")
    meant = certificate["metadata"].get("generation", 0)
    if ready.get("status") == "True" and ready.get("observedGeneration", meant) < meant:
        # After a change (of the issuer, of the names) what it says is about the certificate before, for a moment.
        return Failed(
            f"Certificate {path(certificate)} was changed, and cert-manager has not looked at it since",
            "wait a moment; `kubectl -n cert-manager get pods` shows whether cert-manager runs",
        )
    if ready.get("status") != "True":
        return Failed(
            f"Certificate {path(certificate)} is not ready: {ready.get('reason', 'it says nothing yet')}",
            f"kubectl -n {namespace(certificate)} describe challenges shows what Let's Encrypt saw; both names must "
            "point to the reserved address, and port 80 must be open",
            ready.get("message", ""),
        )
    return Passed()


def certificate_covers_hosts(facts: Facts) -> Verdict:
    """One certificate covers every host that is served with TLS, and no two certificates write one secret."""
    settings = facts[f.SETTINGS]
    if isinstance(settings.tls, OwnCertificate):
        return _OWN
    certificates = list(ours(facts, f.CERTIFICATES))
    shared = [s for s, n in Counter((namespace(c), spec(c).get("secretName")) for c in certificates).items() if n > 1]
    if shared:
        return Failed(
            f"several Certificates write the same Secret: {listing(f'{ns}/{secret}' for ns, secret in shared)}; "
            "the hosts take turns in having the wrong one",
            f"remove the Certificate that charts.*.values adds, then {_AGAIN}",
        )
    certificate = _certificate(facts[f.CERTIFICATES], settings)
    if certificate is None:
        return _no_certificate(settings)
    address = settings.address
    if not address.hosts:
        held = spec(certificate).get("ipAddresses") or ()
        return (
            Passed(listing(held)) if held else Failed(f"Certificate {path(certificate)} holds for no address", _AGAIN)
        )
    covered = set(spec(certificate).get("dnsNames") or ())
    uncovered = set(settings.hosts) - covered
    if uncovered:
        return Failed(f"Certificate {path(certificate)} does not cover {listing(uncovered)}", _AGAIN)
    secret = spec(certificate).get("secretName")
    wrong = [
        f"{path(ingress)} serves {host} with {part.get('secretName') or 'no secret'}"
        for ingress in ours(facts, f.INGRESSES)
        for part in spec(ingress).get("tls") or ()
        for host in part.get("hosts") or ()
        if part.get("secretName") != secret or host not in covered
    ]
    plain = set(settings.hosts) - {
        host
        for ingress in ours(facts, f.INGRESSES)
        for part in spec(ingress).get("tls") or ()
        for host in part.get("hosts") or ()
    }
    if wrong or plain:
        told = [*wrong, *(f"no Ingress serves {host} with TLS" for host in plain)]
        return Failed(
            f"{listing(told)}; browsers will warn",
            f"remove ingress keys from charts.*.values (the certificate's secret is {secret}), then {_AGAIN}",
        )
    return Passed(listing(covered))


def _certificate(certificates: Objects, settings: Settings) -> Object | None:
    place = certificate_namespace(settings)
    return next((c for c in certificates if (namespace(c), name(c)) == (place, CERTIFICATE)), None)


def _no_certificate(settings: Settings) -> Failed:
    place = certificate_namespace(settings)
    return Failed(f"Certificate {place}/{CERTIFICATE} does not exist: there is no HTTPS", _AGAIN)
