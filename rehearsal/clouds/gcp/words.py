"""Google's refusals in Google's words, as its provider passes them on: what people will meet, and search for."""

from __future__ import annotations

from binder_deploy.rehearsal.clouds.cloud_file import Fault
from binder_deploy.rehearsal.clouds.kind import ApiError


def not_found(id: str) -> ApiError:
    return ApiError(f"googleapi: Error 404: The resource '{id}' was not found, notFound")


def exists(id: str) -> ApiError:
    return ApiError(f"googleapi: Error 409: The resource '{id}' already exists, alreadyExists")


def invalid(field: str, value: object, why: str) -> ApiError:
    return ApiError(f"googleapi: Error 400: Invalid value for field '{field}': '{value}'. {why}, invalid")


def bad_request(why: str) -> ApiError:
    return ApiError(f"googleapi: Error 400: {why}, badRequest")


def in_use(what: str, id: str, by: str) -> ApiError:
    return ApiError(
        f"googleapi: Error 400: The {what} resource '{id}' is already being used by '{by}', "
        "resourceInUseByAnotherResource"
    )


def api_disabled(title: str, api: str, project: str) -> ApiError:
    return ApiError(
        f"googleapi: Error 403: {title} has not been used in project {project} before or it is disabled. Enable it "
        f"by visiting https://console.developers.google.com/apis/api/{api}/overview?project={project} then retry. "
        "If you enabled this API recently, wait a few minutes for the action to propagate to our systems and "
        "retry., accessNotConfigured"
    )


def fault(played: Fault, type: str, id: str) -> ApiError:
    """What the cloud would say to a fault that a rehearsal asked for."""
    service = type.partition("/")[0]
    said = {
        "quota": "googleapi: Error 403: Quota 'CPUS' exceeded. Limit: 8.0 in this region., quotaExceeded",
        "403": f"googleapi: Error 403: Required permission for '{id}' is missing, forbidden",
        "429": f"googleapi: Error 429: Quota exceeded for quota metric 'Queries' and limit 'Queries per minute' of "
        f"service '{service}.googleapis.com', rateLimitExceeded",
        "500": "googleapi: Error 500: Internal error. Please try again or contact Google Support., backendError",
        "timeout": "timeout while waiting for state to become 'DONE' (last state: 'RUNNING', timeout: 20m0s)",
        "created-but-not-reported": "the connection was closed before the answer came: read: connection reset by peer",
    }
    return ApiError(played.message or said[played.kind])
