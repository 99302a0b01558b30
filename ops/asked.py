"""What it means when the API server gives no answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kubernetes.client.exceptions import ApiException
from kubernetes.config import ConfigException
from urllib3.exceptions import HTTPError

from binder_deploy.ops.release_storage import ClusterSilent


@contextmanager
def asked() -> Iterator[None]:
    """Around questions to a cluster. Raises `ClusterSilent`, in words for whoever asked."""
    try:
        yield
    except ApiException as error:
        remedy = "; log in to it again, or ask for the right to read it" if error.status in (401, 403) else ""
        raise ClusterSilent(f"the cluster refuses to answer ({error.status} {error.reason}){remedy}") from None
    except (HTTPError, ConfigException, OSError) as error:
        raise ClusterSilent(
            f"the cluster does not answer ({type(error).__name__}); see that it runs and that this machine may reach "
            "it: `binder-deploy kubeconfig`, then `kubectl get nodes`"
        ) from None
