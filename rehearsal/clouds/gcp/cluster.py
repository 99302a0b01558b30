"""GKE clusters. The one that a rehearsal creates is the control plane on this machine."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from ipaddress import IPv4Network

from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.control import ControlPlane
from binder_deploy.rehearsal.clouds.gcp import node_config, numbers, places, rules, words
from binder_deploy.rehearsal.clouds.gcp.network import overlapping, range_of, resolve_network, resolve_subnetwork
from binder_deploy.rehearsal.clouds.kind import ApiError, Kind, Problem
from binder_deploy.rehearsal.clouds.wire import Props

MASTER_VERSION = "1.36.3-gke.1225000"


def cluster_id(props: Props) -> str:
    return f"projects/{props['project']}/locations/{props['location']}/clusters/{props['name']}"


def find_cluster(cloud: Cloud, reference: str, project: str, location: str) -> Record:
    """A cluster by id or name; raises the 404 of Google's container API."""
    record = rules.find(cloud, "container/cluster", reference, location=location)
    if record is None:
        missing = reference if "/" in reference else f"projects/{project}/locations/{location}/clusters/{reference}"
        raise ApiError(f"googleapi: Error 404: Not found: {missing}., notFound")
    return record


def has_identity_pool(cloud: Cloud, pool: str) -> bool:
    """Whether a workload identity pool exists: Google makes it with the project's first cluster that uses it."""
    clusters = cloud.of_type("container/cluster")
    made = cloud.session.get("identity_pools", ())
    return pool in made or any(
        (c.outputs.get("workloadIdentityConfig") or {}).get("workloadPool") == pool for c in clusters
    )


def _check(props: Props) -> Iterator[Problem]:
    yield from rules.project(props)
    yield from rules.name(props, longest=40)
    yield from rules.labels(props, "resourceLabels")
    yield from _check_location(props)
    yield from _check_pools(props)
    yield from _check_network(props)
    yield from _check_access(props)
    yield from rules.choice(
        props.get("releaseChannel") or {}, "channel",
        "UNSPECIFIED", "RAPID", "REGULAR", "STABLE", "EXTENDED", path="releaseChannel.channel",
    )  # fmt: skip
    yield from rules.choice(
        props.get("clusterAutoscaling") or {}, "autoscalingProfile",
        "BALANCED", "OPTIMIZE_UTILIZATION", path="clusterAutoscaling.autoscalingProfile",
    )  # fmt: skip
    pool = (props.get("workloadIdentityConfig") or {}).get("workloadPool")
    if pool and props.get("project") and pool != f"{props['project']}.svc.id.goog":
        yield Problem("workloadIdentityConfig.workloadPool", f"must be '{props['project']}.svc.id.goog', not {pool!r}")


def _check_location(props: Props) -> Iterator[Problem]:
    location = props.get("location")
    if not location:
        yield Problem("location", "no location: set it here, or a region or zone on the provider")
        return
    region = places.region_of(location)
    if region is None:
        yield Problem("location", f"unknown region or zone {location!r}")
    for i, zone in enumerate(props.get("nodeLocations") or ()):
        if not places.is_zone(zone) or places.region_of(zone) != region:
            yield Problem(f"nodeLocations[{i}]", f"{zone!r} is not a zone of {region or location}")
        elif zone == location:
            yield Problem(f"nodeLocations[{i}]", f"{zone!r} is the cluster's own zone; list additional zones only")


def _check_pools(props: Props) -> Iterator[Problem]:
    inline = props.get("nodePools")
    if inline and props.get("removeDefaultNodePool"):
        yield Problem("nodePools", "conflicts with removeDefaultNodePool: use separate NodePool resources")
    if not inline and not props.get("enableAutopilot") and int(props.get("initialNodeCount") or 0) < 1:
        yield Problem("initialNodeCount", "must be greater than zero, even if the default pool is removed at once")
    yield from node_config.check(props.get("nodeConfig") or {}, "nodeConfig")


def _check_network(props: Props) -> Iterator[Problem]:
    yield from rules.choice(props, "networkingMode", "VPC_NATIVE", "ROUTES")
    yield from rules.choice(props, "datapathProvider", "DATAPATH_PROVIDER_UNSPECIFIED", "LEGACY_DATAPATH",
                            "ADVANCED_DATAPATH")  # fmt: skip
    if props.get("datapathProvider") == "ADVANCED_DATAPATH" and (props.get("networkPolicy") or {}).get("enabled"):
        yield Problem(
            "networkPolicy.enabled", "Enabling NetworkPolicy for clusters with DatapathProvider=ADVANCED_DATAPATH is "
            "not allowed (it enforces them already)",
        )  # fmt: skip
    policy = props.get("ipAllocationPolicy") or {}
    if props.get("networkingMode") == "ROUTES" and policy:
        yield Problem("ipAllocationPolicy", "goes with networkingMode VPC_NATIVE only")
    for names, block in (("clusterSecondaryRangeName", "clusterIpv4CidrBlock"),
                         ("servicesSecondaryRangeName", "servicesIpv4CidrBlock")):  # fmt: skip
        if policy.get(names) and policy.get(block):
            yield Problem(f"ipAllocationPolicy.{block}", f"conflicts with {names}")
    control_plane = (props.get("privateClusterConfig") or {}).get("masterIpv4CidrBlock")
    if control_plane:
        path = "privateClusterConfig.masterIpv4CidrBlock"
        found = list(rules.cidr(control_plane, path))
        yield from found
        if not found and IPv4Network(control_plane).prefixlen != 28:
            yield Problem(path, f"{control_plane} must be a /28")


def _check_access(props: Props) -> Iterator[Problem]:
    endpoints = props.get("controlPlaneEndpointsConfig") or {}
    by_ip = (endpoints.get("ipEndpointsConfig") or {}).get("enabled", True)
    by_name = (endpoints.get("dnsEndpointConfig") or {}).get("allowExternalTraffic", False)
    listed = props.get("masterAuthorizedNetworksConfig")
    for i, block in enumerate((listed or {}).get("cidrBlocks") or ()):
        yield from rules.cidr(block.get("cidrBlock"), f"masterAuthorizedNetworksConfig.cidrBlocks[{i}].cidrBlock")
    if listed and not by_ip:
        yield Problem("masterAuthorizedNetworksConfig", "cannot be set while ipEndpointsConfig.enabled is false")
    if not by_ip and not by_name:
        yield Problem(
            "controlPlaneEndpointsConfig", "neither an IP nor a DNS endpoint: nobody outside could reach the cluster"
        )
    if (props.get("privateClusterConfig") or {}).get("enablePrivateEndpoint") and by_ip and listed is None:
        yield Problem(
            "masterAuthorizedNetworksConfig", "must be enabled when the private endpoint is (enablePrivateEndpoint)"
        )


def _require(cloud: Cloud, props: Props) -> None:
    project, location = props["project"], props["location"]
    others = [c for c in cloud.of_type("container/cluster") if c.id != cluster_id(props)]
    if others:
        raise ApiError(
            f"the rehearsal has one control plane, which is {others[0].name}'s; {props['name']} can only be rehearsed "
            "in a deployment of its own"
        )
    region = places.region_of(location) or ""
    network = resolve_network(cloud, props.get("network") or "default", project)
    account = (props.get("nodeConfig") or {}).get("serviceAccount")
    node_config.require_account(cloud, account, project)
    if not props.get("subnetwork"):
        raise words.bad_request(f"Network '{network.name}' requires a subnetwork to be specified in region {region}")
    subnetwork = resolve_subnetwork(cloud, props["subnetwork"], project, region)
    if not rules.refers(subnetwork.outputs["network"], network):
        raise words.bad_request(f"Subnetwork '{subnetwork.name}' does not belong to network '{network.name}'")
    policy = props.get("ipAllocationPolicy") or {}
    for field in ("clusterSecondaryRangeName", "servicesSecondaryRangeName"):
        if policy.get(field) and range_of(subnetwork, policy[field]) is None:
            raise words.bad_request(
                f"Services/pod secondary range '{policy[field]}' does not exist in subnetwork '{subnetwork.name}'"
            )
    block = (props.get("privateClusterConfig") or {}).get("masterIpv4CidrBlock")
    collision = overlapping(cloud, network, IPv4Network(block)) if block else None
    if collision:
        raise words.bad_request(
            f"The given master_ipv4_cidr {block} overlaps with an existing network {collision[1]} "
            f"of subnetwork '{collision[0].name}'"
        )


def _outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    region = places.region_of(props["location"]) or ""
    project = props["project"]
    network = resolve_network(cloud, props.get("network") or "default", project)
    subnetwork = resolve_subnetwork(cloud, props["subnetwork"], project, region)
    policy = dict(props.get("ipAllocationPolicy") or {})
    pods = range_of(subnetwork, policy.get("clusterSecondaryRangeName", ""))
    services = range_of(subnetwork, policy.get("servicesSecondaryRangeName", ""))
    outputs: Props = {
        "selfLink": f"https://container.googleapis.com/v1/{cluster_id(props)}",
        "network": network.id,
        "subnetwork": subnetwork.id,
        "masterVersion": MASTER_VERSION,
        "nodeVersion": MASTER_VERSION,
        "clusterIpv4Cidr": pods or "10.0.0.0/14",
        "servicesIpv4Cidr": services or "10.4.0.0/20",
        "ipAllocationPolicy": {**policy, "clusterIpv4CidrBlock": pods, "servicesIpv4CidrBlock": services},
        "nodeLocations": props.get("nodeLocations") or [],
        "deletionProtection": props.get("deletionProtection", True),
        "labelFingerprint": numbers.number(str(props.get("resourceLabels")), 8),
        **rules.labelled(props, "resourceLabels"),
    }
    if old:
        outputs |= _reached(props, str(old.outputs["endpoint"]), old.outputs["masterAuth"]["clusterCaCertificate"])
    return outputs


def _reached(props: Props, host: str, ca_base64: str) -> Props:
    """Both endpoints are the control plane on this machine."""
    config = dict(props.get("controlPlaneEndpointsConfig") or {})
    dns = {"allowExternalTraffic": False, **(config.get("dnsEndpointConfig") or {}), "endpoint": host}
    return {
        "endpoint": host,
        "masterAuth": {
            "clientCertificateConfig": {"issueClientCertificate": False},
            "clientCertificate": "",
            "clientKey": "",
            "clusterCaCertificate": ca_base64,
        },
        "controlPlaneEndpointsConfig": {"ipEndpointsConfig": {"enabled": True}, **config, "dnsEndpointConfig": dns},
    }


def _locked(state: Props) -> None:
    # Google's API knows no such flag: the provider looks at its own state.
    if state.get("deletionProtection", True):
        raise ApiError(
            "Cannot destroy cluster because deletion_protection is set to true. Set it to false to proceed with "
            f"cluster deletion ({state.get('name')})"
        )


def _delete(cloud: Cloud, record: Record) -> None:
    # Disks and forwarding rules that controllers made stay, as in life: they are the leftovers to be found.
    for pool in rules.users(cloud, record, {"container/nodePool": ("cluster",)}):
        cloud.remove(pool.type, pool.id)
    pool_name = (record.outputs.get("workloadIdentityConfig") or {}).get("workloadPool")
    if pool_name:
        # The identity pool belongs to the project and outlives the cluster.
        known = {*cloud.session.get("identity_pools", ()), pool_name}
        cloud.session["identity_pools"] = sorted(known)
    cloud.remove(record.type, record.id)


def cluster(control_plane: Callable[[], ControlPlane]) -> Kind:
    """The kind, with the control plane to start and stop."""

    def provision(props: Props) -> Props:
        endpoint = control_plane().start()
        return _reached(props, endpoint.host, base64.b64encode(endpoint.ca_pem.encode()).decode())

    def dismantle(record: Record) -> None:
        control_plane().stop()

    return Kind(
        pulumi_type="gcp:container/cluster:Cluster",
        label="Cluster",
        id=cluster_id,
        outputs=_outputs,
        computed=(
            "endpoint", "masterAuth", "selfLink", "masterVersion", "labelFingerprint", "servicesIpv4Cidr",
            "controlPlaneEndpointsConfig",
        ),
        located={"project": "project", "location": "location"},
        immutable=frozenset({
            "name", "project", "location", "network", "subnetwork", "description", "initialNodeCount",
            "networkingMode", "datapathProvider", "enableAutopilot", "clusterIpv4Cidr", "defaultMaxPodsPerNode",
            "enableKubernetesAlpha", "enableTpu", "ipAllocationPolicy.clusterSecondaryRangeName",
            "ipAllocationPolicy.servicesSecondaryRangeName", "ipAllocationPolicy.clusterIpv4CidrBlock",
            "ipAllocationPolicy.servicesIpv4CidrBlock", "privateClusterConfig.masterIpv4CidrBlock",
            "nodeConfig.serviceAccount", "nodeConfig.oauthScopes", "nodeConfig.shieldedInstanceConfig",
            "nodeConfig.spot", "nodeConfig.preemptible",
        }),
        check=_check,
        require=_require,
        delete=_delete,
        locked=_locked,
        provision=provision,
        dismantle=dismantle,
        autoname=40,
    )  # fmt: skip
