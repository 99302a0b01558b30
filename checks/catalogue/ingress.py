"""From the address to a pod."""

from __future__ import annotations

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.model import Check, Phase
from binder_deploy.checks.rules import ingress

CHECKS: tuple[Check, ...] = (
    Check(
        "BD-ING-001",
        "Every Ingress names a class that is served",
        Phase.INGRESS,
        (f.SETTINGS, f.INGRESSES, f.INGRESS_CLASSES),
        ingress.class_exists,
    ),
    Check(
        "BD-ING-002",
        "Every Ingress leads to a pod",
        Phase.INGRESS,
        (f.INGRESSES, f.SERVICES, f.WORKLOADS),
        ingress.backends_exist,
    ),
    Check(
        "BD-ING-003",
        "The entry point names the reserved address",
        Phase.INGRESS,
        (f.SETTINGS, f.SERVICES),
        ingress.entrypoint_names_the_address,
    ),
    Check(
        "BD-ING-004",
        "The entry point has the reserved address",
        Phase.INGRESS,
        (f.SETTINGS, f.ADDRESS, f.SERVICE_ADDRESSES),
        ingress.entrypoint_has_the_address,
    ),
)
