"""The AWS Load Balancer Controller: a network load balancer for a Service, with what belongs to it.

It is a pod like any other: it acts only while one of it runs and has the right to. What it makes enters the cloud file;
if it or the cluster goes first, all of it is left over, holds the VPC and is billed, as in life.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from binder_deploy.rehearsal.clouds.aws import addresses, network, routes, rules
from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.kind import ApiError
from binder_deploy.rehearsal.clouds.numbers import number
from binder_deploy.rehearsal.controllers.api import Object
from binder_deploy.rehearsal.controllers.eks.place import Place, controller, denied, place
from binder_deploy.rehearsal.controllers.scene import Scene

APP = "aws-load-balancer-controller"
CLASS = "service.k8s.aws/nlb"
FINALIZER = "service.k8s.aws/resources"
PREFIX = "service.beta.kubernetes.io/aws-load-balancer-"
STACK = "service.k8s.aws/stack"
COMPONENT = "service"

BALANCER, TARGETS, LISTENER = "lb/loadBalancer", "lb/targetGroup", "lb/listener"
GROUP, INTERFACE = "ec2/securityGroup", "ec2/networkInterface"
RIGHTS = ("elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup",
          "elasticloadbalancing:CreateListener", "elasticloadbalancing:RegisterTargets", "elasticloadbalancing:AddTags",
          "ec2:CreateSecurityGroup", "ec2:AuthorizeSecurityGroupIngress", "ec2:CreateTags", "ec2:DescribeSubnets",
          "ec2:DescribeAvailabilityZones")  # fmt: skip
REMOVING = ("elasticloadbalancing:DeleteLoadBalancer", "elasticloadbalancing:DeleteTargetGroup",
            "ec2:DeleteSecurityGroup")  # fmt: skip


class LoadBalancerError(Exception):
    """The load balancer cannot be made; said in an Event of the Service, as the controller does."""


@dataclass(frozen=True)
class Part:
    """Something that a load balancer is made of."""

    type: str
    id: str
    facts: Mapping[str, Any]


def reconcile(scene: Scene) -> bool:
    """One round. Whether all of it went well."""
    where, pod = place(scene.cloud.read()), controller(scene, APP)
    if where is None or pod is None:
        return True
    account = (pod["metadata"]["namespace"], pod["spec"].get("serviceAccountName", "default"))
    return scene.each("load balancer", scene.world.all("services"), lambda s: _service(scene, where, s, *account))


def _service(scene: Scene, where: Place, service: Object, *account: str) -> None:
    service = {"apiVersion": "v1", "kind": "Service", **service}
    metadata = service["metadata"]
    path = f"/api/v1/namespaces/{metadata['namespace']}/services/{metadata['name']}"
    finalizers = metadata.get("finalizers") or []
    if metadata.get("deletionTimestamp") or not is_ours(service):
        if FINALIZER in finalizers:
            why = denied(scene.cloud.read(), *account, *REMOVING)
            if why:
                scene.say(service, "FailedDeployModel", f"Failed deploy model due to {why}", COMPONENT, "Warning")
                return
            with scene.cloud.transaction() as cloud:
                remove(cloud, where, service)
            scene.set_finalizers(path, service, [f for f in finalizers if f != FINALIZER])
        return
    if FINALIZER not in finalizers:
        # First, so that no Service goes while its load balancer stays.
        scene.set_finalizers(path, service, [*finalizers, FINALIZER])
    try:
        why = denied(scene.cloud.read(), *account, *RIGHTS)
        if why:
            raise LoadBalancerError(f"Failed deploy model due to {why}")
        host = _ensured(scene, where, service)
    except LoadBalancerError as error:
        reason = "FailedDeployModel" if "deploy model" in str(error) else "FailedBuildModel"
        scene.say(service, reason, str(error), COMPONENT, "Warning")
        return
    ingress = [{"hostname": host}]
    if ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") != ingress:
        scene.world.api.patch(f"{path}/status", {"status": {"loadBalancer": {"ingress": ingress}}})
        scene.say(service, "SuccessfullyReconciled", "Successfully reconciled", COMPONENT)


def is_ours(service: Object) -> bool:
    """Whether a Service is this controller's business: by its class, or by the annotation of old."""
    spec = service["spec"]
    if spec.get("type") != "LoadBalancer":
        return False
    chosen = spec.get("loadBalancerClass")
    return bool(chosen == CLASS or (chosen is None and _annotation(service, "type") in ("external", "nlb-ip")))


def _ensured(scene: Scene, where: Place, service: Object) -> str:
    """Host name of the Service's load balancer, which is made if it is not there. Raises `LoadBalancerError`."""
    present = _present(scene.cloud.read(), service)
    wanted = model(scene.cloud.read(), where, service)
    if {(p.type, p.id) for p in wanted} <= {(r.type, r.id) for r in present}:
        return host_name(where, service)
    with scene.cloud.transaction() as cloud:
        # Again, under the lock: two Services may want the same address at the same moment.
        for part in model(cloud, where, service):
            if cloud.get(part.type, part.id) is None:
                cloud.add(part.type, part.id, {}, part.facts, owner="controller")
        for allocation in _list(service, "eip-allocations"):
            addresses.occupy(cloud, allocation, where.vpc, balancer_id(where, service))
    return host_name(where, service)


def model(cloud: Cloud, where: Place, service: Object) -> Sequence[Part]:
    """Everything that a Service's load balancer is made of. Raises `LoadBalancerError`."""
    name, inside = balancer_name(service), _subnets(cloud, where, service)
    scheme = _annotation(service, "scheme") or "internal"
    if scheme not in ("internal", "internet-facing"):
        raise LoadBalancerError(f"Failed build model due to unknown scheme: {scheme}")
    target = _annotation(service, "nlb-target-type") or "instance"
    if target not in ("ip", "instance"):
        raise LoadBalancerError(f'Failed build model due to unsupported target type "{target}"')
    _check_addresses(cloud, where, service, scheme, len(inside))
    _check_name(cloud, where, service)
    tags = {**_tags(service), "elbv2.k8s.aws/cluster": where.cluster, STACK: _stack(service)}
    common = {"vpcId": where.vpc, "region": where.region, "service": _stack(service)}
    id = balancer_id(where, service)
    code = _code(service)
    front, back = (f"sg-0{number(seed, 16)}" for seed in (f"front {code}", f"back {where.cluster}"))
    balancer = {
        **common, "name": name, "dnsName": host_name(where, service), "scheme": scheme, "tags": tags,
        "loadBalancerType": "network", "subnets": [s.id for s in inside], "securityGroups": [front, back],
    }  # fmt: skip
    made = [
        Part(GROUP, front, {**common, "name": f"k8s-{_short(service)}-{code[:10]}", "tags": tags}),
        Part(GROUP, back, {"vpcId": where.vpc, "region": where.region, "cluster": where.cluster,
                           "name": f"k8s-traffic-{where.cluster}-{code[:10]}",
                           "tags": {"elbv2.k8s.aws/cluster": where.cluster, "elbv2.k8s.aws/resource": "backend-sg"}}),
        Part(BALANCER, id, balancer),
    ]  # fmt: skip
    for port in service["spec"].get("ports") or ():
        group = where.arn("elasticloadbalancing", f"targetgroup/k8s-{_short(service)}-{code[:10]}/{port['port']}{code}")
        facts = {**common, "name": f"k8s-{_short(service)}-{port['port']}", "targetType": target, "tags": tags}
        made.append(Part(TARGETS, group, facts))
        listener = id.replace(":loadbalancer/", ":listener/") + f"/{port['port']}"
        made.append(Part(LISTENER, listener, {**common, "port": port["port"], "tags": tags}))
    for subnet in inside:
        eni = f"eni-0{number(f'{code} {subnet.id}', 16)}"
        about = {"name": eni, "subnetId": subnet.id, "description": f"ELB net/{name}/{code}", "status": "in-use"}
        made.append(Part(INTERFACE, eni, {**common, **about, "groups": [front, back]}))
    return made


def remove(cloud: Cloud, where: Place, service: Object) -> None:
    """Take away all that belongs to a Service's load balancer, and free its addresses."""
    addresses.release(cloud, balancer_id(where, service))
    for record in _present(cloud, service):
        shared = record.outputs.get("service") is None
        if not shared or not any(r.id != balancer_id(where, service) for r in cloud.of_type(BALANCER)):
            cloud.remove(record.type, record.id)


def _present(cloud: Cloud, service: Object) -> list[Record]:
    """What there is of a Service's load balancer, with what all of them share."""
    found = cloud.of_type(BALANCER, TARGETS, LISTENER, GROUP, INTERFACE)
    shared = "elbv2.k8s.aws/resource"
    return [r for r in found if r.outputs.get("service") == _stack(service) or shared in (r.outputs.get("tags") or {})]


def _subnets(cloud: Cloud, where: Place, service: Object) -> list[Record]:
    named = _list(service, "subnets")
    if named:
        try:
            found = [network.get_subnet(cloud, id, "EC2 DescribeSubnets") for id in named]
        except ApiError as error:
            raise LoadBalancerError(f"Failed build model due to {error}") from error
        if any(s.outputs["vpcId"] != where.vpc for s in found):
            raise LoadBalancerError(f"Failed build model due to subnets {named} that are not in {where.vpc}")
    else:
        public = _annotation(service, "scheme") == "internet-facing"
        role = "kubernetes.io/role/elb" if public else "kubernetes.io/role/internal-elb"
        here = [s for s in cloud.of_type("ec2/subnet") if s.outputs["vpcId"] == where.vpc]
        tagged = [s for s in here if rules.tags_of(cloud, s).get(role) in ("1", "")]
        found = list({str(s.outputs["availabilityZone"]): s for s in tagged}.values())
        if not found:
            raise LoadBalancerError(
                f"Failed build model due to unable to resolve at least one subnet (0 match VPC and tags: [{role}])"
            )
    if len({s.outputs["availabilityZone"] for s in found}) < len(found):
        raise LoadBalancerError(f"Failed build model due to multiple subnets in one availability zone: {named}")
    for subnet in found:
        public = _annotation(service, "scheme") == "internet-facing"
        if public and subnet.owner != "given" and routes.way_out(cloud, subnet) != "ec2/internetGateway":
            why = f"InvalidSubnet: {subnet.id} has no route to an internet gateway"
            raise LoadBalancerError(f"Failed deploy model due to {why}")
    return found


def _check_addresses(cloud: Cloud, where: Place, service: Object, scheme: str, subnets: int) -> None:
    wanted = _list(service, "eip-allocations")
    if not wanted:
        return
    if scheme != "internet-facing":
        raise LoadBalancerError(
            "Failed build model due to EIP allocations can only be set for internet facing load balancers"
        )
    if len(wanted) != subnets:
        raise LoadBalancerError(
            f"Failed build model due to count of EIP allocations ({len(wanted)}) and subnets ({subnets}) must match"
        )
    for allocation in wanted:
        try:
            addresses.get_free(cloud, allocation, "ELBv2 CreateLoadBalancer", balancer_id(where, service))
        except ApiError as error:
            raise LoadBalancerError(f"Failed deploy model due to {error}") from error


def _check_name(cloud: Cloud, where: Place, service: Object) -> None:
    name = balancer_name(service)
    if not re.fullmatch(r"[A-Za-z0-9]([-A-Za-z0-9]{0,30}[A-Za-z0-9])?", name) or name.startswith("internal-"):
        raise LoadBalancerError(
            f"Failed build model due to load balancer name {name!r} (32 letters, digits and dashes)"
        )
    for other in cloud.of_type(BALANCER):
        if other.outputs["name"] == name and other.outputs.get("service") != _stack(service):
            raise LoadBalancerError(f"Failed deploy model due to DuplicateLoadBalancerName: {name} exists already")


def balancer_name(service: Object) -> str:
    """As asked for, or made up of the Service's."""
    return _annotation(service, "name") or f"k8s-{_short(service)}-{_code(service)[:10]}"


def balancer_id(where: Place, service: Object) -> str:
    """ARN."""
    return where.arn("elasticloadbalancing", f"loadbalancer/net/{balancer_name(service)}/{_code(service)}")


def host_name(where: Place, service: Object) -> str:
    """By which people reach it; its addresses are behind that."""
    return f"{balancer_name(service)}-{_code(service)}.elb.{where.region}.amazonaws.com"


def _tags(service: Object) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in _list(service, "additional-resource-tags"))
    return {key.strip(): value.strip() for key, _, value in pairs}


def _annotation(service: Object, name: str) -> str:
    return str((service["metadata"].get("annotations") or {}).get(PREFIX + name) or "").strip()


def _list(service: Object, name: str) -> list[str]:
    return [item.strip() for item in _annotation(service, name).split(",") if item.strip()]


def _stack(service: Object) -> str:
    return f"{service['metadata']['namespace']}/{service['metadata']['name']}"


def _short(service: Object) -> str:
    metadata = service["metadata"]
    return f"{metadata['namespace'][:8]}-{metadata['name'][:8]}"


def _code(service: Object) -> str:
    """Sixteen digits that are its own: other for a Service that was made anew."""
    return sha256(str(service["metadata"]["uid"]).encode()).hexdigest()[:16]
