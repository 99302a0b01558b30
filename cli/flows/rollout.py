"""After a change: everything is rolled out, and the service says three times in a row that it is well."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from binder_deploy.checks.given import Given
from binder_deploy.cli.flows.deployment import Deployment
from binder_deploy.cli.flows.events import Notice, Observer, phase
from binder_deploy.ops.rollout import await_rolled_out
from binder_deploy.settings.address import BareIp

if TYPE_CHECKING:
    from binder_deploy.checks.probes.web.browser import Browser

ROLLOUT_S = 600.0
"""The engine has waited already: this is for old pods to go."""
HEALTH_S = 600.0
HEALTH_LOOKS = 3
"""In a row: behind one address an old and a new pod may take turns."""
AGAIN_S = 5.0


class NotWell(Exception):
    """What was deployed is not rolled out, or does not answer as it should."""


def await_well(deployment: Deployment, observe: Observer) -> None:
    """Raises `NotWell`, `ClusterSilent`."""
    with phase(observe, "rollout", "wait for the roll-out") as current:
        if left := await_rolled_out(deployment.kubeconfig, ROLLOUT_S):
            raise NotWell(f"not rolled out after {ROLLOUT_S:.0f} s: {'; '.join(left)}")
        current.note = "hub, proxy and binder are new and ready"
    if deployment.simulated:
        observe(Notice("the service's health is not asked in a rehearsal: nothing answers there"))
        return
    with phase(observe, "health", "ask for its health") as current:
        await_health(deployment)
        current.note = f"well {HEALTH_LOOKS} times in a row"


def await_health(
    deployment: Deployment,
    *,
    timeout_s: float = HEALTH_S,
    pause_s: float | None = None,
    again_s: float = AGAIN_S,
    browser: Browser | None = None,
) -> None:
    """Ask BinderHub's health page through the public address until it is well three times in a row.

    `pause_s`: between two looks of a row; left out: as long as BinderHub repeats itself. `again_s`: after a look that
    was bad. Raises `NotWell` with what was seen last when `timeout_s` seconds are over.
    """
    import httpx  # here, not above: it takes a moment to import

    from binder_deploy.charts.values.origins import origins
    from binder_deploy.checks.probes.web import binder, usual_browser

    outputs = deployment.engine.outputs()
    address = outputs.address if outputs else ""
    if not address and isinstance(deployment.settings.address, BareIp):
        raise NotWell("the service has no address, so its health cannot be asked")
    url = str(origins(deployment.settings, address).binder_url)
    given = Given(settings=deployment.settings, folder=deployment.folder, address=address or None)
    seen = browser or usual_browser(given, deployment.settings.address.hosts or (address,))
    pause_s = binder.HEALTH_CACHE_S if pause_s is None else pause_s
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            looks = binder.health(seen, url, HEALTH_LOOKS, pause_s)
            if looks[-1].status == 200:
                return
            ill = ", ".join(name for name, well in looks[-1].services.items() if not well)
            last = f"{url}health answers {looks[-1].status}{f': {ill}' if ill else ''}"
        except httpx.TransportError as error:
            last = f"{url}health does not answer ({type(error).__name__})"
        if time.monotonic() > deadline:
            raise NotWell(f"{last}, for {timeout_s:.0f} s; it has to be well {HEALTH_LOOKS} times in a row")
        time.sleep(again_s)
