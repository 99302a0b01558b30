"""Type tokens are part of every URN: changing one deletes what is deployed and makes it anew."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil

import pulumi

import binder_deploy.components.cluster
import binder_deploy.components.eks
import binder_deploy.components.gke

FROZEN = {
    "binder-deploy:cluster:Certificates",
    "binder-deploy:cluster:EntryPoint",
    "binder-deploy:cluster:ImageStore",
    "binder-deploy:cluster:MonitoringGround",
    "binder-deploy:cluster:Namespaces",
    "binder-deploy:cluster:OwnCertificate",
    "binder-deploy:cluster:Release",
    "binder-deploy:cluster:Storage",
    "binder-deploy:eks:Accelerators",
    "binder-deploy:eks:Addons",
    "binder-deploy:eks:Address",
    "binder-deploy:eks:Admins",
    "binder-deploy:eks:Budget",
    "binder-deploy:eks:Calico",
    "binder-deploy:eks:Cluster",
    "binder-deploy:eks:DnsRecords",
    "binder-deploy:eks:Network",
    "binder-deploy:eks:PodIdentity",
    "binder-deploy:eks:Pools",
    "binder-deploy:eks:Registry",
    "binder-deploy:eks:Role",
    "binder-deploy:eks:SubnetMarks",
    "binder-deploy:gke:Address",
    "binder-deploy:gke:Budget",
    "binder-deploy:gke:Cluster",
    "binder-deploy:gke:DnsRecords",
    "binder-deploy:gke:Network",
    "binder-deploy:gke:NodeAccount",
    "binder-deploy:gke:Pools",
    "binder-deploy:gke:PushKey",
    "binder-deploy:gke:PushPrincipal",
    "binder-deploy:gke:Registry",
    "binder-deploy:gke:Services",
}
"""Never remove or change one without an alias and a test against an old state."""


def components():
    for package in (binder_deploy.components.eks, binder_deploy.components.gke, binder_deploy.components.cluster):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            loaded = importlib.import_module(module.name)
            for _, found in inspect.getmembers(loaded, inspect.isclass):
                if issubclass(found, pulumi.ComponentResource) and found.__module__ == module.name:
                    yield found


def token(component) -> str:
    tree = ast.parse(inspect.getsource(inspect.getmodule(component)))
    body = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == component.__name__)
    texts = [n.value for n in ast.walk(body) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    (found,) = [text for text in texts if text.startswith("binder-deploy:")]
    return found


def test_tokens_are_frozen():
    assert {token(c) for c in components()} == FROZEN


def test_a_token_names_its_package_and_its_class():
    for component in components():
        package = component.__module__.split(".")[-2]
        assert token(component) == f"binder-deploy:{package}:{component.__name__}"


def test_constructors_are_alike():
    for component in components():
        assert list(inspect.signature(component.__init__).parameters) == ["self", "name", "args", "opts"]
