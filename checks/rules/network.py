"""Policies hold, and leave open what must be open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from binder_deploy.checks.facts import network as n
from binder_deploy.checks.facts.network import Reached
from binder_deploy.checks.model import Facts, Failed, Passed, Verdict, Warned
from binder_deploy.checks.objects import binder

FEW_PULLS = 20
"""Pulls left at Docker Hub below which the next builds may fail: each asks for one to five images."""


def policies_are_enforced(facts: Facts) -> Verdict:
    """A policy that denies does deny, also to a pod without an owner, and one that allows does allow."""
    found = facts[n.ENFORCEMENT]
    if found.denied.open:
        return Failed(
            "nothing enforces network policies for the pods that people's servers are: a pod whose policy denies "
            f"everything reached the API server ({found.denied.how}); servers and builds can go where they like",
            "switch on an enforcer that counts pods without an owner, too: Dataplane V2 on GKE, Calico in policy-only "
            "mode on EKS (the AWS VPC CNI's own agent skips such pods); then run "
            "`binder-deploy check --only BD-NET-001`",
        )
    if not found.allowed.open:
        return Failed(
            "a pod whose policy allows everything cannot reach the API server "
            f"({found.allowed.how}): the cluster's network is broken, or another policy denies it",
            f"look at the network plugin's pods (`kubectl -n kube-system get pods`); {_policies(facts)}",
        )
    return Passed(f"denied: {found.denied.how}; allowed: {found.allowed.how}")


def metadata_is_closed(facts: Facts) -> Verdict:
    """Neither servers nor builds reach the metadata server, which hands out the node's credentials."""
    sources = {"servers": facts[n.FROM_SERVER], "builds": facts[n.FROM_BUILD]}
    reached = [who for who, found in sources.items() if found[n.METADATA].open]
    if reached:
        return Failed(
            f"the cloud's metadata server (169.254.169.254) answers {' and '.join(reached)}: code that people bring "
            "can take the node's credentials",
            f"{_policies(facts)}, of which `singleuser` and `binder-service-builds` must exclude that address; run "
            "`binder-deploy up` to restore them, and see BD-NET-001 for whether they are enforced",
        )
    return Passed()


def servers_reach_the_hub(facts: Facts) -> Verdict:
    """A person's server finds names and the hub; without, it never counts as started."""
    found = facts[n.FROM_SERVER]
    shut = _shut(found, (n.NAMES_INSIDE, n.NAMES_OUTSIDE, n.HUB, n.HUB_BY_PROXY))
    if shut:
        return Failed(
            f"a person's server does not reach: {shut}; launches end in a timeout",
            f"{_policies(facts)}; `kubectl -n {binder(facts)} get pods` whether hub and proxy run; remove policies and "
            "`charts.binder-service.values` of your own that cut off DNS (UDP and TCP 53) or the hub (TCP 8081, 8000)",
        )
    return Passed()


def servers_reach_nothing_private(facts: Facts) -> Verdict:
    """What is inside the cluster and its network is none of a server's business."""
    found = facts[n.FROM_SERVER]
    reached = [f"{name} ({found[name].how})" for name in (n.API_SERVER, n.PRIVATE) if found[name].open]
    if reached:
        return Failed(
            f"a person's server reaches {' and '.join(reached)}, although its policies close private networks",
            f"{_policies(facts)}; look for one of your own that selects component=singleuser-server and opens more, "
            "since policies add up; BD-NET-001 says whether any is enforced",
        )
    return Passed()


def builds_reach_the_registry(facts: Facts) -> Verdict:
    """A build that cannot talk to the registry runs to its end and fails at the push."""
    shut = _shut(facts[n.FROM_BUILD], (n.REGISTRY,))
    if shut:
        return Failed(
            f"a build does not reach the {shut}: no image can be pushed",
            f"{_policies(facts)}, of which `binder-service-builds` must let TCP 443 to the registry out; check the NAT "
            "gateway and firewalls of the build nodes' network, and `registry` in binder.yaml",
        )
    return Passed()


def builds_reach_the_internet(facts: Facts) -> Verdict:
    """Repositories and packages come, large packets included."""
    found = facts[n.FROM_BUILD]
    shut = _shut(found, (n.NAMES_OUTSIDE, n.GITHUB, n.PYPI))
    if shut:
        return Failed(
            f"a build does not reach: {shut}",
            "check the NAT gateway, the firewalls and the name service of the build nodes' network; "
            f"{_policies(facts)}, of which `binder-service-builds` opens `guardrails.egress.ports`",
        )
    if not found[n.DOWNLOAD].open:
        return Failed(
            f"small answers reach a build, large ones do not: {n.DOWNLOAD}: {found[n.DOWNLOAD].how}; the usual cause "
            "is a network whose MTU is smaller than the pods believe",
            "compare the MTU of the nodes' network with that of the pods; with the builder `dind`, set it by "
            "`binderhub.dind.daemonset.extraArgs: [--mtu=1400]` in `charts.binder-service.values`",
        )
    return Passed(found[n.DOWNLOAD].how)


def docker_hub_has_pulls_left(facts: Facts) -> Verdict:
    """Docker Hub counts anonymous pulls by address; a cluster behind one NAT has one address."""
    found = facts[n.FROM_BUILD][n.DOCKER_HUB]
    if found.number is None:
        return Passed(found.how) if found.open else Warned(f"Docker Hub could not be asked: {found.how}")
    if found.number < FEW_PULLS:
        return Failed(
            f"Docker Hub has {found.number:g} anonymous pulls left for this cluster's address; then builds whose base "
            "image is there fail with 429",
            "wait (the limit counts six hours back), give builders a login by "
            "`config.BinderHub.buildDockerConfig` in `charts.binder-service.values`, or use a pull-through cache",
        )
    return Passed(f"{found.number:g} pulls left")


def _shut(found: Mapping[str, Reached], names: Sequence[str]) -> str:
    return ", ".join(f"{name} ({found[name].how})" for name in names if not found[name].open)


def _policies(facts: Facts) -> str:
    return f"`kubectl -n {binder(facts)} get networkpolicy` shows the policies"
