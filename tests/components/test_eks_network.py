from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations

import pytest

from binder_deploy.components.eks.network import plan


@pytest.mark.parametrize("cidr", ["10.40.0.0/16", "10.40.0.0/18", "172.20.64.0/18"])
def test_subnets_lie_in_the_network_apart_from_each_other_and_nodes_have_half(cidr):
    network = IPv4Network(cidr)
    ranges = list(vars(plan(network)).values())
    assert len(ranges) == 4
    assert all(r.subnet_of(network) for r in ranges)
    assert not any(a.overlaps(b) for a, b in combinations(ranges, 2))
    assert plan(network).nodes.num_addresses == network.num_addresses // 2
    # EKS asks for six addresses in each of the control plane's subnets, a load balancer for eight.
    assert all(16 <= r.prefixlen <= 28 for r in ranges)
