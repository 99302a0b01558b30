"""Closes a Binder for a while, and opens it again: nobody can launch, a banner says why, running servers stay."""

from __future__ import annotations

from binder_deploy.cli.flows.events import Notice, Observer
from binder_deploy.cli.flows.partly import others_wait, service_of, update
from binder_deploy.cli.flows.real import Request, opened_for_checks
from binder_deploy.cli.flows.state_site import Confirm
from binder_deploy.settings.maintenance import IS_ON, KEY


def maintain(request: Request, text: str, observe: Observer, confirm: Confirm) -> bool:
    """Close it with `text` for people to read, or open it with none. False: the person said no.

    Raises `Refused` where nothing is deployed, `Stopped`, and as `opened_for_checks` does.
    """
    deployment = opened_for_checks(request, observe)
    targets, before = service_of(deployment), deployment.engine.value(KEY) or ""
    more = others_wait(deployment, targets, observe)
    if before == text and not more:
        observe(Notice(f"{IS_ON}; with that text already" if text else "maintenance is off already"))
        return True
    todo = "Close this Binder: nobody can launch until maintenance is off" if text else "Open this Binder again"
    along = " What else was changed in binder.yaml for the service goes along." if more else ""
    if not confirm(f"{todo} ({deployment.settings.platform.where}). BinderHub starts anew.{along} Go on?"):
        return False
    deployment.engine.configure(KEY, text)
    # Should the update end before the state has taken note, the next command takes the text back: see `ledger.recall`.
    update(deployment, targets, f"maintenance {'on' if text else 'off'}", observe)
    return True
