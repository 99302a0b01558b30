"""What still exists in the simulated project, and what it would cost or block."""

from __future__ import annotations

from itertools import pairwise

from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.settings.leftovers import Leftover

# Type → kind, reason, command. Fields in braces are the record's outputs, `name` its name.
_KINDS = {
    "container/cluster": ("cluster", "billed by the hour, with its nodes",
                          "gcloud container clusters delete {name} --location {location} --project {project}"),
    "container/nodePool": ("node pool", "billed by the node and second",
                           "gcloud container node-pools delete {name} --cluster {cluster} --location {location} "
                           "--project {project}"),
    "compute/disk": ("disk", "billed by the GB, attached or not",
                     "gcloud compute disks delete {name} --zone {zone} --project {project}"),
    "compute/forwardingRule": ("forwarding rule", "billed by the hour; it keeps its address in use",
                               "gcloud compute forwarding-rules delete {name} --region {region} --project {project}"),
    "compute/regionBackendService": ("backend service", "blocks nothing, costs nothing by itself",
                               "gcloud compute backend-services delete {name} --region {region} --project {project}"),
    "compute/targetPool": ("target pool", "blocks nothing, costs nothing by itself",
                           "gcloud compute target-pools delete {name} --region {region} --project {project}"),
    "compute/regionHealthCheck": ("health check", "counts against the quota",
                            "gcloud compute health-checks delete {name} --region {region} --project {project}"),
    "compute/firewall": ("firewall rule", "blocks the deletion of its network",
                         "gcloud compute firewall-rules delete {name} --project {project}"),
    "compute/networkEndpointGroup": ("network endpoint group", "blocks the deletion of its network",
                                     "gcloud compute network-endpoint-groups delete {name} --zone {zone} "
                                     "--project {project}"),
    "compute/address": ("address", "billed by the hour while nothing uses it",
                        "gcloud compute addresses delete {name} --region {region} --project {project}"),
    "compute/routerNat": ("NAT", "billed by the hour and by traffic",
                          "gcloud compute routers nats delete {name} --router {router} --region {region} "
                          "--project {project}"),
    "compute/router": ("router", "blocks the deletion of its network",
                       "gcloud compute routers delete {name} --region {region} --project {project}"),
    "compute/subnetwork": ("subnetwork", "blocks the deletion of its network",
                           "gcloud compute networks subnets delete {name} --region {region} --project {project}"),
    "compute/network": ("network", "counts against the quota of networks",
                        "gcloud compute networks delete {name} --project {project}"),
    "artifactregistry/repository": ("repository", "billed by the GB of images",
                                    "gcloud artifacts repositories delete {name} --location {location} "
                                    "--project {project}"),
    "artifactregistry/repositoryIamMember": ("repository role binding", "somebody keeps access to images",
                                             "gcloud artifacts repositories remove-iam-policy-binding {repository} "
                                             "--location {location} --project {project} --member '{member}' "
                                             "--role {role}"),
    "serviceaccount/key": ("service account key", "a way in for whoever has a copy",
                           "gcloud iam service-accounts keys delete {name} --iam-account {serviceAccountId}"),
    "serviceaccount/account": ("service account", "a name that can still act in the project",
                               "gcloud iam service-accounts delete {email} --project {project}"),
    "serviceaccount/iAMMember": ("service account role binding", "somebody may still act as the account",
                                 "gcloud iam service-accounts remove-iam-policy-binding {serviceAccountId} "
                                 "--member '{member}' --role {role}"),
    "projects/iAMMember": ("project role binding", "somebody keeps access to the project",
                           "gcloud projects remove-iam-policy-binding {project} --member '{member}' --role {role}"),
    "billing/budget": ("budget", "goes on sending mail",
                       "gcloud billing budgets delete {name} --billing-account {billingAccount}"),
    "monitoring/notificationChannel": ("notification channel", "costs nothing",
                                       "gcloud beta monitoring channels delete {name} --project {project}"),
    "dns/recordSet": ("DNS record", "points people to an address that may become somebody else's",
                      "gcloud dns record-sets delete {name} --type {type} --zone {managedZone} --project {project}"),
}  # fmt: skip

_NUMBERED = frozenset({"billing/budget", "monitoring/notificationChannel"})
"""What the cloud gives a number, and people a name that others may have, too."""
_KEPT = frozenset({"projects/service"})
"""APIs stay switched on, on purpose."""


def leftovers(cloud: Cloud) -> list[Leftover]:
    """Everything that exists and was not there before us, dependents before what they use (newest first)."""
    ours = [r for r in cloud.records.values() if r.owner != "given" and r.type not in _KEPT]
    return [_leftover(r) for r in sorted(ours, key=lambda r: r.created, reverse=True)]


def _leftover(record: Record) -> Leftover:
    kind, why, command = _KINDS.get(record.type, (record.type.rpartition("/")[2], "exists", ""))
    made = "a controller in the cluster" if record.owner == "controller" else "the deployment"
    called = str(record.outputs.get("displayName", "")) if record.type in _NUMBERED else ""
    id = record.id if called else ""
    return Leftover(kind, record.name, f"made by {made}; {why}", command.format_map(_Fields(record)), id, called)


class _Fields(dict[str, str]):
    """Outputs for a command; what a record does not tell is taken from its id, or left for the reader."""

    def __init__(self, record: Record) -> None:
        parts = record.id.split("/")
        pairs = dict(pairwise(parts))
        places = {"project": "projects", "region": "regions", "zone": "zones", "location": "locations"}
        told = {**record.inputs, **record.outputs}
        super().__init__({field: pairs[word] for field, word in places.items() if word in pairs})
        self.update({k: str(v).rsplit("/", 1)[-1] if k in places else str(v) for k, v in told.items()})
        self["name"] = record.name

    def __missing__(self, field: str) -> str:
        return field.upper()
