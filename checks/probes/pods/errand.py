"""What a canary pod runs: tries addresses, writes down what came of it. Standard library only, Python 3.9 or later.

Read as text and handed to the pod's interpreter; nothing of this project is there. Arguments: the attempts as JSON,
and the file for the result (Kubernetes reads it when the container ends; 4096 bytes at the most). An attempt is
`{name, kind, host, port | url, want, within_s, timeout_s}`: it is made again and again until it ends as wanted
(`open` or `closed`) or `within_s` seconds are over, since policies reach a new pod a little later than its address.
"""

from __future__ import annotations

import http.client
import json
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

Attempt = Mapping[str, Any]
# How it ended: open or not, in a few words, and a number where something was counted.
Ending = tuple[bool, str, "float | None"]


def tcp(attempt: Attempt) -> Ending:
    """Whether somebody accepts a connection."""
    with socket.create_connection((attempt["host"], attempt["port"]), timeout=attempt["timeout_s"]):
        return True, "connected", None


def dns(attempt: Attempt) -> Ending:
    """Whether a name has an address. The resolver has a timeout of its own, which is longer."""
    address = within(attempt["timeout_s"], lambda: socket.getaddrinfo(attempt["host"], None)[0][4][0])
    return True, address, None


def web(attempt: Attempt) -> Ending:
    """Whether an HTTP server answers, whatever it says. Certificates count: a wrong one is no answer."""
    with ask(attempt["url"], attempt["timeout_s"]) as answer:
        return True, f"HTTP {answer.status}", None


def expects(attempt: Attempt) -> Ending:
    """Whether the answer is a 200 whose body has a text in it: somebody else may answer at the same address."""
    with ask(attempt["url"], attempt["timeout_s"]) as answer:
        fits = answer.status == 200 and attempt["has"] in answer.read(4096).decode("utf-8", "replace")
        return fits, f"HTTP {answer.status}", None


def download(attempt: Attempt) -> Ending:
    """Whether `bytes` bytes come: small answers pass where large packets are lost (an MTU that does not fit)."""
    started, got, wanted = time.monotonic(), 0, attempt["bytes"]
    with ask(attempt["url"], attempt["timeout_s"]) as answer:
        while got < wanted:
            try:
                part = answer.read(65536)
            except OSError as error:
                return False, f"stalled after {got} of {wanted} bytes: {said(error)}", None
            if not part:
                return False, f"ended after {got} of {wanted} bytes (HTTP {answer.status})", None
            got += len(part)
            if time.monotonic() - started > attempt["patience_s"]:
                return False, f"too slow: {got} bytes in {attempt['patience_s']} s", None
    return True, f"{got} bytes in {time.monotonic() - started:.1f} s", None


def limit(attempt: Attempt) -> Ending:
    """How many pulls Docker Hub has left for this address: a HEAD, which does not count as one."""
    with ask(attempt["token_url"], attempt["timeout_s"]) as answer:
        token = json.loads(answer.read().decode())["token"]
    headers = {"Authorization": f"Bearer {token}"}
    with ask(attempt["url"], attempt["timeout_s"], "HEAD", headers) as answer:
        left, status = answer.headers.get("ratelimit-remaining"), answer.status
    if left is None:
        # A refusal because none is left comes without the header.
        return status in (200, 429), f"HTTP {status}, no limit told", 0.0 if status == 429 else None
    return True, left, float(left.split(";")[0])


KINDS: Mapping[str, Callable[[Attempt], Ending]] = {
    "tcp": tcp,
    "dns": dns,
    "web": web,
    "expects": expects,
    "download": download,
    "limit": limit,
}


def ask(url: str, timeout_s: float, method: str = "GET", headers: Mapping[str, str] | None = None) -> Any:
    """The answer, also a refusal: it proves that somebody is there."""
    request = urllib.request.Request(url, method=method, headers=dict(headers or {}))  # noqa: S310
    # No proxy: a policy is about the way that packets take by themselves.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        return opener.open(request, timeout=timeout_s)
    except urllib.error.HTTPError as refused:
        return refused


def within(seconds: float, work: Callable[[], Any]) -> Any:
    """What `work` gives, or the error that it raises; TimeoutError when the time is over."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(work())
        except OSError as error:
            found.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if not found:
        raise TimeoutError("timed out")
    if isinstance(found[0], OSError):
        raise found[0]
    return found[0]


def said(error: BaseException) -> str:
    """An error in a few words."""
    reason = getattr(error, "reason", None)
    if isinstance(reason, Exception):
        return said(reason)
    if isinstance(error, (socket.timeout, TimeoutError)):
        return "timed out"
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__)[:120]


def once(attempt: Attempt) -> Ending:
    """One try; whatever goes wrong on the way means that nobody was reached."""
    try:
        return KINDS[attempt["kind"]](attempt)
    except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
        return False, said(error), None


def settle(attempt: Attempt) -> dict[str, Any]:
    """The last try, once it ended as wanted or the time is over."""
    deadline = time.monotonic() + attempt["within_s"]
    while True:
        is_open, how, number = once(attempt)
        if is_open == (attempt["want"] == "open") or time.monotonic() >= deadline:
            return {"open": is_open, "how": how, "number": number}
        time.sleep(1)


def main(attempts: Sequence[Attempt], result: str) -> None:
    """Make all attempts at the same time (the closed ones take their full time), and write what came of them."""
    found: dict[str, Any] = {}

    def run(attempt: Attempt) -> None:
        found[attempt["name"]] = settle(attempt)

    threads = [threading.Thread(target=run, args=(attempt,)) for attempt in attempts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    Path(result).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), sys.argv[2])
