"""What still exists in the simulated account, and what it would cost or block."""

from __future__ import annotations

from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.settings.leftovers import Leftover

# Type → kind, reason, command. Fields in braces are the record's inputs and outputs, `id` and `name` its own.
_KINDS = {
    "eks/cluster": ("cluster", "billed by the hour, with its nodes", "aws eks delete-cluster --name {name}"),
    "eks/nodeGroup": ("node group", "billed by the node and second",
                      "aws eks delete-nodegroup --cluster-name {clusterName} --nodegroup-name {nodeGroupName}"),
    "autoscaling/group": ("autoscaling group", "starts machines, which are billed by the second",
                          "aws autoscaling delete-auto-scaling-group --force-delete --auto-scaling-group-name {name}"),
    "ec2/launchTemplate": ("launch template", "costs nothing; a new one of that name is refused",
                           "aws ec2 delete-launch-template --launch-template-id {id}"),
    "ebs/volume": ("volume", "billed by the GB, attached or not", "aws ec2 delete-volume --volume-id {id}"),
    "lb/loadBalancer": ("load balancer", "billed by the hour; it keeps its addresses and subnets in use",
                        "aws elbv2 delete-load-balancer --load-balancer-arn {id}"),
    "lb/targetGroup": ("target group", "counts against the quota",
                       "aws elbv2 delete-target-group --target-group-arn {id}"),
    "ec2/securityGroup": ("security group", "blocks the deletion of its VPC",
                          "aws ec2 delete-security-group --group-id {id}"),
    "ec2/networkInterface": ("network interface", "blocks the deletion of its subnet",
                             "aws ec2 delete-network-interface --network-interface-id {id}"),
    "ec2/eip": ("address", "billed by the hour, used or not", "aws ec2 release-address --allocation-id {id}"),
    "ec2/natGateway": ("NAT gateway", "billed by the hour and by traffic",
                       "aws ec2 delete-nat-gateway --nat-gateway-id {id}"),
    "ec2/internetGateway": ("internet gateway", "blocks the deletion of its VPC",
                            "aws ec2 detach-internet-gateway --internet-gateway-id {id} --vpc-id {vpcId} && "
                            "aws ec2 delete-internet-gateway --internet-gateway-id {id}"),
    "ec2/routeTable": ("route table", "blocks the deletion of its VPC",
                       "aws ec2 delete-route-table --route-table-id {id}"),
    "ec2/subnet": ("subnet", "blocks the deletion of its VPC", "aws ec2 delete-subnet --subnet-id {id}"),
    "ec2/vpc": ("VPC", "counts against the quota of VPCs", "aws ec2 delete-vpc --vpc-id {id}"),
    "ec2/tag": ("tag", "says that a cluster uses what no cluster uses",
                "aws ec2 delete-tags --resources {resourceId} --tags Key={key}"),
    "cloudwatch/logGroup": ("log group", "billed by the GB of logs",
                            "aws logs delete-log-group --log-group-name {name}"),
    "iam/role": ("role", "a name that can still act in the account", "aws iam delete-role --role-name {name}"),
    "iam/rolePolicy": ("role policy", "a role keeps its rights",
                       "aws iam delete-role-policy --role-name {role} --policy-name {name}"),
    "iam/rolePolicyAttachment": ("role policy", "a role keeps its rights",
                                 "aws iam detach-role-policy --role-name {role} --policy-arn {policyArn}"),
    "ecr/repositoryCreationTemplate": ("repository creation template", "pushes go on making repositories",
                                       "aws ecr delete-repository-creation-template --prefix {prefix}"),
    "ecr/repository": ("repository", "billed by the GB of images",
                       "aws ecr delete-repository --force --repository-name {name}"),
    "route53/record": ("DNS record", "points people to an address that may become somebody else's",
                       "aws route53 list-resource-record-sets --hosted-zone-id {zoneId} (then delete {name} {type})"),
    "eks/podIdentityAssociation": ("pod identity association", "goes with its cluster",
                                   "aws eks delete-pod-identity-association --cluster-name {clusterName} "
                                   "--association-id {id}"),
    "budgets/budget": ("budget", "goes on sending mail",
                       "aws budgets delete-budget --account-id {accountId} --budget-name {name}"),
}  # fmt: skip

_PARTS = frozenset({
    "ec2/route", "ec2/routeTableAssociation", "lb/listener", "autoscaling/tag", "eks/addon", "eks/accessEntry",
    "eks/accessPolicyAssociation",
})  # fmt: skip
"""What goes with what it is a part of."""


def leftovers(cloud: Cloud) -> list[Leftover]:
    """Everything that exists and was not there before us, dependents before what they use (newest first)."""
    ours = [r for r in cloud.records.values() if r.owner != "given" and r.type not in _PARTS]
    return [_leftover(r) for r in sorted(ours, key=lambda r: r.created, reverse=True)]


def _leftover(record: Record) -> Leftover:
    kind, why, command = _KINDS.get(record.type, (record.type.rpartition("/")[2], "exists", ""))
    made = "a controller in the cluster" if record.owner == "controller" else "the deployment"
    # By id where it has no name: what the state knows is told apart by either.
    return Leftover(
        kind,
        str(record.outputs.get("name") or record.id),
        f"made by {made}; {why}",
        command.format_map(_Fields(record)),
        record.id,
        str((record.outputs.get("tags") or {}).get("Name", "")),
    )


class _Fields(dict[str, str]):
    """Properties for a command; what a record does not tell is left for the reader."""

    def __init__(self, record: Record) -> None:
        super().__init__({k: str(v) for k, v in {**record.inputs, **record.outputs}.items()})
        self.update(id=record.id, name=str(record.outputs.get("name") or record.id))

    def __missing__(self, field: str) -> str:
        return field.upper()
