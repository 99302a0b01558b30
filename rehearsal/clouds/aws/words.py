"""Amazon's refusals in Amazon's words, as its provider passes them on: what people will meet, and search for."""

from __future__ import annotations

from binder_deploy.rehearsal.clouds.cloud_file import Fault
from binder_deploy.rehearsal.clouds.kind import ApiError

STATUS = {"NoSuchEntity": 404, "ResourceNotFoundException": 404, "NoSuchHostedZone": 404, "EntityAlreadyExists": 409,
          "DeleteConflict": 409, "ResourceInUseException": 409, "UnauthorizedOperation": 403}  # fmt: skip
"""HTTP status of a code; 400 otherwise."""


def refused(operation: str, code: str, why: str) -> ApiError:
    """`operation`: service and call, `EC2 DeleteSubnet`."""
    service, _, call = operation.partition(" ")
    status = STATUS.get(code, 400)
    return ApiError(
        f"operation error {service}: {call}, https response error StatusCode: {status}, api error {code}: {why}"
    )


def exists(id: str) -> ApiError:
    return ApiError(f"api error EntityAlreadyExists: {id} already exists")


def not_found(id: str) -> ApiError:
    return ApiError(f"api error ResourceNotFoundException: {id} does not exist")


def timed_out(what: str, state: str, why: str) -> ApiError:
    """The provider waited in vain for what the cloud accepted."""
    return ApiError(
        f"waiting for {what}: timeout while waiting for state to become 'ACTIVE' (last state: '{state}'): {why}"
    )


def fault(played: Fault, type: str, id: str) -> ApiError:
    """What the cloud would say to a fault that a rehearsal asked for."""
    service = type.partition("/")[0]
    said = {
        "quota": "api error VcpuLimitExceeded: You have requested more vCPU capacity than your current vCPU limit of "
        "16 allows for the instance bucket that the specified instance type belongs to.",
        "403": f"api error UnauthorizedOperation: You are not authorized to perform this operation on {id}.",
        "429": f"api error ThrottlingException: Rate exceeded ({service})",
        "500": "api error InternalFailure: An internal error has occurred",
        "timeout": "timeout while waiting for state to become 'ACTIVE' (last state: 'CREATING', timeout: 30m0s)",
        "created-but-not-reported": "the connection was closed before the answer came: read: connection reset by peer",
    }
    return ApiError(played.message or said[played.kind])
