"""Disks: without one for its database the hub never starts (jupyterhub/binderhub#897)."""

from __future__ import annotations

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts import living
from binder_deploy.checks.facts.deployment import Object
from binder_deploy.checks.model import Facts, Failed, Passed, Verdict, Warned
from binder_deploy.checks.objects import annotated, listing, name, our_namespaces, ours, path, spec, status
from binder_deploy.settings.eks import Eks
from binder_deploy.settings.names import Names

_DEFAULT = "storageclass.kubernetes.io/is-default-class"
_DEFAULT_OF_OLD = "storageclass.beta.kubernetes.io/is-default-class"
"""Kubernetes reads it, too, and minikube writes it."""
_MIGRATED = {
    "kubernetes.io/aws-ebs": "ebs.csi.aws.com",
    "kubernetes.io/gce-pd": "pd.csi.storage.gke.io",
    "kubernetes.io/azure-disk": "disk.csi.azure.com",
}
"""Provisioners that were part of Kubernetes → the driver that does their work since 1.27."""


def one_default_class(facts: Facts) -> Verdict:
    """One StorageClass is the default, and it is not ours: other people's claims must not land on our disks."""
    own = Names(facts[f.SETTINGS].name).storage_class
    default = sorted(name(c) for c in facts[f.STORAGE_CLASSES] if _is_default(c))
    if own in default:
        return Failed(
            f"StorageClass {own} is the cluster's default: claims of others would land on our disks and go with them",
            f'kubectl annotate storageclass {own} {_DEFAULT}=false --overwrite, then "binder-deploy up"',
        )
    if not default and isinstance(facts[f.SETTINGS].platform, Eks):
        return Passed("none, as EKS has it; ours are named")
    if not default:
        return Warned(
            "no StorageClass is the default: a claim that names none stays Pending",
            f"kubectl annotate storageclass NAME {_DEFAULT}=true --overwrite",
        )
    if len(default) > 1:
        return Warned(
            f"{len(default)} StorageClasses are the default: {', '.join(default)}; the newest one wins",
            f"kubectl annotate storageclass NAME {_DEFAULT}=false --overwrite, for all but one",
        )
    return Passed(default[0])


def claims_name_a_class(facts: Facts) -> Verdict:
    """Every claim of ours names a StorageClass that exists; waiting mends nothing else."""
    classes = {name(c) for c in facts[f.STORAGE_CLASSES]}
    default = any(_is_default(c) for c in facts[f.STORAGE_CLASSES])
    wrong = []
    for claim in ours(facts, f.CLAIMS):
        wanted = spec(claim).get("storageClassName")
        if wanted is None and not default and not spec(claim).get("volumeName"):
            wrong.append(f"{path(claim)} names no class, and none is the default")
        elif wanted and wanted not in classes and not spec(claim).get("volumeName"):
            wrong.append(f"{path(claim)} names {wanted}, which does not exist")
    if wrong:
        return Failed(
            f"{listing(wrong)}; no disk will ever be made for it",
            f"set hub.storage_class to one of {listing(classes, 8) or 'the classes of the cluster (it has none)'}, or "
            "leave it out; then run `binder-deploy up` again",
        )
    return Passed()


def claims_bound(facts: Facts) -> Verdict:
    """Every claim of ours has its disk."""
    waiting = [path(c) for c in ours(facts, f.CLAIM_PHASES) if status(c).get("phase") != "Bound"]
    if waiting:
        namespace, _, claim = sorted(waiting)[0].partition("/")
        return Failed(
            f"without a disk: {listing(waiting)}; pods that use it cannot start",
            f"kubectl -n {namespace} describe pvc {claim} shows what the provisioner says; BD-STO-002 tells "
            "whether the class exists",
        )
    return Passed()


def driver_exists(facts: Facts) -> Verdict:
    """The driver that makes the disks of our claims is installed."""
    drivers = {name(d) for d in facts[living.CSI_DRIVERS]}
    classes = {name(c): str(c.get("provisioner", "")) for c in facts[f.STORAGE_CLASSES]}
    default = next((name(c) for c in facts[f.STORAGE_CLASSES] if _is_default(c)), "")
    used = {str(spec(claim).get("storageClassName") or default) for claim in ours(facts, f.CLAIMS)} & classes.keys()
    wanted = {c: _MIGRATED.get(classes[c], classes[c]) for c in used}
    # A name with a slash is no CSI driver's: some program of the cluster's owners makes the disks.
    missing = {
        f"{driver} (StorageClass {c})" for c, driver in wanted.items() if "/" not in driver and driver not in drivers
    }
    if missing:
        return Failed(
            f"the disk driver is not there: {listing(missing)}; no disk is ever made, and the hub stays Pending",
            "install the driver (on EKS the add-on aws-ebs-csi-driver with its role; on GKE switch the Compute Engine "
            "persistent disk CSI driver on), or set hub.storage_class to a class whose driver exists",
        )
    return Passed(listing(wanted.values()))


def disks_go_with_their_claims(facts: Facts) -> Verdict:
    """No disk of ours is kept when its claim goes: it would be billed after the removal."""
    kept = [
        f"{name(volume)} (for {claim.get('namespace')}/{claim.get('name')})"
        for volume in facts[living.VOLUMES]
        if (claim := spec(volume).get("claimRef") or {}).get("namespace") in our_namespaces(facts)
        and spec(volume).get("persistentVolumeReclaimPolicy") == "Retain"
    ]
    if kept:
        volume = sorted(kept)[0].partition(" ")[0]
        return Warned(
            f"kept when its claim goes: {listing(kept)}; the disk stays, and is billed, after `binder-deploy down`",
            f'kubectl patch pv {volume} -p \'{{"spec":{{"persistentVolumeReclaimPolicy":"Delete"}}}}\', unless '
            "it is meant to stay",
        )
    return Passed()


def _is_default(storage_class: Object) -> bool:
    return "true" in map(annotated(storage_class).get, (_DEFAULT, _DEFAULT_OF_OLD))
