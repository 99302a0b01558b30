"""The part on Amazon's side: what AWS must be told, in which order, and the variants that the settings choose."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase

import pulumi
import pytest
import yaml

from binder_deploy.charts.releases import planned_releases
from binder_deploy.charts.values.eks.together import SOME_VPC, platform_values
from binder_deploy.charts.values.together import NO_SECRETS
from binder_deploy.settings import eks_names
from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.model import Settings

pytestmark = pytest.mark.system

CLUSTER = "eks/cluster:Cluster"
POOL = "eks/nodeGroup:NodeGroup"
ROLE = "iam/role:Role"
RELEASE = "kubernetes:helm.sh/v3:Release"
EKS = {"kind": "eks", "account": "123456789012", "region": "eu-central-1", "zone": "eu-central-1b"}
EXISTING = {
    "kind": "existing",
    "vpc": "vpc-0a",
    "private_subnets": ["subnet-1a", "subnet-1b"],
    "public_subnets": ["subnet-2a", "subnet-2b"],
}
TAGS = {"owner": "research-it", "binder-deploy": "campus"}
DEPLOYER = "arn:aws:iam::123456789012:role/team/Deployer"


@pytest.fixture
def run(deploy):
    """Run the program on EKS: `run(preview, {platform settings}, other sections…)`."""

    def on_eks(preview=False, platform=None, **sections):
        return deploy(preview, platform={**EKS, **(platform or {})}, **sections)

    return on_eks


@pytest.fixture
def settings():
    return Settings.model_validate(
        {
            "version": 1,
            "name": "campus",
            "tags": {"owner": "research-it"},
            "platform": EKS,
            "address": {"domain": "campus.example.org"},
            "tls": {"email": "it@campus.example.org"},
        }
    )


def cluster(made):
    return made.one(CLUSTER)


def pools(made):
    return {p.inputs["nodeGroupName"]: p for p in made.of(POOL)}


def policy(made, name):
    return json.loads(made.one("iam/rolePolicy:RolePolicy", name).inputs["policy"])["Statement"]


def test_no_other_account_and_no_other_region_can_be_meant(run, preview):
    (provider,) = run(preview).of("pulumi:providers:aws")
    assert provider.inputs["region"] == "eu-central-1"
    assert provider.inputs["allowedAccountIds"] in (["123456789012"], '["123456789012"]')
    for made in run(preview).resources:
        if made.type.startswith("aws:"):
            assert made.provider.startswith(provider.urn), made.urn


def test_everything_that_takes_tags_has_the_owners_and_ours(run, preview):
    untagged = {
        "aws:autoscaling/tag:Tag",
        "aws:ec2/route:Route",
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    }
    for made in run(preview, budget={"monthly": 100, "emails": ["it@example.org"]}).resources:
        if made.type.startswith("aws:") and made.type not in untagged:
            assert made.inputs["tags"].items() >= TAGS.items(), made.urn
            assert made.inputs["tags"]["Name"], made.urn


def test_whatever_is_made_is_cleared_before_it_is_made_again(run):
    for made in run().resources:
        if made.type.startswith("aws:"):
            assert made.delete_before_replace, made.urn


def test_things_have_the_names_by_which_leftovers_are_looked_for(run, settings):
    made = run(budget={"monthly": 100, "emails": ["it@example.org"]})
    assert {r.inputs["name"] for r in made.of(ROLE)} == set(eks_names.roles(settings))
    assert made.one("cloudwatch/logGroup:LogGroup").inputs["name"] == eks_names.log_group(settings)
    templates = {t.inputs["name"] for t in made.of("ec2/launchTemplate:LaunchTemplate")}
    assert templates == set(eks_names.launch_templates(settings))
    assert made.one("budgets/budget:Budget").inputs["name"] == eks_names.budget(settings)
    template = made.one("ecr/repositoryCreationTemplate:RepositoryCreationTemplate").inputs
    assert f"{template['prefix']}/" == eks_names.repositories(settings)
    annotations = made.one("kubernetes:core/v1:Service").inputs["metadata"]["annotations"]
    assert annotations["service.beta.kubernetes.io/aws-load-balancer-name"] == eks_names.load_balancer(settings)


def test_the_releases_that_are_looked_at_before_are_those_that_are_installed(run, settings, charts):
    planned = planned_releases(settings, charts, NO_SECRETS)
    installed = {(r.inputs["namespace"], r.inputs["name"]): r.inputs["chart"] for r in run().of(RELEASE)}
    assert {(p.namespace, p.name): p.chart.path for p in planned} == installed


# The network


def test_a_managed_network_has_two_zones_and_one_way_out(run, preview):
    made = run(preview)
    subnets = {s.name: s for s in made.of("ec2/subnet:Subnet")}
    where = {name: (s.inputs["availabilityZone"], s.inputs["cidrBlock"]) for name, s in subnets.items()}
    assert where == {
        "network-private": ("eu-central-1b", "10.40.0.0/17"),
        "network-private-second": ("eu-central-1a", "10.40.128.0/20"),
        "network-public": ("eu-central-1b", "10.40.144.0/20"),
        "network-public-second": ("eu-central-1a", "10.40.160.0/20"),
    }
    for name, subnet in subnets.items():
        role = "kubernetes.io/role/internal-elb" if "private" in name else "kubernetes.io/role/elb"
        assert subnet.inputs["tags"][role] == "1"
        assert subnet.inputs["tags"]["kubernetes.io/cluster/campus"] == "shared"
        assert "mapPublicIpOnLaunch" not in subnet.inputs
        assert subnet.ignore_changes == (("availabilityZone",) if "second" in name else ())
    nat = made.one("ec2/natGateway:NatGateway")
    assert subnets["network-public"].urn in nat.property_dependencies["subnetId"]
    ways = {r.name: set(r.property_dependencies) for r in made.of("ec2/route:Route")}
    assert "gatewayId" in ways["network-public-default"]
    assert "natGatewayId" in ways["network-private-default"]


def test_every_subnet_has_its_way(run, preview):
    made = run(preview)
    ties = made.of("ec2/routeTableAssociation:RouteTableAssociation")
    for side in ("public", "private"):
        table = made.one("ec2/routeTable:RouteTable", f"network-{side}-routes").urn
        subnets = {s.urn for s in made.of("ec2/subnet:Subnet") if s.name.startswith(f"network-{side}")}
        tied = {u for t in ties if table in t.dependencies for u in t.property_dependencies["subnetId"]}
        assert tied == subnets


def test_nodes_start_when_there_is_a_way_out_and_go_before_it_does(run, preview):
    made = run(preview)
    ways = {r.urn for r in made.of("ec2/route:Route")}
    ties = {r.urn for r in made.of("ec2/routeTableAssociation:RouteTableAssociation")}
    for pool in pools(made).values():
        assert ways | ties <= made.needs(pool)


def test_an_existing_network_is_used_and_gets_one_tag(run, preview):
    made = run(preview, {"network": EXISTING})
    for type_ in ("vpc:Vpc", "subnet:Subnet", "natGateway:NatGateway", "internetGateway:InternetGateway"):
        assert not made.of(f"ec2/{type_}")
    tags = {t.inputs["resourceId"]: (t.inputs["key"], t.inputs["value"]) for t in made.of("ec2/tag:Tag")}
    assert tags == dict.fromkeys(
        ("subnet-1a", "subnet-1b", "subnet-2a", "subnet-2b"), ("kubernetes.io/cluster/campus", "shared")
    )
    assert cluster(made).inputs["vpcConfig"]["subnetIds"] == ["subnet-1a", "subnet-1b"]
    for pool in pools(made).values():
        assert pool.inputs["subnetIds"] == ["subnet-1b"]
    annotations = made.one("kubernetes:core/v1:Service").inputs["metadata"]["annotations"]
    assert annotations["service.beta.kubernetes.io/aws-load-balancer-subnets"] == "subnet-2b"


@pytest.mark.parametrize(
    ("change", "setting", "said"),
    [
        ({"private_subnets": ["subnet-1a", "subnet-1c"]}, "private_subnets", "none lies in eu-central-1b"),
        ({"public_subnets": ["subnet-2a"]}, "public_subnets", "none lies in eu-central-1b"),
        ({"vpc": "vpc-0b"}, "private_subnets", "not in vpc-0b"),
    ],
)
def test_subnets_that_do_not_fit_are_named(run, change, setting, said):
    with pytest.raises(SettingsError, match=rf"platform\.network\.{setting}.*{said}"):
        run(platform={"network": {**EXISTING, **change}})


def test_a_zone_that_the_account_does_not_have_is_named(run):
    with pytest.raises(SettingsError, match=r"platform\.zone.*eu-central-1f.*eu-central-1a, eu-central-1b"):
        run(platform={"zone": "eu-central-1f"})


# The cluster


def test_the_control_plane_is_private_to_its_nodes_and_knows_only_access_entries(run, preview):
    inputs = cluster(run(preview)).inputs
    assert (inputs["name"], inputs["version"]) == ("campus", "1.36")
    assert inputs["accessConfig"] == {
        "authenticationMode": "API",
        "bootstrapClusterCreatorAdminPermissions": False,
    }
    assert inputs["bootstrapSelfManagedAddons"] is False
    assert inputs["upgradePolicy"] == {"supportType": "STANDARD"}
    assert set(inputs["enabledClusterLogTypes"]) == {"api", "audit", "authenticator"}
    vpc = inputs["vpcConfig"]
    assert (vpc["endpointPrivateAccess"], vpc["endpointPublicAccess"]) == (True, True)
    assert vpc["publicAccessCidrs"] == ["0.0.0.0/0"]


def test_authorized_networks_are_the_only_way_in(run, preview):
    listed = [{"name": "office", "cidr": "192.0.2.0/24"}]
    made = run(preview, {"authorized_networks": listed})
    assert cluster(made).inputs["vpcConfig"]["publicAccessCidrs"] == ["192.0.2.0/24"]


def test_the_log_is_ours_before_the_cluster_can_make_its_own(run, preview):
    made = run(preview, {"log_days": 7})
    log = made.one("cloudwatch/logGroup:LogGroup")
    assert (log.inputs["name"], log.inputs["retentionInDays"]) == ("/aws/eks/campus/cluster", 7)
    assert log.urn in made.needs(cluster(made))


def test_a_role_keeps_its_rights_as_long_as_somebody_acts_in_it(run, preview):
    made = run(preview)
    rights = [*made.of("iam/rolePolicyAttachment:RolePolicyAttachment"), *made.of("iam/rolePolicy:RolePolicy")]

    def of(role):
        urn = made.one(ROLE, f"{role}-role-role").urn
        return {r.urn for r in rights if urn in r.dependencies}

    assert of("cluster") <= made.needs(cluster(made))
    for pool in pools(made).values():
        assert of("nodes") <= made.needs(pool)
    for identity in ("ebs-csi", "load-balancer", "autoscaler", "push"):
        name = "push-association" if identity == "push" else f"{identity}-identity-association"
        tie = made.one("eks/podIdentityAssociation:PodIdentityAssociation", name)
        assert of(identity) and of(identity) <= made.needs(tie)
    assert of("repositories") <= made.needs(made.one("ecr/repositoryCreationTemplate:RepositoryCreationTemplate"))


@pytest.mark.parametrize("on", [True, False])
def test_deletion_protection_is_the_engines_and_the_clusters_alone(run, on):
    made = run(platform={"deletion_protection": on})
    assert [r.type for r in made.resources if r.protect] == (["aws:eks/cluster:Cluster"] if on else [])
    assert "deletionProtection" not in cluster(made).inputs


def test_whoever_deploys_administers_by_the_role_behind_the_session(run, preview):
    other = "arn:aws:iam::123456789012:user/ops"
    made = run(preview, {"admins": [other, DEPLOYER]})
    entries = made.of("eks/accessEntry:AccessEntry")
    assert sorted(e.inputs["principalArn"] for e in entries) == [DEPLOYER, other]
    for right in made.of("eks/accessPolicyAssociation:AccessPolicyAssociation"):
        assert right.inputs["policyArn"].endswith("::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy")
        assert right.inputs["accessScope"] == {"type": "cluster"}
        entry = next(e for e in entries if e.inputs["principalArn"] == right.inputs["principalArn"])
        assert entry.urn in right.dependencies


def test_an_entry_goes_by_the_principal_not_by_why_it_is_listed(run):
    """Else somebody who moves from one list to the other meets the entry that is still there."""
    listed = run(platform={"admins": [DEPLOYER]}).of("eks/accessEntry:AccessEntry")
    unlisted = run().of("eks/accessEntry:AccessEntry")
    assert [e.urn for e in listed] == [e.urn for e in unlisted]


def test_the_kubeconfig_asks_the_aws_command_line_and_holds_no_secret(run):
    config = yaml.safe_load(run().exports["kubeconfig"])
    assert config["clusters"][0]["cluster"] == {
        "server": "https://ABC.gr7.eu-central-1.eks.amazonaws.com",
        "certificate-authority-data": "Q0E=",
    }
    assert set(config["users"][0]["user"]) == {"exec"}


def test_what_only_the_cloud_knows_is_unknown_while_it_is_planned(run):
    exports = run(True).exports
    assert exports["kubeconfig"] is pulumi.UNKNOWN
    assert exports["address"] is pulumi.UNKNOWN


# Nodes


def test_pools_are_where_pods_look_for_them(run, preview):
    found = pools(run(preview))
    assert {role: p.inputs["labels"] for role, p in found.items()} == {
        "core": {"binder-deploy/pool": "core", "hub.jupyter.org/node-purpose": "core"},
        "user": {"binder-deploy/pool": "user", "hub.jupyter.org/node-purpose": "user"},
        "build": {"binder-deploy/pool": "build"},
    }
    taint = {"key": "hub.jupyter.org_dedicated", "value": "user", "effect": "NO_SCHEDULE"}
    taints = {role: p.inputs.get("taints", []) for role, p in found.items()}
    assert taints == {"core": [], "user": [taint], "build": [taint]}


def test_pools_scale_and_are_not_set_back(run, preview):
    sized = {"user": {"machine": "g5.2xlarge", "min": 2, "max": 6, "spot": True, "gpu": {"count": 1}}}
    made = run(preview, {"pools": sized})
    user, core = pools(made)["user"], pools(made)["core"]
    assert user.inputs["scalingConfig"] == {"minSize": 2, "maxSize": 6, "desiredSize": 2}
    assert user.inputs["instanceTypes"] == ["g5.2xlarge"]
    assert (user.inputs["capacityType"], user.inputs["amiType"]) == ("SPOT", "AL2023_x86_64_NVIDIA")
    assert (core.inputs["capacityType"], core.inputs["amiType"]) == ("ON_DEMAND", "AL2023_x86_64_STANDARD")
    for pool in pools(made).values():
        assert pool.ignore_changes == ("scalingConfig.desiredSize",)
        assert pool.inputs["version"] == "1.36"


def test_pods_never_see_the_machines_own_identity(run, preview):
    for template in run(preview).of("ec2/launchTemplate:LaunchTemplate"):
        options = template.inputs["metadataOptions"]
        assert (options["httpTokens"], options["httpPutResponseHopLimit"]) == ("required", 1)


def test_machines_and_disks_are_encrypted_and_say_whose_they_are(run, preview):
    made = run(preview)
    templates = {t.inputs["name"]: t.inputs for t in made.of("ec2/launchTemplate:LaunchTemplate")}
    assert set(templates) == {"campus-core", "campus-user", "campus-build"}
    for inputs in templates.values():
        (disk,) = inputs["blockDeviceMappings"]
        assert (disk["ebs"]["volumeType"], disk["ebs"]["encrypted"]) == ("gp3", "true")
        assert disk["ebs"]["deleteOnTermination"] == "true"
        marked = {s["resourceType"]: s["tags"] for s in inputs["tagSpecifications"]}
        assert set(marked) == {"instance", "volume", "network-interface"}
        assert all(tags.items() >= TAGS.items() for tags in marked.values())
    assert templates["campus-build"]["blockDeviceMappings"][0]["ebs"]["volumeSize"] == 200


def test_a_new_launch_template_reaches_its_nodes(run):
    for pool in pools(run()).values():
        assert pool.inputs["launchTemplate"]["version"] == "3"


def test_the_autoscaler_knows_what_a_node_of_an_empty_group_would_be(run):
    tags = {}
    for tag in run().of("autoscaling/tag:Tag"):
        assert tag.inputs["tag"]["propagateAtLaunch"] is False
        group = tags.setdefault(tag.inputs["autoscalingGroupName"], {})
        group[tag.inputs["tag"]["key"]] = tag.inputs["tag"]["value"]
    template = "k8s.io/cluster-autoscaler/node-template"
    found = {"k8s.io/cluster-autoscaler/enabled": "true", "k8s.io/cluster-autoscaler/campus": "owned"}
    taint = {f"{template}/taint/hub.jupyter.org_dedicated": "user:NoSchedule"}
    pool, purpose = f"{template}/label/binder-deploy/pool", f"{template}/label/hub.jupyter.org/node-purpose"
    assert tags == {
        "eks-core-1": {**found, pool: "core", purpose: "core"},
        "eks-user-1": {**found, pool: "user", purpose: "user", **taint},
        "eks-build-1": {**found, pool: "build", **taint},
    }


def test_the_network_comes_before_the_nodes_and_the_name_service_after(run, preview):
    made = run(preview)
    addons = {a.inputs["addonName"]: a for a in made.of("eks/addon:Addon")}
    assert set(addons) == {"vpc-cni", "kube-proxy", "eks-pod-identity-agent", "coredns", "aws-ebs-csi-driver"}
    for pool in pools(made).values():
        assert {addons[n].urn for n in ("vpc-cni", "kube-proxy", "eks-pod-identity-agent")} <= made.needs(pool)
    for name in ("coredns", "aws-ebs-csi-driver"):
        assert pools(made)["core"].urn in made.needs(addons[name])
    for name, addon in addons.items():
        assert addon.inputs["resolveConflictsOnCreate"] == addon.inputs["resolveConflictsOnUpdate"] == "OVERWRITE"
        assert addon.inputs["addonVersion"] == f"{name}-for-1.36"
    assert json.loads(addons["vpc-cni"].inputs["configurationValues"])["enableNetworkPolicy"] == "false"
    identity = made.one("eks/podIdentityAssociation:PodIdentityAssociation", "ebs-csi-identity-association")
    assert identity.urn in made.needs(addons["aws-ebs-csi-driver"])


# Rights of pods


def test_each_identity_is_of_one_service_account(run):
    ties = run().of("eks/podIdentityAssociation:PodIdentityAssociation")
    assert {(t.inputs["namespace"], t.inputs["serviceAccount"]): t.inputs["roleArn"] for t in ties} == {
        ("kube-system", "ebs-csi-controller-sa"): "arn:aws:iam::123456789012:role/campus-ebs-csi",
        ("kube-system", "aws-load-balancer-controller"): "arn:aws:iam::123456789012:role/campus-load-balancer",
        ("kube-system", "cluster-autoscaler"): "arn:aws:iam::123456789012:role/campus-autoscaler",
        ("binder", "binderhub"): "arn:aws:iam::123456789012:role/campus-push",
    }


def test_a_role_is_taken_by_whom_it_is_for(run, preview):
    services = {}
    for role in run(preview).of(ROLE):
        (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
        services[role.inputs["name"]] = (statement["Principal"]["Service"], tuple(statement["Action"]))
    pods = ("pods.eks.amazonaws.com", ("sts:AssumeRole", "sts:TagSession"))
    assert services == {
        "campus-cluster": ("eks.amazonaws.com", ("sts:AssumeRole",)),
        "campus-nodes": ("ec2.amazonaws.com", ("sts:AssumeRole",)),
        "campus-repositories": ("ecr.amazonaws.com", ("sts:AssumeRole",)),
        **dict.fromkeys(("campus-ebs-csi", "campus-load-balancer", "campus-autoscaler", "campus-push"), pods),
    }


def test_binder_pushes_below_its_prefix_alone(run):
    allowed = {
        action: statement["Resource"]
        for statement in policy(run(), "push-role-policy")
        for action in statement["Action"]
    }
    mine = ["arn:aws:ecr:eu-central-1:123456789012:repository/campus/*"]
    assert allowed.pop("ecr:GetAuthorizationToken") == ["*"]
    assert all(resources == mine for resources in allowed.values())
    assert "ecr:PutImage" in allowed
    assert not any("Delete" in action or "Policy" in action for action in allowed)


def test_nobody_can_change_what_another_cluster_owns(run):
    """What changes or removes something either names our tag or something that is ours by its name."""
    for name, tag in (
        ("load-balancer-role-policy", "aws:ResourceTag/elbv2.k8s.aws/cluster"),
        ("autoscaler-role-policy", "aws:ResourceTag/k8s.io/cluster-autoscaler/campus"),
    ):
        for statement in policy(run(), name):
            condition = statement.get("Condition", {}).get("StringEquals", {})
            for action in statement["Action"]:
                changing = any(
                    fnmatchcase(action, pattern)
                    for pattern in ("ec2:Delete*", "*:DeleteLoadBalancer", "*:DeleteTargetGroup", "*:Modify[LT]*Group*",
                                    "*:Terminate*", "*:SetDesired*", "*:*registerTargets", "*:ModifyLoadBalancer*")
                )  # fmt: skip
                assert not changing or tag in condition, action
            assert "*" not in statement["Action"]


# Images


def test_a_first_push_makes_its_repository_which_cleans_itself(run, preview):
    template = run(preview, registry={"kind": "ecr", "keep_days": 7}).one(
        "ecr/repositoryCreationTemplate:RepositoryCreationTemplate"
    )
    assert (template.inputs["prefix"], template.inputs["appliedFors"]) == ("campus", ["CREATE_ON_PUSH"])
    assert template.inputs["resourceTags"] == TAGS
    (rule,) = json.loads(template.inputs["lifecyclePolicy"])["rules"]
    assert rule["selection"]["countNumber"] == 7
    assert rule["action"] == {"type": "expire"}


def test_images_that_go_elsewhere_need_nothing_here(deploy, preview):
    login = {"username": "u", "password": "env:P"}
    made = deploy(
        preview,
        {"pushPassword": "p"},
        platform=EKS,
        registry={"kind": "ghcr", "namespace": "campus", "push": login},
    )
    assert not made.of("ecr/repositoryCreationTemplate:RepositoryCreationTemplate")
    assert {r.inputs["name"] for r in made.of(ROLE)} == {
        f"campus-{part}" for part in ("cluster", "nodes", "ebs-csi", "load-balancer", "autoscaler")
    }


def test_the_first_build_can_push(run, preview):
    made = run(preview)
    needed = made.needs(made.one(RELEASE, "binder-service-release"))
    assert made.one("ecr/repositoryCreationTemplate:RepositoryCreationTemplate").urn in needed
    assert made.one("eks/podIdentityAssociation:PodIdentityAssociation", "push-association").urn in needed


# The way in


def test_the_load_balancer_stands_in_one_subnet_with_the_one_address(run):
    service = run().one("kubernetes:core/v1:Service").inputs
    given = {
        key.removeprefix("service.beta.kubernetes.io/aws-load-balancer-"): value
        for key, value in service["metadata"]["annotations"].items()
    }
    assert given == {
        "type": "external",
        "name": "campus-entry",
        "scheme": "internet-facing",
        "nlb-target-type": "ip",
        "subnets": "id-of-network-public",
        "eip-allocations": "eipalloc-address-ip",
        "target-group-attributes": "preserve_client_ip.enabled=true",
        "additional-resource-tags": "owner=research-it,binder-deploy=campus",
    }
    assert service["spec"]["loadBalancerClass"] == "service.k8s.aws/nlb"


def test_the_address_goes_before_the_way_to_it(run, preview):
    made = run(preview)
    assert made.one("ec2/internetGateway:InternetGateway").urn in made.needs(made.one("ec2/eip:Eip", "address-ip"))


def test_a_zone_of_ours_gets_both_records(run):
    records = run(address={"dns": {"kind": "route53", "zone_id": "Z0123456789"}}).of("route53/record:Record")
    assert {r.inputs["name"] for r in records} == {"binder.campus.example.org", "hub.campus.example.org"}
    for record in records:
        assert (record.inputs["zoneId"], record.inputs["type"], record.inputs["ttl"]) == ("Z0123456789", "A", 300)
        assert record.inputs["records"] == ["203.0.113.9"]
        assert record.inputs["allowOverwrite"] is False


def test_a_zone_of_somebody_else_gets_none(run, preview):
    assert not run(preview).of("route53/record:Record")


def test_without_a_domain_everything_is_at_the_one_address(deploy):
    made = deploy(platform=EKS, address={"kind": "ip"})
    assert made.exports["binder_url"] == "https://203.0.113.9/"


def test_disks_say_whose_they_are(run, preview):
    made = run(preview).one("kubernetes:storage.k8s.io/v1:StorageClass").inputs
    assert made["provisioner"] == "ebs.csi.aws.com"
    assert made["parameters"] == {
        "type": "gp3",
        "encrypted": "true",
        "csi.storage.k8s.io/fstype": "ext4",
        "tagSpecification_1": "owner=research-it",
        "tagSpecification_2": "binder-deploy=campus",
    }


# Inside


def test_the_clusters_own_controllers_come_before_the_service_and_go_after_it(run, preview):
    made = run(preview)
    own = {"aws-load-balancer-controller", "cluster-autoscaler", "calico", "calico-kinds"}
    ours = {made.one(RELEASE, f"{name}-release").urn for name in own}
    ours.add(made.one("kubernetes:operator.tigera.io/v1:Installation").urn)
    for later in (
        made.one("kubernetes:core/v1:Service"),
        *(made.one(RELEASE, f"{name}-release") for name in ("traefik", "cert-manager", "binder-service")),
    ):
        assert ours <= made.needs(later)


def test_a_controller_starts_with_its_role(run, preview):
    made = run(preview)
    for release, identity in (("aws-load-balancer-controller", "load-balancer"), ("cluster-autoscaler", "autoscaler")):
        tie = made.one("eks/podIdentityAssociation:PodIdentityAssociation", f"{identity}-identity-association")
        assert tie.urn in made.needs(made.one(RELEASE, f"{release}-release"))
    assert made.one(RELEASE, "aws-load-balancer-controller-release").inputs["namespace"] == "kube-system"


def test_policies_are_taken_down_by_the_operator_that_made_them(run, preview):
    made = run(preview)
    installation = made.one("kubernetes:operator.tigera.io/v1:Installation")
    operator = made.one(RELEASE, "calico-release")
    kinds = made.one(RELEASE, "calico-kinds-release")
    assert {operator.urn, kinds.urn} <= made.needs(installation)
    assert kinds.urn in made.needs(operator)
    assert installation.inputs["spec"]["cni"] == {"type": "AmazonVPC"}


def test_the_controller_is_told_its_network_and_the_values_are_else_those_that_are_checked(run, settings):
    made = run()
    checked = platform_values(settings)["aws-load-balancer-controller"]
    given = made.one(RELEASE, "aws-load-balancer-controller-release").inputs["values"]
    assert checked["vpcId"] == SOME_VPC
    assert given == {**checked, "vpcId": "id-of-network-vpc"}


def test_everything_inside_goes_while_nodes_disks_and_rights_are_still_there(run, preview):
    """A load balancer or a disk whose controller has lost its node, its role or its network stays, and is billed."""
    made = run(preview)
    outlives = {
        *(p.urn for p in made.of(POOL)),
        *(a.urn for a in made.of("eks/addon:Addon")),
        *(a.urn for a in made.of("eks/accessPolicyAssociation:AccessPolicyAssociation")),
        *(a.urn for a in made.of("eks/accessEntry:AccessEntry")),
        *(r.urn for r in made.of("ec2/route:Route")),
        cluster(made).urn,
    }
    for inside in made.resources:
        if inside.type.startswith("kubernetes:"):
            assert outlives <= made.needs(inside), inside.urn


# The bill


def test_mail_comes_when_the_accounts_bill_grows(run, preview):
    made = run(preview, budget={"monthly": 250, "emails": ["it@example.org"]})
    budget = made.one("budgets/budget:Budget").inputs
    assert (budget["limitAmount"], budget["limitUnit"], budget["timeUnit"]) == ("250.00", "USD", "MONTHLY")
    assert "costFilters" not in budget
    alerts = [(n["notificationType"], n["threshold"]) for n in budget["notifications"]]
    assert alerts == [("ACTUAL", 50.0), ("ACTUAL", 100.0), ("FORECASTED", 100.0)]
    assert all(n["subscriberEmailAddresses"] == ["it@example.org"] for n in budget["notifications"])


def test_without_a_budget_there_is_none(run):
    assert not run().of("budgets/budget:Budget")


def test_accelerators_can_be_asked_for_where_there_are_any(run):
    sized = {"user": {"machine": "g5.2xlarge", "min": 0, "max": 2, "gpu": {"count": 1}}}
    (plugin,) = run(False, {"pools": sized}).of("kubernetes:apps/v1:DaemonSet")
    pod = plugin.inputs["spec"]["template"]["spec"]
    assert pod["nodeSelector"] == {"binder-deploy/pool": "user"}
    assert "hub.jupyter.org_dedicated" in {t["key"] for t in pod["tolerations"]}
    assert not run(False).of("kubernetes:apps/v1:DaemonSet")
