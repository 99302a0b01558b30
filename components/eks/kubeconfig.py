"""How kubectl, the engine and the checks reach an EKS cluster: by the AWS command line, without a secret."""

from __future__ import annotations


def kubeconfig(name: str, endpoint: str, ca: str, region: str) -> str:
    """YAML of a kubeconfig with one cluster, `name`.

    `endpoint` is the URL that EKS reports; `ca` the cluster's own authority (PEM in base64). Whose rights are used is
    left to the environment (`AWS_PROFILE` and the like), as it is for everything else that talks to AWS.
    """
    return f"""\
apiVersion: v1
kind: Config
clusters:
- name: {name}
  cluster:
    server: {endpoint}
    certificate-authority-data: {ca}
contexts:
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
      command: aws
      args: [--region, {region}, eks, get-token, --cluster-name, {name}, --output, json]
      installHint: "Install the AWS command line: https://docs.aws.amazon.com/cli/latest/userguide/"
      interactiveMode: IfAvailable
"""
