"""Opens a deployment at a real cloud, and the sequences of `plan`, `up` and `down` on it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from binder_deploy.charts import bundle as bundles
from binder_deploy.charts import compare
from binder_deploy.charts import lock as locks
from binder_deploy.charts.resolve import Resolved
from binder_deploy.checks.model import Outcome
from binder_deploy.cli.flows import certify, checking, records, upgrade_mark
from binder_deploy.cli.flows.acquire import get_charts, get_tools
from binder_deploy.cli.flows.cost import costs, in_a_line
from binder_deploy.cli.flows.deploy import advice, deploy
from binder_deploy.cli.flows.deployment import Deployment, OnFile, bare_deployment, open_deployment
from binder_deploy.cli.flows.errors import Blocked, Refused, Stopped
from binder_deploy.cli.flows.events import Notice, Observer, phase
from binder_deploy.cli.flows.existing import bring_kubeconfig
from binder_deploy.cli.flows.remove import remove, restore_kubeconfig
from binder_deploy.cli.flows.state_site import Confirm, open_state, refuse_local_state_in_ci
from binder_deploy.cli.flows.summary import changed, changes
from binder_deploy.ops.dns.cloudflare import CloudflareError, NotOurs
from binder_deploy.ops.leftovers import aws, gcp
from binder_deploy.ops.leftovers.aws_api import default_api
from binder_deploy.ops.leftovers.google_api import GoogleApi
from binder_deploy.ops.leftovers.google_auth import default_client
from binder_deploy.settings import maintenance
from binder_deploy.settings.address import ManualDns
from binder_deploy.settings.base import narrowed
from binder_deploy.settings.choices import chart_sections
from binder_deploy.settings.eks import Eks
from binder_deploy.settings.eks_names import partition
from binder_deploy.settings.leftovers import Sweep
from binder_deploy.settings.load import LOCK_NAME, load
from binder_deploy.settings.model import Settings
from binder_deploy.settings.outputs import Outputs
from binder_deploy.settings.state import BucketState
from binder_deploy.stacks import teardown
from binder_deploy.stacks.errors import EngineError, Interrupted
from binder_deploy.stacks.events import Event, ResourceStep, Summary
from binder_deploy.stacks.ledger import identity, zone_in
from binder_deploy.stacks.local_site import take_over
from binder_deploy.stacks.losses import lost as loss
from binder_deploy.stacks.site import leave_dry


@dataclass(frozen=True)
class Request(OnFile):
    """Which deployment, and how its charts are found."""

    bundle: Path | None = None
    wait_s: float = 0.0
    """How long `up` waits for what people and certificate authorities do: DNS records, certificates."""


def plan(request: Request, observe: Observer) -> Summary:
    """What `up` would do. Changes nothing but `.binder-deploy/` and the lock of the charts."""
    deployment, _ = _opened(request, observe)
    try:
        planned = preview(deployment, observe)
    finally:
        leave_dry(deployment.site)
    observe(costs(deployment.settings, request.folder))
    return planned


def up(
    request: Request, observe: Observer, confirm: Confirm, lose: Confirm
) -> tuple[Outputs | None, tuple[Outcome, ...]]:
    """Check, plan, ask, deploy, check. Outputs are None if the person said no. `lose` asks before data is lost."""
    deployment, before = _opened(request, observe, confirm)
    losses: list[str] = []
    planned = preview(deployment, observe, losses)
    if changed(planned):
        todo = changes(planned).replace("created", "to create")
        cost = costs(deployment.settings, request.folder)
        observe(cost)
        if not confirm(f"{todo} ({deployment.settings.platform.where}). {in_a_line(cost.estimate)}Go on?"):
            return None, before
        if losses and not lose(f"This destroys {' and '.join(losses)}."):
            return None, before
        records.tell_moved(deployment.settings, zone_in(deployment.engine.resources()), observe)
        take_over(deployment.site.work, identity(deployment.settings))
        with phase(observe, "up", "deploy") as current:
            current.note = changes(deploy(deployment, observe))
    outputs = deployment.engine.outputs()
    if outputs:
        _make_records(deployment, outputs, observe)
        _tell_records(deployment.settings, outputs, observe)
    try:
        after = checking.after(deployment, outputs, observe, wait_s=request.wait_s)
        deployment, after = certify.go_on(deployment, outputs, after, observe, wait_s=request.wait_s)
        if outputs and deployment.settings.checks.canary:
            after = (*after, *checking.canary(deployment, outputs, observe))
    except Blocked as error:
        raise Blocked(error.outcomes, advice(deployment, "up", error)) from None
    return outputs, (*before, *after)


def down(request: Request, observe: Observer, confirm: Confirm) -> None:
    """Remove everything after the name was typed. Raises `Refused` if it was another, `LeftoversFound`."""
    deployment = opened_bare(request, observe)
    settings = deployment.settings
    if any(r.get("custom") for r in deployment.engine.resources()) and not confirm(settings.name):
        raise Refused(f"that is not the name of this deployment ({settings.name}); nothing was removed")
    remove(deployment, observe)
    upgrade_mark.remove(request.folder)
    if isinstance(settings.state, BucketState):
        observe(Notice(f"the bucket of the state, {settings.state.url}, stays: its old versions know what there was"))


def opened_for_checks(request: Request, observe: Observer) -> Deployment:
    """A deployment to look at, also from a machine that did not make it."""
    return _open(request, load(request.file), observe)


def opened_bare(request: Request, observe: Observer) -> Deployment:
    """A deployment without what only an installation needs. Raises as `state_site.open_state`."""
    settings = load(request.file)
    site = open_state(settings, request.folder, get_tools(observe, rehearsal=False), observe)
    bring_kubeconfig(settings, request.folder, site.work, os.environ)
    return _with_way_in(bare_deployment(request.folder, settings, site, lambda: sweep_of(settings)))


def _opened(
    request: Request, observe: Observer, confirm: Confirm | None = None
) -> tuple[Deployment, tuple[Outcome, ...]]:
    settings = load(request.file)
    if confirm:
        upgrade_mark.refuse_halfway(request.folder)
    elif halfway := upgrade_mark.read(request.folder):
        observe(Notice(halfway.words()))
    alone = checking.settings_alone(settings, request.folder, observe)
    deployment = _open(request, settings, observe, confirm)
    if deployment.engine.value(maintenance.KEY):
        observe(Notice(maintenance.IS_ON))
    return deployment, (*alone, *checking.before(deployment, observe))


def _open(request: Request, settings: Settings, observe: Observer, confirm: Confirm | None = None) -> Deployment:
    refuse_local_state_in_ci(settings)
    tools = get_tools(observe, rehearsal=False, installs=True)
    resolved = get_charts(
        request.folder,
        request.bundle,
        observe,
        platform=settings.platform.kind,
        asked=chart_sections(settings),
        allow_stand_ins=False,
        prefer="lock",
    )
    _tell_newer(request, observe)
    _write_lock(request.folder / LOCK_NAME, resolved)
    site = open_state(settings, request.folder, tools, observe, confirm)
    bring_kubeconfig(settings, request.folder, site.work, os.environ)
    return _with_way_in(open_deployment(request.folder, settings, tools, resolved, site, lambda: sweep_of(settings)))


def _with_way_in(deployment: Deployment) -> Deployment:
    """Also on a machine that did not make it: what is asked beforehand asks the cluster, too."""
    restore_kubeconfig(deployment.kubeconfig, teardown.kubeconfig(deployment.engine.resources()))
    return deployment


def preview(deployment: Deployment, observe: Observer, losses: list[str] | None = None) -> Summary:
    """What an update would do. Raises `Stopped`, and `Refused` where that would replace the cluster.

    `losses`: what it would destroy, in words; added to. It is told in any case.
    """
    replaced: list[str] = []
    lost = [] if losses is None else losses

    def watch(event: Event) -> None:
        if (words := loss(event)) and words not in lost:
            lost.append(words)
        if isinstance(event, ResourceStep) and event.change == "replace" and event.type.endswith("/cluster:Cluster"):
            replaced.append(event.name)
        observe(event)

    with phase(observe, "plan", "plan") as current:
        try:
            summary = deployment.engine.preview(watch)
        except (EngineError, Interrupted) as error:
            raise Stopped(error, advice(deployment, "plan", error)) from error
        current.note = changes(summary)
    for words in lost:
        observe(Notice(f"this would destroy {words}, and nothing brings that back"))
    if replaced:
        raise Refused(
            "this change of platform.* replaces the cluster, with all that is in it, and that is never done in "
            "passing; take the change back, or run `binder-deploy down` and then `binder-deploy up`"
        )
    return summary


def _make_records(deployment: Deployment, outputs: Outputs, observe: Observer) -> None:
    """The records that `up` makes itself. Raises `Stopped` with what exists by now."""
    try:
        records.make(deployment.settings, deployment.folder, outputs.address, observe)
    except (NotOurs, CloudflareError) as error:
        raise Stopped(error, advice(deployment, "up", error)) from error


def _tell_records(settings: Settings, outputs: Outputs, observe: Observer) -> None:
    """The records that somebody else has to make; told before anything waits for them."""
    if isinstance(settings.address.dns, ManualDns):
        for host in settings.hosts:
            observe(Notice(f"DNS record needed:  {host}.  300  IN  {record_to(outputs.address)}"))


def record_to(address: str) -> str:
    """Kind and content of a DNS record that leads to an address: `A 192.0.2.1`, `CNAME lb.example.org.`. Of a way in
    that is not ours, the address is not known here."""
    if not address:
        return "A  (the address of the cluster's ingress controller)"
    try:
        return f"{'A' if ip_address(address).version == 4 else 'AAAA'}  {address}"
    except ValueError:
        return f"CNAME  {address}."


def sweep_of(settings: Settings) -> Sweep:
    """What is left of a deployment at its cloud."""
    return SWEEPS[settings.platform.kind](settings)


def _sweep_google(settings: Settings) -> Sweep:
    with default_client() as http:
        return gcp.sweep(settings, GoogleApi(http))


def _sweep_aws(settings: Settings) -> Sweep:
    region = narrowed(settings.platform, Eks).region
    return aws.sweep(settings, default_api(region, partition(region)))


SWEEPS: Mapping[str, Callable[[Settings], Sweep]] = {"gke": _sweep_google, "eks": _sweep_aws}
"""Kind of platform → how what is left there is found."""


def _tell_newer(request: Request, observe: Observer) -> None:
    """Nothing is upgraded in passing; that it could be is said."""
    shipped = bundles.shipped_or_in(request.bundle)
    if request.bundle is None and compare.brings_newer(shipped, locks.read(request.folder / LOCK_NAME)):
        observe(Notice(f"this release brings bundle {shipped.name}: `binder-deploy upgrade`"))


def _write_lock(file: Path, resolved: Resolved) -> None:
    """Record digests that nobody had recorded yet, so that they are enforced from now on."""
    if resolved.new_digests:
        locks.write(file, locks.read(file).updated(resolved.bundle, resolved.new_digests))
