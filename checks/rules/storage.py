"""Disks: without one for its database the hub never starts (jupyterhub/binderhub#897)."""

from __future__ import annotations

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.model import Facts, Failed, Passed, Verdict, Warned
from binder_deploy.checks.objects import annotated, listing, name, ours, path, spec, status
from binder_deploy.settings.names import Names

_DEFAULT = "storageclass.kubernetes.io/is-default-class"


def one_default_class(facts: Facts) -> Verdict:
    """One StorageClass is the default, and it is not ours: other people's claims must not land on our disks."""
    own = Names(facts[f.SETTINGS].name).storage_class
    default = sorted(name(c) for c in facts[f.STORAGE_CLASSES] if annotated(c).get(_DEFAULT) == "true")
    if own in default:
        return Failed(
            f"StorageClass {own} is the cluster's default: claims of others would land on our disks and go with them",
            f'kubectl annotate storageclass {own} {_DEFAULT}=false --overwrite, then "binder-deploy up"',
        )
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
    default = any(annotated(c).get(_DEFAULT) == "true" for c in facts[f.STORAGE_CLASSES])
    wrong = []
    for claim in ours(facts[f.CLAIMS]):
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
    waiting = [path(c) for c in ours(facts[f.CLAIM_PHASES]) if status(c).get("phase") != "Bound"]
    if waiting:
        namespace, _, claim = sorted(waiting)[0].partition("/")
        return Failed(
            f"without a disk: {listing(waiting)}; pods that use it cannot start",
            f"kubectl -n {namespace} describe pvc {claim} shows what the provisioner says; BD-STO-002 tells "
            "whether the class exists",
        )
    return Passed()
