from __future__ import annotations

import pytest
import yaml

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
    assert user["user"]["exec"]["apiVersion"] == "client.authentication.k8s.io/v1beta1"
    assert user["user"]["exec"]["provideClusterInfo"] is True
    assert user["user"]["exec"]["interactiveMode"] == "Never"
