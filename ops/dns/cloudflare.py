"""A zone at Cloudflare, by its HTTP API (developers.cloudflare.com/api/resources/dns/subresources/records).

A record is ours if its comment is our mark: labels it has none, and tags belong to paid plans. What stands at our names
without it is somebody else's, and never touched. Records are made unproxied: Cloudflare's proxy would end TLS itself,
answer challenges in its own way, and cut event streams that are silent for 100 seconds.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from binder_deploy.settings.leftovers import Leftover

API = "https://api.cloudflare.com/client/v4"
TTL_S = 300
_TIMEOUT_S = 15.0
_PER_PAGE = 100
_PATIENCE_S = 60.0
"""How long the limit of requests (1200 in five minutes) may make a command wait."""
_LEADING = ("A", "AAAA", "CNAME")
"""Kinds of records that lead somewhere; others at the same name (CAA, TXT) are nobody's business here."""
_TAKEN = {81053, 81054, 81057, 81058}
"""Error codes for a name that has such a record already."""
_GONE = 81044


class CloudflareError(Exception):
    """Cloudflare refused or did not answer; the text has its words, and never the token."""


class NotLetIn(CloudflareError):
    """The token is not valid, or may not do this."""


class NotOurs(Exception):
    """At our names there are records that somebody else made."""


@dataclass(frozen=True)
class Record:
    """As Cloudflare has it."""

    id: str
    type: str
    name: str
    content: str
    proxied: bool
    ttl: int
    comment: str

    def __str__(self) -> str:
        return f"{self.name} {self.type} {self.content}"


@dataclass(frozen=True)
class Made:
    """What had to be done for the records to be as they should."""

    created: int = 0
    corrected: int = 0
    removed: int = 0
    kept: int = 0

    def __str__(self) -> str:
        told = ((self.created, "created"), (self.corrected, "corrected"), (self.removed, "removed"))
        return ", ".join(f"{count} {what}" for count, what in told if count) or "nothing to change"


class Zone:
    """One zone, seen with one token."""

    def __init__(self, zone_id: str, token: str, api: str = API) -> None:
        self.id = zone_id
        self._http = httpx.Client(
            base_url=api,
            headers={"Authorization": f"Bearer {token}", "User-Agent": "binder-deploy"},
            timeout=_TIMEOUT_S,
        )

    def __enter__(self) -> Zone:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def records(self, **filters: str) -> Iterator[Record]:
        """All that match, page by page. Raises `CloudflareError`."""
        page = 1
        while True:
            said = self._ask("GET", "", params={**filters, "page": page, "per_page": _PER_PAGE})
            yield from map(_record, said["result"])
            if page >= int((said.get("result_info") or {}).get("total_pages") or 1):
                return
            page += 1

    def create(self, body: Mapping[str, Any]) -> None:
        """Raises `CloudflareError`; `Taken` if there is one already."""
        self._ask("POST", "", json=body)

    def correct(self, record: Record, body: Mapping[str, Any]) -> None:
        """Overwrite parts of it. Raises `CloudflareError`."""
        self._ask("PATCH", f"/{record.id}", json=body)

    def delete(self, record: Record) -> None:
        """That it is gone already is well. Raises `CloudflareError`."""
        try:
            self._ask("DELETE", f"/{record.id}")
        except Gone:
            return

    def _ask(self, method: str, path: str, **what: Any) -> dict[str, Any]:
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                answer = self._http.request(method, f"/zones/{self.id}/dns_records{path}", **what)
            except httpx.HTTPError as error:
                raise CloudflareError(f"Cloudflare does not answer ({type(error).__name__}: {error})") from None
            pause_s = _pause(answer)
            if pause_s is None or time.monotonic() + pause_s > deadline:
                return _envelope(answer)
            time.sleep(pause_s)  # it said for how long


class Taken(CloudflareError):
    """There is such a record already."""


class Gone(CloudflareError):
    """There is no such record any more."""


def ensure(zone: Zone, wanted: Mapping[str, str], kind: str, mark: str) -> Made:
    """Make the names lead where they should: `wanted` is name → content of a record of that `kind`.

    Ours that lead elsewhere are corrected, ours at other names are removed. Raises `NotOurs` before anything is
    changed, `CloudflareError`.
    """
    there = {name: _leading(zone, name) for name in wanted}
    if foreign := [str(r) for records in there.values() for r in records if r.comment != mark]:
        raise NotOurs(
            f"Cloudflare has records at these names that this deployment did not make: {'; '.join(foreign)}. They are "
            "left as they are: remove them, or choose another address.domain, then `binder-deploy up`"
        )
    created = corrected = removed = kept = 0
    for name, content in wanted.items():
        body = {"type": kind, "name": name, "content": content, "ttl": TTL_S, "proxied": False, "comment": mark}
        # Of another kind than wanted: the two cannot stand side by side, so the old one goes first.
        for record in (unfit := [r for r in there[name] if r.type != kind]):
            zone.delete(record)
        removed += len(unfit)
        fit = sorted((r for r in there[name] if r.type == kind), key=lambda r: r.content != content)
        for record in fit[1:]:
            zone.delete(record)
            removed += 1
        if not fit:
            _create(zone, body, mark)
            created += 1
        elif (fit[0].content, fit[0].proxied, fit[0].ttl) != (content, False, TTL_S):
            zone.correct(fit[0], body)
            corrected += 1
        else:
            kept += 1
    for record in marked(zone, mark):
        if record.name not in wanted:
            zone.delete(record)
            removed += 1
    return Made(created, corrected, removed, kept)


def remove(zone: Zone, mark: str) -> int:
    """Delete all of ours; how many there were. Raises `CloudflareError`."""
    ours = marked(zone, mark)
    for record in ours:
        zone.delete(record)
    return len(ours)


def marked(zone: Zone, mark: str) -> list[Record]:
    """All of ours, wherever in the zone they are. Raises `CloudflareError`."""
    # The filter knows no upper and lower case; what carries the mark is looked at here.
    return [r for r in zone.records(**{"comment.exact": mark}) if r.comment == mark]


def leftovers(records: Iterable[Record], zone_id: str) -> tuple[Leftover, ...]:
    """The same as what should not be there any more."""
    return tuple(
        Leftover(
            "DNS record",
            str(record),
            f"comment {record.comment}; it leads to an address that others may get",
            'curl -X DELETE -H "Authorization: Bearer $CLOUDFLARE_API_TOKEN" '
            f"{API}/zones/{zone_id}/dns_records/{record.id}",
        )
        for record in records
    )


def _create(zone: Zone, body: Mapping[str, Any], mark: str) -> None:
    try:
        zone.create(body)
    except Taken as error:
        # Made since we looked: by another run of ours, or by a request whose answer was lost.
        now = _leading(zone, str(body["name"]))
        if not any((r.comment, r.type, r.content) == (mark, body["type"], body["content"]) for r in now):
            raise NotOurs(f"somebody made a record at {body['name']} just now: {error}; run it again") from None


def _leading(zone: Zone, name: str) -> list[Record]:
    found = zone.records(**{"name.exact": name})
    return [r for r in found if r.name == name and r.type in _LEADING]


def _record(body: Mapping[str, Any]) -> Record:
    return Record(
        id=str(body["id"]),
        type=str(body["type"]),
        name=str(body["name"]),
        content=str(body.get("content", "")),
        proxied=bool(body.get("proxied")),
        ttl=int(body.get("ttl", 1)),
        comment=str(body.get("comment") or ""),
    )


def _pause(answer: httpx.Response) -> float | None:
    """How long to wait before asking again, in seconds; None: there is no point in it."""
    after = answer.headers.get("retry-after", "")
    return float(after) if answer.status_code == httpx.codes.TOO_MANY_REQUESTS and after.isdigit() else None


def _envelope(answer: httpx.Response) -> dict[str, Any]:
    """The whole answer, if it is a good one. Raises `CloudflareError` and its kinds."""
    try:
        said = answer.json()
    except ValueError:
        said = {}
    if answer.is_success and isinstance(said, dict) and said.get("success") is True:
        return said
    errors = said.get("errors") or [] if isinstance(said, dict) else []
    words = "; ".join(f"{e.get('message', 'no message')} ({e.get('code')})" for e in errors)
    told = f"Cloudflare: {words or 'no words'}, HTTP status {answer.status_code}"
    codes = {e.get("code") for e in errors}
    if codes & _TAKEN:
        raise Taken(told)
    if _GONE in codes or (answer.status_code == httpx.codes.NOT_FOUND and answer.request.method == "DELETE"):
        raise Gone(told)
    if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        raise NotLetIn(f"address.dns.token: {told}; it needs Zone → DNS → Edit for the zone of address.dns.zone_id")
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
        raise CloudflareError(f"{told}; wait five minutes, then run it again")
    raise CloudflareError(told)
