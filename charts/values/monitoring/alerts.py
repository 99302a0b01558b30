"""What people are told about: alerts, each with what it means and the command that comes next.

Of builds and launches the histograms are counted, not BinderHub's counters by repository: a counter that appears with
its first failure has not grown yet, as Prometheus sees it. Names of measurements: `tests/charts/measurements.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from binder_deploy.settings.choices import brings_cert_manager, door
from binder_deploy.settings.model import Settings
from binder_deploy.settings.names import BINDER_NAMESPACE, CERTIFICATE
from binder_deploy.settings.tls import LetsEncrypt

Part = Literal["binder", "hub", "ingress", "tls", "cluster", "monitoring"]
PAGE = "docs/howto/monitoring.md"
"""Has a section for each alert, by its name."""


@dataclass(frozen=True)
class Alert:
    """One of them."""

    name: str
    part: Part
    """What is out of order; while a critical alert of a part lasts, nothing else is said about the part."""
    expression: str
    lasts: str
    """For how long it must be so."""
    summary: str
    means: str
    next: str
    """A command."""
    critical: bool = False

    @property
    def rule(self) -> dict[str, Any]:
        """As Prometheus reads it."""
        return {
            "alert": self.name,
            "expr": self.expression,
            "for": self.lasts,
            "labels": {"severity": "critical" if self.critical else "warning", "part": self.part},
            "annotations": {
                "summary": self.summary,
                "description": self.means,
                "next": self.next,
                "page": f"{PAGE}#{self.name.lower()}",
            },
        }


def alerts(settings: Settings) -> dict[str, Any]:
    """A file of alerting rules."""
    return {"groups": [{"name": "binder-deploy", "rules": [alert.rule for alert in every(settings)]}]}


def every(settings: Settings) -> tuple[Alert, ...]:
    """All alerts of a deployment with these settings."""
    return (*_service(settings), *_launches(settings), *_builds(settings), *_pods(), *_certificate(settings))


def _service(settings: Settings) -> Iterator[Alert]:
    yield Alert(
        "BinderDown", "binder", 'absent(up{job="binder"} == 1)', "5m",
        "BinderHub does not answer",
        "No repository can be built or launched; servers that run go on.",
        "binder-deploy logs binder", critical=True,
    )  # fmt: skip
    yield Alert(
        "HubDown", "hub", 'absent(up{job="hub"} == 1)', "5m",
        "JupyterHub does not answer",
        "Nothing can be launched or ended; whoever is in a server stays there as long as the proxy runs.",
        "binder-deploy logs hub", critical=True,
    )  # fmt: skip
    if door(settings) != "theirs":
        yield Alert(
            "TraefikDown", "ingress", 'absent(up{job="traefik"} == 1)', "5m",
            "No Traefik answers",
            "Nobody reaches the service from outside.",
            "binder-deploy logs traefik", critical=True,
        )  # fmt: skip
        yield Alert(
            "ManyServerErrors", "ingress",
            'sum(rate(traefik_entrypoint_requests_total{entrypoint="websecure",code=~"5.."}[10m]))'
            ' / sum(rate(traefik_entrypoint_requests_total{entrypoint="websecure"}[10m])) > 0.1', "15m",
            "One request in ten ends with a server error",
            "Something behind Traefik is down or refuses, or a server that people still ask is gone.",
            "binder-deploy check --phase ingress",
        )  # fmt: skip
    yield Alert(
        "MeasurementsMissing", "monitoring", 'absent(up{job="kube-state-metrics"} == 1)', "15m",
        "Nobody tells about pods",
        "Alerts about pods and images cannot be raised until kube-state-metrics answers.",
        "binder-deploy logs monitoring",
    )  # fmt: skip


def _launches(settings: Settings) -> Iterator[Alert]:
    failed = 'sum(increase(binderhub_launch_time_seconds_count{status="failure"}[30m]))'
    ended = 'sum(increase(binderhub_launch_time_seconds_count{status=~"success|failure"}[30m]))'
    yield Alert(
        "LaunchesFail", "binder", f"{failed} / {ended} > 0.2 and {failed} >= 3", "10m",
        "More than a fifth of all launches fail",
        "Images are there, but servers do not come up: no room, an image that cannot be pulled, or a hub in trouble.",
        "binder-deploy check --phase hub",
    )  # fmt: skip
    yield Alert(
        "LaunchesSlow", "binder",
        'histogram_quantile(0.9, sum by (le) (rate(binderhub_launch_time_seconds_bucket{status="success"}[30m])))'
        " > 300", "30m",
        "One launch in ten takes more than five minutes",
        "People wait for nodes, or for large images to be pulled.",
        "binder-deploy check --only BD-POD-005",
    )  # fmt: skip
    if settings.binder.max_servers:
        yield Alert(
            "ServersNearLimit", "hub",
            f"sum(jupyterhub_running_servers) >= {settings.binder.max_servers * 9 // 10 or 1}", "10m",
            f"Nine tenths of {settings.binder.max_servers} servers run",
            "At binder.max_servers nobody can launch until somebody leaves.",
            "binder-deploy status",
        )  # fmt: skip


def _builds(settings: Settings) -> Iterator[Alert]:
    failed = 'sum(increase(binderhub_build_time_seconds_count{status="failure"}[1h]))'
    built = 'sum(increase(binderhub_build_time_seconds_count{status="success"}[1h]))'
    yield Alert(
        "BuildsFail", "binder", f"{failed} >= 3 unless {built} > 0", "10m",
        "Every build of the last hour failed",
        "Single failures are the repositories' own; all of them are the builder's, or the registry refuses the images.",
        "binder-deploy check --only BD-REG-005",
    )  # fmt: skip
    half = settings.binder.builds.max_age_minutes * 30
    yield Alert(
        "BuildsSlow", "binder",
        'histogram_quantile(0.9, sum by (le) (rate(binderhub_build_time_seconds_bucket{status="success"}[2h])))'
        f" > {half}", "30m",
        f"One build in ten takes more than {half // 60} minutes",
        "At binder.builds.max_age_minutes a build is ended. More or larger build nodes help, and slimmer repositories.",
        "binder-deploy logs builder",
    )  # fmt: skip
    yield Alert(
        "GitHubNearLimit", "binder", "min(binderhub_github_rate_limit_remaining) < 50", "5m",
        "GitHub answers few more questions this hour",
        "At none, repositories at GitHub cannot be looked up. binder.github_token raises 60 an hour to 5,000.",
        "binder-deploy check --phase settings",
    )  # fmt: skip


def _pods() -> Iterator[Alert]:
    # Placeholders wait, by design, for room that nobody else wants.
    pending = f'kube_pod_status_phase{{namespace="{BINDER_NAMESPACE}",phase="Pending",pod!~"user-placeholder-.*"}}'
    yield Alert(
        "PodsPending", "cluster", f"{pending} == 1", "15m",
        "Pod {{ $labels.pod }} waits for a quarter of an hour",
        "No node has room and none comes, or something that it refers to is missing.",
        "binder-deploy check --phase cluster",
    )  # fmt: skip
    yield Alert(
        "ImagesCannotBePulled", "cluster",
        'max by (namespace, pod, reason) (kube_pod_container_status_waiting_reason{reason=~"ErrImagePull|'
        'ImagePullBackOff|InvalidImageName|RegistryUnavailable"}) == 1', "5m",
        "The image of {{ $labels.namespace }}/{{ $labels.pod }} cannot be pulled ({{ $labels.reason }})",
        "The registry is away, refuses the login, has taken the image away, or limits how much is pulled.",
        "binder-deploy check --only BD-POD-007",
    )  # fmt: skip
    yield Alert(
        "PodsCrash", "cluster",
        "max by (namespace, pod) (kube_pod_container_status_waiting_reason"
        '{reason="CrashLoopBackOff",pod!~"jupyter-.*|build-.*"}) == 1', "10m",
        "{{ $labels.namespace }}/{{ $labels.pod }} starts again and again",
        "A part of the service ends right after its start, with the reason in its log.",
        "binder-deploy logs",
    )  # fmt: skip


def _certificate(settings: Settings) -> Iterator[Alert]:
    left, words = _too_short(settings)
    meaning = "Browsers refuse a certificate that has run out."
    if brings_cert_manager(settings):
        yield Alert(
            "CertificateExpires", "tls",
            f'certmanager_certificate_expiration_timestamp_seconds{{name="{CERTIFICATE}"}} - time() < {left}', "1h",
            f"The certificate ends within {words}, and was not renewed",
            f"{meaning} It should have been renewed by itself before: the challenge fails, or a limit is reached.",
            "binder-deploy check --phase tls", critical=True,
        )  # fmt: skip
        yield Alert(
            "CertificateNotReady", "tls",
            f'certmanager_certificate_ready_status{{name="{CERTIFICATE}",condition="True"}} == 0', "1h",
            "The certificate is not issued",
            "cert-manager asks, and is refused or not answered.",
            "binder-deploy logs cert-manager",
        )  # fmt: skip
    elif door(settings) != "theirs":
        yield Alert(
            "CertificateExpires", "tls",
            f'min(traefik_tls_certs_not_after{{cn!="TRAEFIK DEFAULT CERT"}}) - time() < {left}', "1h",
            f"The certificate ends within {words}",
            f"{meaning} Get a new one, write it where tls.certificate and tls.key say, and run the command.",
            "binder-deploy up", critical=True,
        )  # fmt: skip


def _too_short(settings: Settings) -> tuple[int, str]:
    """Seconds that a certificate should always have left, and in words. A third of its life is left when it is due for
    renewal: of 160 hours, or of 45 days at the least. One of the institution's own takes people."""
    if not brings_cert_manager(settings):
        return 21 * 86400, "three weeks"
    if isinstance(settings.tls, LetsEncrypt) and not settings.address.hosts:
        return 36 * 3600, "36 hours"
    return 10 * 86400, "ten days"
