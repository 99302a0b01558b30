"""CloudWatch's log groups. One that a service still writes to comes back."""

from __future__ import annotations

from collections.abc import Iterator

from binder_deploy.rehearsal.clouds.aws import rules
from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.kind import Kind, Problem
from binder_deploy.rehearsal.clouds.wire import Props

GROUP = "cloudwatch/logGroup"
_DAYS = (0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)


def _check(props: Props) -> Iterator[Problem]:
    yield from rules.region(props)
    yield from rules.tags(props)
    yield from rules.matches(props, "name", r"[-._/#A-Za-z0-9]{1,512}", "letters, digits and . - _ / #")
    days = props.get("retentionInDays")
    if days is not None and int(days) not in _DAYS:
        yield Problem("retentionInDays", f"expected one of {list(_DAYS)}, got {days}")


def _outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    return {
        "arn": rules.arn("logs", props, f"log-group:{props['name']}"),
        "retentionInDays": props.get("retentionInDays", 0),
        "skipDestroy": props.get("skipDestroy", False),
        "logGroupClass": props.get("logGroupClass", "STANDARD"),
        **rules.tagged(props),
    }


def of_cluster(cluster: str) -> str:
    """Name of the group that a cluster's control plane writes to."""
    return f"/aws/eks/{cluster}/cluster"


def ensure(cloud: Cloud, cluster: Record) -> None:
    """A control plane that logs makes its group if there is none; nobody will remove that one."""
    name = of_cluster(cluster.name)
    if cluster.outputs.get("enabledClusterLogTypes") and cloud.get(GROUP, name) is None:
        facts = {"name": name, "region": cluster.outputs["region"], "retentionInDays": 0}
        cloud.add(GROUP, name, {}, facts, "controller")


def _delete(cloud: Cloud, record: Record) -> None:
    cloud.remove(record.type, record.id)
    for cluster in cloud.of_type("eks/cluster"):
        if of_cluster(cluster.name) == record.id:
            ensure(cloud, cluster)


LOG_GROUP = Kind(
    pulumi_type="aws:cloudwatch/logGroup:LogGroup",
    label="CloudWatch Logs Log Group",
    id=lambda props: str(props["name"]),
    outputs=_outputs,
    computed=("arn",),
    located=rules.LOCATED,
    immutable=frozenset({"name", "namePrefix", "region", "logGroupClass"}),
    check=_check,
    delete=_delete,
    autoname=512,
)

KINDS = (LOG_GROUP,)
