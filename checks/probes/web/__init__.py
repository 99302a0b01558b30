"""Facts of the service as its visitors meet it: over the public address, with a browser's eyes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from binder_deploy.charts.values.origins import origins
from binder_deploy.checks.facts import web as f
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Key, Probe
from binder_deploy.settings.address import BareIp
from binder_deploy.settings.model import Settings
from binder_deploy.settings.tls import LetsEncrypt

if TYPE_CHECKING:
    from binder_deploy.checks.probes.web.browser import Browser

_TIMEOUT_S = 30.0
"""A few requests, each of which may take `browser.TIMEOUT_S` for every step."""


def probes(
    given: Given, browser: Browser | None = None, *, health_looks: int = 1, health_pause_s: float | None = None
) -> dict[Key[Any], Probe[Any]]:
    """A probe for each fact that can be asked: none before there is an address or a cluster.

    `browser`: another one than a browser of the world's. `health_looks`: how often in a row Binder's own health has
    to be good, `health_pause_s` seconds apart (left out: as long as BinderHub repeats itself).
    """
    if given.simulated or not (given.address or (given.kubeconfig and not isinstance(given.settings.address, BareIp))):
        return {}
    # Here, not above: httpx takes a moment to import, and `check` on settings alone does not need it.
    from binder_deploy.checks.probes.web import binder, hub, redirects

    at = origins(given.settings, given.address or "")
    hub_url, binder_url = str(at.hub_url), str(at.binder_url)
    ours = {urlsplit(url).hostname or "" for url in (hub_url, binder_url)}
    seen = browser or usual_browser(given, ours)
    pause_s = binder.HEALTH_CACHE_S if health_pause_s is None else health_pause_s

    def asked() -> Iterator[tuple[Key[Any], Callable[[], Any]]]:
        yield f.HUB, lambda: hub.answer(seen, hub_url)
        yield f.BINDER, lambda: binder.answer(seen, binder_url)
        yield f.HEALTH, lambda: binder.health(seen, binder_url, health_looks, pause_s)
        yield f.WALKS, lambda: tuple(redirects.walk(seen, f"http://{host}/", ours) for host in sorted(ours))
        yield f.ENCODED, lambda: binder.encoded(seen, binder_url)
        yield f.CORS, lambda: binder.cors(seen, binder_url, "https://example.org")
        yield f.STRANGER, lambda: hub.stranger(seen, hub_url)
        yield f.UPGRADE, lambda: hub.upgrade(seen, hub_url)
        yield f.STREAM, lambda: binder.stream(seen, binder_url)
        if given.kubeconfig:
            kubeconfig = given.kubeconfig

            def announced() -> f.Announced:
                from binder_deploy.checks.probes.kube import Kube
                from binder_deploy.checks.probes.service import binder_config

                url = binder_config(Kube(kubeconfig)).hub_url
                if not url:
                    raise LookupError("BinderHub was given no hub_url")
                return f.Announced(url, hub.answer(seen, url))

            yield f.ANNOUNCED, announced

    extra = (health_looks - 1) * pause_s
    return {key: Probe(collect, timeout_s=_TIMEOUT_S + extra) for key, collect in asked()}


def usual_browser(given: Given, ours: Collection[str]) -> Browser:
    """A browser of the world's that finds our hosts at the reserved address, once there is one, and everybody else
    where the name servers say."""
    from binder_deploy.checks.probes.web.browser import Browser, Place, public, whoever_issued

    def route(place: Place) -> Place:
        return (given.address, place[1]) if given.address and place[0] in ours else place

    return Browser(route, public if _trusted(given.settings) else whoever_issued)


def _trusted(settings: Settings) -> bool:
    """Whether the settings promise certificates that browsers trust."""
    tls = settings.tls
    return tls.kind == "certificate" or (isinstance(tls, LetsEncrypt) and tls.server == "production")
