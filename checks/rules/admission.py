"""The API server takes what a Binder is made of."""

from __future__ import annotations

import re

from binder_deploy.checks.facts import admission as a
from binder_deploy.checks.facts.admission import Admission
from binder_deploy.checks.facts.deployment import SETTINGS
from binder_deploy.checks.model import Facts, Failed, Passed, Skipped, Verdict
from binder_deploy.checks.objects import binder
from binder_deploy.settings.names import CERT_MANAGER_NAMESPACE
from binder_deploy.settings.tls import OwnCertificate

_WEBHOOK = re.compile(r'failed calling webhook "([^"]+)"')
_CALLED = re.compile(r"https?://([^/:\s]+)")


def builders_are_admitted(facts: Facts) -> Verdict:
    """Privileged pods with folders of the node, which both builders are, may run in the Binder's namespace."""
    found = facts[a.PRIVILEGED_POD]
    if found.admitted:
        return Passed()
    return Failed(
        f"privileged pods are refused in the namespace {binder(facts)}, and builders are privileged: no image can "
        "be built",
        _privileged_remedy(found.said, binder(facts)),
        found.said,
    )


def ingresses_are_admitted(facts: Facts) -> Verdict:
    """Nothing that judges ingresses is broken or refuses ours."""
    found = facts[a.INGRESS]
    return Passed() if found.admitted else _refused(found, "an Ingress", "ingresses")


def certificates_are_admitted(facts: Facts) -> Verdict:
    """cert-manager is there, and its webhook answers."""
    settings = facts.get(SETTINGS)
    if settings and isinstance(settings.tls, OwnCertificate):
        return Skipped("not applicable", "tls.kind is certificate: nobody issues one")
    found = facts[a.CERTIFICATE]
    if found.admitted:
        return Passed()
    if found.said.startswith("404"):
        return Failed(
            "the cluster knows no certificates (cert-manager.io/v1): cert-manager is not installed",
            "run `binder-deploy up`, which installs it",
            found.said,
        )
    return _refused(found, "a Certificate", "certificates")


def _refused(found: Admission, what: str, many: str) -> Failed:
    webhook = _WEBHOOK.search(found.said)
    if not webhook:
        return Failed(
            f"the API server refuses {what}: {found.said}",
            "change what refuses it: the policy or the webhook that the message names "
            "(`kubectl get validatingwebhookconfigurations,validatingadmissionpolicies`)",
        )
    called = _CALLED.search(found.said[webhook.end() :])
    return Failed(
        f"the webhook {webhook[1]} does not answer{f' at {called[1]}' if called else ''}, so no {many} can be made or "
        "changed",
        "wait a minute if it was just installed; else see whether its pods run "
        f"(`kubectl -n {CERT_MANAGER_NAMESPACE} get pods`, or the namespace that the address names), whether the "
        "control plane may reach them (private clusters need a firewall rule for the webhook's port), and remove "
        "the configuration of a controller that is gone (`kubectl delete validatingwebhookconfiguration NAME`)",
        found.said,
    )


def _privileged_remedy(said: str, where: str) -> str:
    if "PodSecurity" in said:
        return (
            f"kubectl label namespace {where} pod-security.kubernetes.io/enforce=privileged --overwrite; if "
            "it is set again by somebody else, ask whoever keeps the cluster's policies for an exception"
        )
    if "warden" in said.lower() or "autopilot" in said.lower():
        return "GKE Autopilot admits no privileged pods: use a Standard cluster, as `platform.kind: gke` makes it"
    if "security context constraint" in said:
        return f"oc adm policy add-scc-to-group privileged system:serviceaccounts:{where}"
    return f"ask whoever keeps the cluster's policies for an exception for the namespace {where}"
