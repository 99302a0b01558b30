"""What the whole program registers, with outputs known (`up`) and unknown (`preview`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from pulumi import _types

pytestmark = pytest.mark.system

EXPECTED = {
    "gcp:artifactregistry/repository:Repository": 1,
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": 2,
    "gcp:compute/address:Address": 1,
    "gcp:compute/network:Network": 1,
    "gcp:compute/router:Router": 1,
    "gcp:compute/routerNat:RouterNat": 1,
    "gcp:compute/subnetwork:Subnetwork": 1,
    "gcp:container/cluster:Cluster": 1,
    "gcp:container/nodePool:NodePool": 3,
    "gcp:projects/iAMMember:IAMMember": 1,
    "gcp:projects/service:Service": 9,
    "gcp:serviceaccount/account:Account": 1,
    "kubernetes:cert-manager.io/v1:Certificate": 1,
    "kubernetes:cert-manager.io/v1:ClusterIssuer": 1,
    "kubernetes:core/v1:Namespace": 3,
    "kubernetes:core/v1:Service": 1,
    "kubernetes:helm.sh/v3:Release": 3,
    "kubernetes:storage.k8s.io/v1:StorageClass": 1,
    "pulumi:providers:gcp": 1,
    "pulumi:providers:kubernetes": 1,
}
LABELS = {"owner": "research-it", "binder-deploy": "campus"}
MARK = "binder-deploy=campus"


def cloud(run):
    return [r for r in run.resources if r.type.startswith("gcp:")]


def inside(run):
    return [r for r in run.resources if r.type.startswith("kubernetes:")]


def is_component(resource) -> bool:
    return resource.type.startswith("binder-deploy:")


def test_every_resource_is_one_that_we_know_of(deploy, preview):
    run = deploy(preview)
    found: dict[str, int] = {}
    for resource in run.resources:
        if resource.custom:
            found[resource.type] = found.get(resource.type, 0) + 1
    assert found == EXPECTED


def test_every_custom_resource_is_the_child_of_a_component(deploy, preview):
    run = deploy(preview)
    for resource in (*cloud(run), *inside(run)):
        assert is_component(run.by_urn(resource.parent)), resource.urn
        assert resource.name.startswith(f"{run.by_urn(resource.parent).name}-")


def test_logical_names_are_unique_and_do_not_depend_on_the_deployment(deploy):
    names = [(r.type, r.name) for r in deploy().resources]
    assert len(set(names)) == len(names)
    assert names == [(r.type, r.name) for r in deploy(tags={"team": "x"}).resources] or set(names) == {
        (r.type, r.name) for r in deploy(tags={"team": "x"}).resources
    }
    assert not any("campus" in name for _, name in names)


def test_nothing_is_protected_by_the_engine(deploy, preview):
    assert not any(r.protect for r in deploy(preview).resources)


def test_components_keep_their_inputs_in_the_state(deploy, preview):
    for resource in deploy(preview).resources:
        if is_component(resource):
            assert resource.raw, resource.urn


def test_everything_uses_an_explicit_provider(deploy, preview):
    run = deploy(preview)
    for resource in cloud(run):
        assert run.by_urn(resource.provider.rsplit("::", 1)[0]).type == "pulumi:providers:gcp", resource.urn
    for resource in inside(run):
        assert run.by_urn(resource.provider.rsplit("::", 1)[0]).type == "pulumi:providers:kubernetes", resource.urn


def test_everything_on_googles_side_names_its_project(deploy, preview):
    for resource in cloud(deploy(preview)):
        assert resource.inputs["project"] == "campus-binder", resource.urn


def test_what_can_carry_labels_carries_them(deploy, preview):
    run = deploy(preview)
    carriers = 0
    for resource in cloud(run):
        known = _input_names(resource.type)
        for key in ("labels", "resourceLabels"):
            if key in known:
                assert resource.inputs[key] == LABELS, resource.urn
                carriers += 1
    assert carriers == 3  # address, repository, cluster
    for pool in (*run.of("container/nodePool:NodePool"), *run.of("container/cluster:Cluster")):
        assert pool.inputs["nodeConfig"]["resourceLabels"] == LABELS


def test_what_can_carry_no_labels_is_marked_in_its_description_or_belongs_to_something_marked(deploy, preview):
    dependents = {"projects/service", "iAMMember", "IamMember", "routerNat", "nodePool", "recordSet"}
    for resource in cloud(deploy(preview)):
        if not any(part in resource.type for part in dependents):
            assert resource.inputs["description"] == MARK, resource.urn


def test_what_stands_in_the_cluster_carries_our_label(deploy, preview):
    for resource in inside(deploy(preview)):
        if resource.type != "kubernetes:helm.sh/v3:Release":
            labels = resource.inputs["metadata"]["labels"]
            assert {k: labels[k] for k in LABELS} == LABELS, resource.urn


def test_physical_names_begin_with_the_deployments_or_live_inside_something_that_does(deploy):
    run = deploy(address={"dns": {"kind": "cloud-dns", "zone": "z"}}, registry={"push": "key"})
    keys = ("name", "repositoryId", "accountId")
    for resource in cloud(run):
        if any(part in resource.type for part in ("nodePool", "recordSet")):
            continue
        for key in keys:
            if key in resource.inputs:
                assert resource.inputs[key].startswith("campus"), resource.urn


def test_what_has_a_fixed_name_goes_before_its_replacement_comes(deploy):
    run = deploy(address={"dns": {"kind": "cloud-dns", "zone": "z"}}, registry={"push": "key"})
    for resource in cloud(run):
        if resource.type != "gcp:projects/service:Service":
            assert resource.delete_before_replace, resource.urn


def test_outputs_are_the_declared_ones(deploy, preview):
    exports = deploy(preview).exports
    assert set(exports) == {"binder_url", "hub_url", "address", "cluster", "kubeconfig", "image_prefix"}
    assert exports["binder_url"] == "https://binder.campus.example.org/"
    assert (exports["kubeconfig"] is pulumi.UNKNOWN) == preview
    assert (exports["address"] is pulumi.UNKNOWN) == preview


def test_secrets_reach_the_release_as_secrets_and_nothing_else_is_one(deploy, preview):
    run = deploy(preview)
    release = run.one("kubernetes:helm.sh/v3:Release", "binder-service-release")
    assert _plain_texts(release.raw).isdisjoint({d * 64 for d in "1234"})
    values = release.raw["values"]
    assert "4dabf18193072939515e22adb298388d" not in values
    assert values["binderhub"]["config"]["BinderHub"]["hub_url"] == "https://hub.campus.example.org/"
    assert _secret_count(values) >= 4


def test_no_secret_leaves_the_binders_release(deploy, preview):
    for resource in deploy(preview).resources:
        assert _plain_texts(resource.raw).isdisjoint({d * 64 for d in "12345"}), resource.urn
        if "binder-service" not in resource.name:
            assert _secret_count(resource.raw) == (resource.name == "ledger"), resource.urn


def test_a_github_token_is_read_only_where_the_settings_name_one(deploy):
    def providers(run) -> Mapping[str, Any]:
        release = run.one("kubernetes:helm.sh/v3:Release", "binder-service-release")
        return release.raw["values"]["binderhub"]["config"]

    assert "GitHubRepoProvider" not in providers(deploy())
    with_token = providers(deploy(binder={"github_token": "env:GITHUB_TOKEN"}))
    assert _secret_count(with_token["GitHubRepoProvider"]) == 1


def test_the_kubeconfig_is_written_when_the_cluster_is_there(deploy, preview, tmp_path: Path):
    file = tmp_path / "kubeconfig"
    deploy(preview, kubeconfig=file)
    if preview:
        assert not file.exists()
        return
    assert yaml.safe_load(file.read_text())["current-context"] == "campus"
    assert file.stat().st_mode & 0o077 == 0
    assert [p.name for p in tmp_path.iterdir()] == ["kubeconfig"]


@pytest.mark.parametrize("type_", sorted(t for t in EXPECTED if t.startswith("gcp:")))
def test_inputs_are_those_of_the_providers_schema(deploy, type_: str):
    run = deploy(address={"dns": {"kind": "cloud-dns", "zone": "z"}})
    for resource in run.of(type_):
        unknown = set(resource.inputs) - _input_names(type_)
        assert not unknown, f"{resource.urn}: {unknown}"


def _input_names(type_: str) -> set[str]:
    import pulumi_gcp

    module, name = type_.removeprefix("gcp:").split("/")[0], type_.rsplit(":", 1)[1]
    args = getattr(getattr(pulumi_gcp, module), f"{name}Args")
    return set(_types.input_type_py_to_pulumi_names(args).values())


def _walk(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, Mapping):
        if "4dabf18193072939515e22adb298388d" in value:
            return
        for item in value.values():
            yield from _walk(item)
    elif isinstance(value, list):
        for item in value:
            yield from _walk(item)


def _plain_texts(value: Any) -> set[str]:
    return {v for v in _walk(value) if isinstance(v, str)}


def _secret_count(value: Any) -> int:
    return sum(isinstance(v, Mapping) and "4dabf18193072939515e22adb298388d" in v for v in _walk(value))
