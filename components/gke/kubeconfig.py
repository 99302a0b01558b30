"""How kubectl, the engine and the checks reach a GKE cluster: by Google's helper program, without a secret."""

from __future__ import annotations

from ipaddress import ip_address


def kubeconfig(name: str, endpoint: str, ca: str) -> str:
    """YAML of a kubeconfig with one cluster, `name`.

    `endpoint` is a host with or without a port; `ca` the cluster's own authority (PEM in base64). At an IP
    address the control plane shows a certificate of that authority. At its DNS name it shows a publicly
    trusted one, which the cluster's authority would fail to verify, so it is left out there.

    The helper is told to use the credentials that the engine and the checks use; by itself it would ask gcloud, whose
    account may be another one, or none.
    """
    authority = f"    certificate-authority-data: {ca}\n" if _is_address(endpoint) else ""
    return f"""\
apiVersion: v1
kind: Config
clusters:
- name: {name}
  cluster:
    server: https://{endpoint}
{authority}contexts:
- name: {name}
  context:
    cluster: {name}
    user: {name}
current-context: {name}
users:
- name: {name}
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      command: gke-gcloud-auth-plugin
      args: [--use_application_default_credentials]
      installHint: "Install it with: gcloud components install gke-gcloud-auth-plugin"
      interactiveMode: Never
      provideClusterInfo: true
"""


def _is_address(endpoint: str) -> bool:
    host, _, _ = endpoint.partition(":")
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
