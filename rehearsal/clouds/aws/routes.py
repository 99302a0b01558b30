"""Route tables, routes, and which subnet goes by which table."""

from __future__ import annotations

from collections.abc import Iterator

from binder_deploy.rehearsal.clouds.aws import rules, words
from binder_deploy.rehearsal.clouds.aws.network import check_tagged, dependency, get_subnet, get_vpc, unique
from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.kind import Kind, Problem
from binder_deploy.rehearsal.clouds.numbers import number
from binder_deploy.rehearsal.clouds.wire import Props


def _table_id(props: Props) -> str:
    return unique("rtb", props)


def _require_table(cloud: Cloud, props: Props) -> None:
    get_vpc(cloud, str(props["vpcId"]), "EC2 CreateRouteTable")


def _table_outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    id = old.id if old else _table_id(props)
    arn = rules.arn("ec2", props, f"route-table/{id}")
    return {"arn": arn, "ownerId": props[rules.ACCOUNT], "routes": [], "propagatingVgws": [], **rules.tagged(props)}


def _delete_table(cloud: Cloud, record: Record) -> None:
    for tie in cloud.of_type("ec2/routeTableAssociation"):
        if tie.outputs["routeTableId"] == record.id:
            raise dependency("EC2 DeleteRouteTable", f"The routeTable '{record.id}'", tie)
    for route in cloud.of_type("ec2/route"):
        if route.outputs["routeTableId"] == record.id:
            cloud.remove(route.type, route.id)
    cloud.remove(record.type, record.id)


ROUTE_TABLE = Kind(
    pulumi_type="aws:ec2/routeTable:RouteTable",
    label="EC2 Route Table",
    id=_table_id,
    outputs=_table_outputs,
    computed=("arn", "ownerId"),
    located=rules.LOCATED,
    immutable=frozenset({"vpcId", "region"}),
    check=check_tagged,
    require=_require_table,
    delete=_delete_table,
    unique=True,
)

_TARGETS = {"gatewayId": "ec2/internetGateway", "natGatewayId": "ec2/natGateway"}


def _route_id(props: Props) -> str:
    return f"r-{props['routeTableId']}{number(str(props.get('destinationCidrBlock')), 10)}"


def _imported_route(cloud: Cloud, id: str) -> str:
    table, _, to = id.partition("_")
    return _route_id({"routeTableId": table, "destinationCidrBlock": to})


def _check_route(props: Props) -> Iterator[Problem]:
    yield from rules.region(props)
    yield from rules.cidr(props.get("destinationCidrBlock"), "destinationCidrBlock")


def _require_route(cloud: Cloud, props: Props) -> None:
    table = rules.get(
        cloud, "ec2/routeTable", str(props["routeTableId"]), "EC2 CreateRoute", "InvalidRouteTableID.NotFound",
        f"The routeTable ID '{props['routeTableId']}' does not exist",
    )  # fmt: skip
    targets = [field for field in _TARGETS if props.get(field)]
    if len(targets) != 1:
        why = f"a route needs one target: one of {', '.join(_TARGETS)}"
        raise words.refused("EC2 CreateRoute", "InvalidParameterCombination", why)
    id = str(props[targets[0]])
    target = rules.get(
        cloud, _TARGETS[targets[0]], id, "EC2 CreateRoute", f"Invalid{targets[0][0].upper()}{targets[0][1:]}.NotFound",
        f"The {targets[0]} '{id}' does not exist",
    )  # fmt: skip
    if _vpc_of(cloud, target) != table.outputs["vpcId"]:
        why = f"route table {table.id} and network gateway {id} belong to different networks"
        raise words.refused("EC2 CreateRoute", "InvalidParameterValue", why)


def _vpc_of(cloud: Cloud, target: Record) -> object:
    if target.type == "ec2/natGateway":
        return get_subnet(cloud, str(target.outputs["subnetId"]), "EC2 CreateRoute").outputs["vpcId"]
    return target.outputs.get("vpcId")


ROUTE = Kind(
    pulumi_type="aws:ec2/route:Route",
    label="EC2 Route",
    id=_route_id,
    imported=_imported_route,
    outputs=lambda cloud, props, old: {"state": "active", "origin": "CreateRoute", "instanceId": "",
                                       "instanceOwnerId": ""},
    computed=("state", "origin", "instanceId", "instanceOwnerId"),
    located=rules.LOCATED,
    immutable=frozenset({"routeTableId", "destinationCidrBlock", "region"}),
    check=_check_route,
    require=_require_route,
)  # fmt: skip


def _tie_id(props: Props) -> str:
    return unique("rtbassoc", props)


def _imported_tie(cloud: Cloud, id: str) -> str:
    subnet, _, table = id.partition("/")
    for tie in cloud.of_type("ec2/routeTableAssociation"):
        if (tie.outputs.get("subnetId"), tie.outputs["routeTableId"]) == (subnet, table):
            return tie.id
    return id


def _require_tie(cloud: Cloud, props: Props) -> None:
    subnet = get_subnet(cloud, str(props["subnetId"]), "EC2 AssociateRouteTable")
    id = str(props["routeTableId"])
    table = rules.get(
        cloud, "ec2/routeTable", id, "EC2 AssociateRouteTable", "InvalidRouteTableID.NotFound",
        f"The routeTable ID '{id}' does not exist",
    )  # fmt: skip
    if table.outputs["vpcId"] != subnet.outputs["vpcId"]:
        why = f"route table {table.id} and subnet {subnet.id} belong to different networks"
        raise words.refused("EC2 AssociateRouteTable", "InvalidParameterValue", why)
    for tie in cloud.of_type("ec2/routeTableAssociation"):
        if tie.outputs.get("subnetId") == subnet.id and "__unique" in props:
            why = f"the specified association for route table {table.id} conflicts with an existing association"
            raise words.refused("EC2 AssociateRouteTable", "Resource.AlreadyAssociated", why)


ASSOCIATION = Kind(
    pulumi_type="aws:ec2/routeTableAssociation:RouteTableAssociation",
    label="EC2 Route Table Association",
    id=_tie_id,
    imported=_imported_tie,
    outputs=lambda cloud, props, old: {},
    computed=(),
    located=rules.LOCATED,
    immutable=frozenset({"subnetId", "gatewayId", "region"}),
    require=_require_tie,
    unique=True,
)


def way_out(cloud: Cloud, subnet: Record) -> str | None:
    """Type of what a subnet's default route leads to: NAT or internet gateway; None: nowhere."""
    for tie in cloud.of_type("ec2/routeTableAssociation"):
        if tie.outputs.get("subnetId") == subnet.id:
            for route in cloud.of_type("ec2/route"):
                same = route.outputs["routeTableId"] == tie.outputs["routeTableId"]
                if same and route.outputs.get("destinationCidrBlock") == "0.0.0.0/0":
                    return next((type for field, type in _TARGETS.items() if route.outputs.get(field)), None)
    return None


KINDS = (ROUTE_TABLE, ROUTE, ASSOCIATION)
