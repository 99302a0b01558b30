"""What the API server admits, and where Helm stands in it."""

from __future__ import annotations

from binder_deploy.checks.facts import admission as a
from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts import releases as r
from binder_deploy.checks.model import Check, Phase
from binder_deploy.checks.rules import admission, releases

CHECKS: tuple[Check, ...] = (
    Check(
        "BD-CLU-010",
        "Builders may run privileged",
        Phase.CLUSTER,
        (a.PRIVILEGED_POD,),
        admission.builders_are_admitted,
    ),
    Check(
        "BD-CLU-011",
        "Ingresses are admitted",
        Phase.INGRESS,
        (a.INGRESS,),
        admission.ingresses_are_admitted,
    ),
    Check(
        "BD-CLU-012",
        "Certificates are admitted",
        Phase.TLS,
        (a.CERTIFICATE,),
        admission.certificates_are_admitted,
    ),
    Check(
        "BD-CLU-013",
        "No Helm release is stuck",
        Phase.CLUSTER,
        (r.RELEASES,),
        releases.no_release_is_stuck,
    ),
    Check(
        "BD-CLU-014",
        "The cluster serves everything that the releases hold",
        Phase.CLUSTER,
        (r.MANIFESTS, r.SERVED),
        releases.manifests_are_served,
    ),
    Check(
        "BD-CLU-015",
        "The releases are ready for the next version of Kubernetes",
        Phase.CLUSTER,
        (r.MANIFESTS, f.KUBE_VERSION),
        releases.manifests_survive_the_next_version,
        blocks=False,
    ),
)
