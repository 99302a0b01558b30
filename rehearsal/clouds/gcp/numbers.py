"""Google's numbers and addresses."""

from __future__ import annotations

from binder_deploy.rehearsal.clouds.cloud_file import Cloud
from binder_deploy.rehearsal.clouds.kind import ApiError
from binder_deploy.rehearsal.clouds.numbers import free_address
from binder_deploy.rehearsal.clouds.numbers import now as now
from binder_deploy.rehearsal.clouds.numbers import number as number


def project_number(project: str) -> str:
    """A project's number: twelve digits."""
    return number(f"project {project}", 12)


def public_address(cloud: Cloud) -> str:
    """An address that nobody has. Raises `ApiError` when all are taken."""
    taken = {r.outputs.get("address") for r in cloud.of_type("compute/address")}
    taken |= {r.outputs.get("ipAddress") for r in cloud.of_type("compute/forwardingRule")}
    address = free_address(taken)
    if address is None:
        raise ApiError("googleapi: Error 403: Quota 'STATIC_ADDRESSES' exceeded. Limit: 245.0, quotaExceeded")
    return address
