"""How addresses are asked over HTTP, and what an address that cannot be reached means."""

from __future__ import annotations

import ssl
from functools import cache

import httpx

from binder_deploy.checks.launch.model import Failure, LaunchFailed, Request

CONNECT_S = 20.0


@cache
def tls(verify: bool) -> ssl.SSLContext:
    """Whom to trust: the public authorities, or those that SSL_CERT_FILE and SSL_CERT_DIR name."""
    return httpx.create_ssl_context(verify=verify)


def client(request: Request) -> httpx.Client:
    """A client that follows redirects and gives up on silence."""
    timeout = httpx.Timeout(request.silence_s, connect=CONNECT_S)
    return httpx.Client(
        verify=tls(request.verify), follow_redirects=True, timeout=timeout, headers={"User-Agent": "binder-deploy"}
    )


def unreachable(stage: str, url: str, error: httpx.HTTPError) -> LaunchFailed:
    """The failure that a transport error is. Addresses are told without their query: it may hold a token."""
    words = str(error) or type(error).__name__
    host = httpx.URL(url).host
    match error:
        case httpx.ReadTimeout():
            message = f"{host} has said nothing for a while"
            remedy = "something between here and there holds event streams back or lost the connection; try again"
        case httpx.ConnectError() if "CERTIFICATE" in words.upper():
            message = f"{host} shows a certificate that is not trusted ({words})"
            remedy = (
                "run `binder-deploy check --phase tls`; a staging certificate has to give way to one of "
                "`tls.server: production`"
            )
        case httpx.ConnectError() | httpx.ConnectTimeout():
            message = f"{host} cannot be reached ({words})"
            remedy = "see that the name resolves and that port 443 answers: `binder-deploy check --phase ingress`"
        case httpx.TooManyRedirects():
            message = f"{host} redirects in circles"
            remedy = "see what answers there; TLS that is ended twice is the usual cause"
        case _:
            message = f"the connection to {host} broke off ({words})"
            remedy = "run it again; if it happens again, see the proxy's time-outs: an event stream lasts minutes"
    return LaunchFailed(Failure(stage, message, remedy))
