"""Asks public pages as a browser would: names and certificates are verified, every time on a new connection.

No credentials, no cookies, no redirects, no proxies of the environment: what is asked is the way in itself.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

import httpx

from binder_deploy.checks.facts.web import NoAnswer, Trouble

TIMEOUT_S = 8.0
"""For every step of a request: to connect, to be heard, to be answered."""

Place: TypeAlias = tuple[str, int]
"""Host name or address, and port."""
Trust: TypeAlias = Callable[[str, Place], ssl.SSLContext]
"""How a host's certificate is verified, given its name and where it is served."""

# RFC 5280's reasons as OpenSSL numbers them (X509_V_ERR_*).
_CERTIFICATE: Mapping[int, Trouble] = {9: "too early", 10: "expired", 62: "wrong name", 64: "wrong name"}


def public(host: str, place: Place) -> ssl.SSLContext:
    """Mozilla's roots, or those of `SSL_CERT_FILE` for a site with its own."""
    return httpx.create_ssl_context()


def whoever_issued(host: str, place: Place) -> ssl.SSLContext:
    """For certificates that browsers refuse on purpose (staging, self-signed): name and dates are still verified."""
    blind = ssl.create_default_context()
    blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(place, TIMEOUT_S) as plain, blind.wrap_socket(plain, server_hostname=host) as tls:
        shown = tls.getpeercert(binary_form=True)
    if shown is None:
        raise ssl.SSLError(f"{host} shows no certificate")
    context = ssl.create_default_context(cadata=ssl.DER_cert_to_PEM_cert(shown))
    # Else only a certificate that signed itself can end a chain.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


@dataclass(frozen=True)
class Browser:
    """How pages are reached."""

    route: Callable[[Place], Place] = lambda place: place
    """Where a host is served: the reserved address, while the world's name servers may not know it yet."""
    trust: Trust = public

    def ask(self, url: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """The answer to a GET. Raises `httpx.TransportError`; `unread` says what it means."""
        at = httpx.URL(url)
        place = self.route((at.host, at.port or (443 if at.scheme == "https" else 80)))
        try:
            verify = self.trust(at.host, place) if at.scheme == "https" else True
        except OSError as error:
            raise httpx.ConnectError(str(error)) from error
        # One client for one request: a connection to this address may have been verified for another name.
        with httpx.Client(verify=verify, trust_env=False, timeout=TIMEOUT_S) as client:
            return client.get(
                at.copy_with(host=place[0], port=place[1]),
                headers={"Host": at.netloc.decode(), **(headers or {})},
                extensions={"sni_hostname": at.host},
            )


def bare(url: str) -> str:
    """Without what may be secret in it: query and fragment."""
    return urlsplit(url)._replace(query="", fragment="").geturl()


def unread(url: str, error: httpx.TransportError) -> NoAnswer:
    """Why a page could not be read."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return NoAnswer(bare(url), _CERTIFICATE.get(cause.verify_code, "untrusted"), cause.verify_message)
        if isinstance(cause, ssl.SSLError):
            return NoAnswer(bare(url), "tls", cause.reason or str(cause))
        if isinstance(cause, socket.gaierror):
            return NoAnswer(bare(url), "name", cause.strerror or str(cause))
    if isinstance(error, httpx.TimeoutException) or any(isinstance(c, TimeoutError) for c in _causes(error)):
        return NoAnswer(bare(url), "timeout", f"no answer within {TIMEOUT_S:g} s")
    trouble: Trouble = "refused" if isinstance(error, httpx.ConnectError) else "broken off"
    return NoAnswer(bare(url), trouble, str(error) or type(error).__name__)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
