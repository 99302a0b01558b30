from __future__ import annotations

import pytest
import yaml

from binder_deploy.components.eks.kubeconfig import kubeconfig as eks_kubeconfig
from binder_deploy.components.gke.kubeconfig import kubeconfig


def cluster(endpoint: str) -> dict[str, str]:
    (found,) = yaml.safe_load(kubeconfig("campus", endpoint, "Q0E="))["clusters"]
    return found["cluster"]


@pytest.mark.parametrize("endpoint", ["198.51.100.4", "127.0.0.1:41234"])
def test_an_address_is_verified_by_the_clusters_own_authority(endpoint):
    assert cluster(endpoint) == {"server": f"https://{endpoint}", "certificate-authority-data": "Q0E="}


@pytest.mark.parametrize("endpoint", ["gke-abc-1.europe-west1.gke.goog", "gke-abc-1.europe-west1.gke.goog:443"])
def test_a_name_is_verified_by_public_authorities(endpoint):
    assert cluster(endpoint) == {"server": f"https://{endpoint}"}


def test_it_proves_who_one_is_by_googles_helper_and_holds_no_secret():
    config = yaml.safe_load(kubeconfig("campus", "198.51.100.4", "Q0E="))
    assert config["current-context"] == "campus"
    (context,) = config["contexts"]
    assert context == {"name": "campus", "context": {"cluster": "campus", "user": "campus"}}
    (user,) = config["users"]
    assert set(user["user"]) == {"exec"}
    assert user["user"]["exec"]["command"] == "gke-gcloud-auth-plugin"
    # As whoever the engine works for; without it as whoever gcloud is logged in.
    assert user["user"]["exec"]["args"] == ["--use_application_default_credentials"]
    assert user["user"]["exec"]["apiVersion"] == "client.authentication.k8s.io/v1beta1"
    assert user["user"]["exec"]["provideClusterInfo"] is True
    assert user["user"]["exec"]["interactiveMode"] == "Never"


def test_on_eks_it_is_the_aws_command_line_that_proves_it():
    config = yaml.safe_load(eks_kubeconfig("campus", "https://ABC.eks.amazonaws.com", "Q0E=", "eu-central-1"))
    assert config["current-context"] == "campus"
    (found,) = config["clusters"]
    assert found["cluster"] == {"server": "https://ABC.eks.amazonaws.com", "certificate-authority-data": "Q0E="}
    (user,) = config["users"]
    assert set(user["user"]) == {"exec"}
    run = user["user"]["exec"]
    assert run["command"] == "aws"
    assert " ".join(run["args"]) == "--region eu-central-1 eks get-token --cluster-name campus --output json"
    assert "env" not in run
