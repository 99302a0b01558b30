"""A Pulumi resource plugin over a simulated cloud: the protocol's side.

It opens no connection of its own: it answers the engine on loopback and reads and writes the cloud file.
"""

from __future__ import annotations

import json
import threading
from difflib import get_close_matches
from typing import Any, NoReturn

import grpc
from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]
from pulumi.runtime.proto import plugin_pb2, provider_pb2
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderServicer

from binder_deploy.rehearsal.clouds import diff
from binder_deploy.rehearsal.clouds.kind import ApiError, Kind, Place, Problem
from binder_deploy.rehearsal.clouds.operations import Operations, complete, public
from binder_deploy.rehearsal.clouds.schema import Schema
from binder_deploy.rehearsal.clouds.wire import UNKNOWN, Props, has_unknown, plain, struct

_CHANGE = {
    ("add", False): provider_pb2.PropertyDiff.ADD,
    ("add", True): provider_pb2.PropertyDiff.ADD_REPLACE,
    ("delete", False): provider_pb2.PropertyDiff.DELETE,
    ("delete", True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    ("update", False): provider_pb2.PropertyDiff.UPDATE,
    ("update", True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


class Plugin(ResourceProviderServicer):
    """Methods and their meanings are Pulumi's: see `provider.proto`."""

    def __init__(self, operations: Operations, version: str) -> None:
        self._operations = operations
        self._provider = operations.provider
        self._version = version
        self._schema = Schema(operations.provider.package)
        self._place = Place()
        self._cancelled = threading.Event()

    # The plugin itself

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=False, accept_outputs=False)

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802
        return plugin_pb2.PluginInfo(version=self._version)

    def GetSchema(self, request: Any, context: Any) -> Any:  # noqa: N802
        schema = {"name": self._provider.name, "version": self._version}
        return provider_pb2.GetSchemaResponse(schema=json.dumps(schema))

    def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        props, secret = plain(request.news)
        known_names = {name: value for name, value in props.items() if name != "version"}
        problems = self._schema.provider_problems(known_names)
        return provider_pb2.CheckResponse(inputs=struct(props, secret), failures=_failures(problems))

    def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        old, new = plain(request.olds)[0], plain(request.news)[0]
        changed = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
        return _diffed(changed)

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
        try:
            self._place = self._operations.place(plain(request.args)[0])
        except ApiError as error:
            _abort(context, f"Error configuring {self._provider.name}: {error}")
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802
        # What runs is finished and reported; the engine ends this process once it has heard of all.
        self._cancelled.set()
        return Empty()

    # Resources

    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802
        token = _token(request.urn)
        kind = self._kind(token, context)
        inputs, secret = plain(request.news)
        olds = plain(request.olds)[0]
        if kind.autoname and inputs.get(kind.name) is None and inputs.get(f"{kind.name}Prefix") is None:
            inputs[kind.name] = olds.get(kind.name) or _autoname(request, kind.autoname)
        problems = self._schema.problems(token, inputs)
        if not problems:
            # Rules rely on the shapes that the schema promises.
            problems = list(kind.check(complete(kind, inputs, self._place)))
        return provider_pb2.CheckResponse(inputs=struct(inputs, secret), failures=_failures(problems))

    def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind = self._kind(_token(request.urn), context)
        old = plain(request.old_inputs)[0] or plain(request.olds)[0]
        new = plain(request.news)[0]
        changes = diff.changes(kind, old, new)
        response = _diffed(sorted({_top(c.path) for c in changes}))
        response.replaces.extend(sorted({_top(c.path) for c in changes if c.replaces}))
        response.hasDetailedDiff = True
        for change in changes:
            response.detailedDiff[change.path].kind = _CHANGE[change.kind, change.replaces]
            response.detailedDiff[change.path].inputDiff = True
        # A fixed name is taken as long as the old one lives.
        response.deleteBeforeReplace = bool(response.replaces) and self._same_id(kind, old, new)
        return response

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind = self._kind(_token(request.urn), context)
        inputs, secret = plain(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=struct(self._planned(kind, inputs), secret | kind.secret))
        self._refuse_if_cancelled(context)
        try:
            id, outputs = self._operations.create(kind, inputs, self._place, request.urn)
        except ApiError as error:
            _abort(context, f"Error creating {kind.label}: {error}")
        return provider_pb2.CreateResponse(id=id, properties=struct(outputs, secret | kind.secret))

    def Read(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind = self._kind(_token(request.urn), context)
        secret = plain(request.inputs)[1]
        try:
            record = self._operations.read(kind, request.id)
        except ApiError as error:
            _abort(context, f"Error when reading or editing {kind.label} {request.id!r}: {error}")
        if record is None:
            return provider_pb2.ReadResponse()
        outputs = struct(public(record.outputs), secret | kind.secret)
        return provider_pb2.ReadResponse(id=record.id, properties=outputs, inputs=struct(record.inputs, secret))

    def Update(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind = self._kind(_token(request.urn), context)
        inputs, secret = plain(request.news)
        if request.preview:
            old = plain(request.olds)[0]
            kept = {name: old[name] for name in kind.computed if name in old}
            planned = {**kept, **inputs}
            return provider_pb2.UpdateResponse(properties=struct(planned, secret | kind.secret))
        self._refuse_if_cancelled(context)
        try:
            outputs = self._operations.update(kind, request.id, inputs, self._place)
        except ApiError as error:
            _abort(context, f"Error updating {kind.label} {request.id!r}: {error}")
        return provider_pb2.UpdateResponse(properties=struct(outputs, secret | kind.secret))

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind = self._kind(_token(request.urn), context)
        self._refuse_if_cancelled(context)
        try:
            self._operations.delete(kind, request.id, plain(request.properties)[0])
        except ApiError as error:
            _abort(context, f"Error deleting {kind.label}: {error}")
        return Empty()

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        args, secret = plain(request.args)
        if request.tok not in self._provider.invokes:
            known = ", ".join(sorted(self._provider.invokes))
            _abort(context, f"the rehearsal does not play {request.tok}; it plays {known}")
        try:
            result = self._operations.invoke(request.tok, args, self._place)
        except ApiError as error:
            _abort(context, f"Error calling {request.tok}: {error}")
        # The protocol has no partial secrecy for arguments: a secret one makes the whole answer secret.
        return provider_pb2.InvokeResponse(**{"return": struct(result, result if secret else ())})

    # Helpers

    def _kind(self, token: str, context: Any) -> Kind:
        kind = self._provider.kinds.get(token)
        if kind is None and self._schema.knows(token):
            _abort(context, f"{token} exists, but the rehearsal does not play it yet", grpc.StatusCode.UNIMPLEMENTED)
        if kind is None:
            near = get_close_matches(token, self._provider.kinds, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            _abort(context, f"there is no resource type {token}{hint}", grpc.StatusCode.NOT_FOUND)
        return kind

    def _planned(self, kind: Kind, inputs: Props) -> Props:
        planned = complete_with_unknowns(kind, inputs, self._place)
        return {**planned, **dict.fromkeys(kind.computed, UNKNOWN)}

    def _same_id(self, kind: Kind, old: Props, new: Props) -> bool:
        if kind.unique:
            return False
        if has_unknown({name: new.get(name) for name in kind.immutable}):
            return True
        return kind.id(complete(kind, old, self._place)) == kind.id(complete(kind, new, self._place))

    def _refuse_if_cancelled(self, context: Any) -> None:
        if self._cancelled.is_set():
            _abort(context, "the update was cancelled", grpc.StatusCode.CANCELLED)


def complete_with_unknowns(kind: Kind, inputs: Props, place: Place) -> Props:
    """As `complete`, with what a preview does not know kept as it came."""
    return {**complete(kind, inputs, place), **{n: v for n, v in inputs.items() if v is not None}}


def _abort(context: Any, message: str, code: Any = grpc.StatusCode.UNKNOWN) -> NoReturn:
    context.abort(code, message)
    raise AssertionError("abort returns by raising")


def _token(urn: str) -> str:
    """`urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME` → TYPE."""
    return urn.split("::")[2].rpartition("$")[2]


def _top(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]


def _failures(problems: list[Problem]) -> list[Any]:
    return [provider_pb2.CheckFailure(property=p.path, reason=p.reason) for p in problems]


def _diffed(names: list[str]) -> Any:
    changed = provider_pb2.DiffResponse.DIFF_SOME if names else provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(changes=changed, diffs=names)


def _autoname(request: Any, longest: int) -> str:
    """As the real provider: the logical name and seven hex digits that the engine's seed decides."""
    suffix = request.randomSeed.hex()[:7] or "0000000"
    return f"{request.urn.rpartition('::')[2][: longest - 8]}-{suffix}"
