"""Cloudflare's API for the records of a zone, as its reference describes it (developers.cloudflare.com/api): paths,
envelope, pages, filters, permissions, limits of requests, and what it refuses. Whatever else is asked is an error."""

from __future__ import annotations

import json
import re
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

ZONE = "023e105f4ecef8ad9ca31a8372d0c353"
_RECORDS = re.compile(r"^/client/v4/zones/([^/]+)/dns_records(?:/([^/]+))?$")
_ZONE = re.compile(r"^/client/v4/zones/([^/]+)$")
_FILTERS = {"name.exact", "comment.exact", "type", "page", "per_page"}
_FIELDS = {"type", "name", "content", "ttl", "proxied", "comment", "tags", "settings"}
_KINDS = {"A", "AAAA", "CNAME", "TXT", "CAA", "MX", "NS"}
READ, EDIT = "#dns_records:read", "#dns_records:edit"


class Refusal(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, code: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        self.status, self.code, self.message, self.headers = status, code, message, dict(headers or {})
        super().__init__(message)


@dataclass
class Cloudflare:
    """One account with one zone."""

    url: str = ""
    """To be used in place of https://api.cloudflare.com/client/v4."""
    zone: str = "example.org"
    status: str = "active"
    tokens: dict[str, tuple[str, ...]] = field(default_factory=lambda: {"good": (READ, EDIT), "reader": (READ,)})
    """Token → what it may do."""
    tells_rights: bool = True
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of every request."""
    busy: list[str] = field(default_factory=list)
    """For as many requests to come: the limit is reached, and that is what `retry-after` says."""
    most: int = 100
    """Records on a page, whatever is asked for."""
    meanwhile: dict[str, Any] | None = None
    """A record that appears as soon as one is about to be made."""

    def add(self, name: str, content: str, kind: str = "A", **more: Any) -> str:
        """A record that is there; its id."""
        made = secrets.token_hex(16)
        usual = {"ttl": 1, "proxied": False, "comment": None, "tags": []}
        self.records[made] = {"id": made, "name": name, "type": kind, "content": content, **usual, **more}
        return made

    def changes(self) -> list[str]:
        """Methods of the requests that were no questions."""
        return [method for method, _ in self.asked if method != "GET"]

    def table(self) -> set[tuple[str, str, str]]:
        """Name, type and content of all records."""
        return {(r["name"], r["type"], r["content"]) for r in self.records.values()}

    def answer(self, method: str, target: str, authorization: str, body: Any) -> dict[str, Any]:
        """The envelope of a success."""
        path, query = urlsplit(target).path, dict(parse_qsl(urlsplit(target).query))
        self.asked.append((method, path))
        if self.busy:
            after = self.busy.pop(0)
            raise Refusal(429, 10429, "Rate limited. Please wait and consider throttling your request speed",
                          {"retry-after": after} if after else {})  # fmt: skip
        kind, _, token = authorization.partition(" ")
        if kind != "Bearer" or not token:
            raise Refusal(400, 6003, "Invalid request headers")
        if token not in self.tokens:
            raise Refusal(403, 9109, "Invalid access token")
        rights = self.tokens[token]
        if (found := _ZONE.match(path)) and method == "GET":
            self._known(found[1])
            told = {"permissions": ["#zone:read", *rights]} if self.tells_rights else {}
            servers = ["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"]
            return _good({"id": ZONE, "name": self.zone, "status": self.status, "name_servers": servers, **told})
        if not (found := _RECORDS.match(path)):
            raise Refusal(404, 7003, f"Could not route to {path}, perhaps your object identifier is invalid?")
        self._known(found[1])
        if (READ if method == "GET" else EDIT) not in rights:
            raise Refusal(403, 10000, "Authentication error")
        if found[2] is None:
            return self._list(query) if method == "GET" else self._create(method, body)
        return self._one(method, found[2], body)

    def _known(self, zone: str) -> None:
        if zone != ZONE:
            raise Refusal(403, 9109, "Unauthorized to access requested resource")

    def _list(self, query: dict[str, str]) -> dict[str, Any]:
        if unknown := set(query) - _FILTERS:
            raise Refusal(400, 1004, f"unknown filters {unknown}")
        found = [
            r
            for r in self.records.values()
            if query.get("name.exact", r["name"]).lower() == r["name"]
            and query.get("type", r["type"]) == r["type"]
            # Comment filters are case-insensitive.
            and query.get("comment.exact", r["comment"] or "").lower() == (r["comment"] or "").lower()
        ]
        page, size = int(query.get("page", 1)), min(int(query.get("per_page", 100)), self.most)
        part = found[(page - 1) * size : page * size]
        pages = -(-len(found) // size)
        info = {"page": page, "per_page": size, "count": len(part), "total_count": len(found), "total_pages": pages}
        return {**_good(part), "result_info": info}

    def _create(self, method: str, body: Any) -> dict[str, Any]:
        if method != "POST":
            raise Refusal(405, 10405, "Method not allowed for this endpoint.")
        if not {"type", "name", "content", "ttl"} <= set(body):
            raise Refusal(400, 9207, "type, name, content and ttl are required")
        if self.meanwhile:
            self.add(**self.meanwhile)
            self.meanwhile = None
        made = self._valid(body)
        self._free(made, None)
        return _good(self.records[self.add(**made)])

    def _one(self, method: str, name: str, body: Any) -> dict[str, Any]:
        if name not in self.records:
            raise Refusal(404, 81044, "Record does not exist.")
        if method == "DELETE":
            del self.records[name]
            return _good({"id": name})
        if method != "PATCH":
            raise Refusal(405, 10405, "Method not allowed for this endpoint.")
        changed = self._valid({**{k: v for k, v in self.records[name].items() if k in _FIELDS}, **body})
        self._free(changed, name)
        changed["type"] = changed.pop("kind")
        self.records[name].update(changed)
        return _good(self.records[name])

    def _valid(self, body: dict[str, Any]) -> dict[str, Any]:
        if unknown := set(body) - _FIELDS:
            raise Refusal(400, 1004, f"DNS Validation Error: unknown fields {unknown}")
        if body["type"] not in _KINDS or not (body["ttl"] == 1 or 60 <= body["ttl"] <= 86400):
            raise Refusal(400, 1004, "DNS Validation Error")
        if len(body.get("comment") or "") > 100 or body.get("tags"):
            raise Refusal(400, 1004, "DNS Validation Error: not on this plan")
        name = str(body["name"]).lower()
        # What is not in the zone is taken for a part of a name.
        name = name if name == self.zone or name.endswith(f".{self.zone}") else f"{name}.{self.zone}"
        rest = {k: v for k, v in body.items() if k not in ("type", "name")}
        return {"kind": body["type"], "name": name, **rest}

    def _free(self, made: dict[str, Any], but: str | None) -> None:
        for record in (r for r in self.records.values() if r["name"] == made["name"] and r["id"] != but):
            if (record["type"], record["content"]) == (made["kind"], made["content"]):
                raise Refusal(400, 81058, "An identical record already exists.")
            if "CNAME" in (record["type"], made["kind"]):
                raise Refusal(400, 81053, "An A, AAAA, or CNAME record with that host already exists.")


def _good(result: Any) -> dict[str, Any]:
    return {"success": True, "errors": [], "messages": [], "result": result}


@contextmanager
def running_cloudflare() -> Iterator[Cloudflare]:
    """It answers on this machine."""
    cloudflare = Cloudflare()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers = 200, {}
            try:
                body = json.loads(sent) if sent else None
                told = cloudflare.answer(self.command, self.path, self.headers.get("Authorization", ""), body)
            except Refusal as refusal:
                status, headers = refusal.status, refusal.headers
                errors = [{"code": refusal.code, "message": refusal.message}]
                told = {"success": False, "errors": errors, "messages": [], "result": None}
            data = json.dumps(told).encode()
            self.send_response(status)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": str(len(data)),
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    cloudflare.url = f"http://127.0.0.1:{server.server_port}/client/v4"
    yield cloudflare
    server.shutdown()
    server.server_close()
