"""What happens in the cloud when a resource is created, changed, removed or looked at."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from binder_deploy.rehearsal.clouds.cloud_file import Cloud, CloudFile, Fault, Method, Record
from binder_deploy.rehearsal.clouds.kind import ApiError, Kind, Place
from binder_deploy.rehearsal.clouds.wire import Props, known

Invoke = Callable[[Cloud, Props, Place], Props]

_UNREADY = "__unready"
"""Output of what was accepted and is not provisioned yet: how it was asked for."""
_AFTERWARDS = "created-but-not-reported"
"""The one fault that is played after the work is done: the cloud did it, the caller never learns."""


@dataclass(frozen=True)
class Provider:
    """A simulated cloud: what it knows, and how it words things."""

    name: str
    """`gcp`."""
    package: str
    """Its Python SDK: `pulumi_gcp`."""
    kinds: Mapping[str, Kind]
    """By Pulumi type."""
    invokes: Mapping[str, Invoke]
    exists: Callable[[str], ApiError]
    """The words for an id that is taken."""
    not_found: Callable[[str], ApiError]
    fault: Callable[[Fault, str, str], ApiError]
    """The words for a fault, a type and an id."""
    permitted: Callable[[Cloud, str, str], None]
    """Raises `ApiError` unless the type's API may be used in the project (its name, or the id of what lies in it)."""
    place: Callable[[Cloud, Props], Place]
    """Where a provider's configuration puts things that do not say it. Raises `ApiError` if it may not be used."""


@dataclass(frozen=True)
class Operations:
    """Each is one or two short transactions; every one is noted in the call log, refused or not."""

    provider: Provider
    file: CloudFile

    def create(self, kind: Kind, inputs: Props, place: Place, urn: str) -> tuple[str, Props]:
        """Make it; id and outputs. Raises `ApiError`."""
        props = complete(kind, inputs, place)
        with self.file.transaction() as cloud:
            if kind.unique:
                props["__unique"] = sha256(f"{urn} {cloud.next()}".encode()).hexdigest()[:40]
            id = kind.id(props)
            fault = cloud.fault("create", kind.type)
            refusal = self._refusal(cloud, kind, props, id, fault)
            if refusal is None:
                record = self._make(cloud, kind, inputs, props, id)
            self._log(cloud, "create", kind, id, refusal or self._lost(fault, kind, id))
        _hang(fault)
        if refusal is not None:
            raise refusal
        if kind.provision is not None:
            record = self._provisioned(kind, kind.provision, props, record)
        self._raise_lost(fault, kind, id)
        return id, public(record.outputs)

    def read(self, kind: Kind, id: str) -> Record | None:
        """As it is in the cloud; `None` if it is gone. Raises `ApiError` for a fault."""
        with self.file.transaction() as cloud:
            fault = cloud.fault("read", kind.type)
            refusal = self.provider.fault(fault, kind.type, id) if fault else None
            self._log(cloud, "read", kind, id, refusal)
            record = cloud.get(kind.type, id) or cloud.get(kind.type, kind.imported(cloud, id))
        _hang(fault)
        if refusal is not None:
            raise refusal
        if record is not None and kind.provision is not None and _UNREADY in record.outputs:
            # A cloud goes on with what it accepted, whatever became of the caller.
            return self._provisioned(kind, kind.provision, dict(record.outputs[_UNREADY]), record)
        return record

    def update(self, kind: Kind, id: str, inputs: Props, place: Place) -> Props:
        """Change it in place; its outputs. Raises `ApiError`."""
        props = complete(kind, inputs, place)
        outputs: Props = {}
        with self.file.transaction() as cloud:
            fault = cloud.fault("update", kind.type)
            old = cloud.get(kind.type, id)
            refusal = self._refusal_of_update(cloud, kind, props, id, old, fault)
            if refusal is None and old is not None:
                kept = {name: old.outputs[name] for name in kind.computed if name in old.outputs}
                outputs = {**kept, **public(props), **kind.outputs(cloud, props, old)}
                changed = replace(old, inputs=inputs, outputs=outputs)
                cloud.put(changed)
                kind.made(cloud, changed)
            self._log(cloud, "update", kind, id, refusal or self._lost(fault, kind, id))
        _hang(fault)
        if refusal is not None:
            raise refusal
        self._raise_lost(fault, kind, id)
        return public(outputs)

    def delete(self, kind: Kind, id: str, state: Props | None = None) -> None:
        """Remove it; what is gone already is no error. `state`: outputs as the engine remembers them.

        Raises `ApiError` if the provider or the cloud refuses.
        """
        with self.file.transaction() as cloud:
            fault = cloud.fault("delete", kind.type)
            record = cloud.get(kind.type, id)
            refusal = self.provider.fault(fault, kind.type, id) if fault and fault.kind != _AFTERWARDS else None
            if refusal is None and record is not None:
                refusal = _refused(lambda: _delete(kind, cloud, record, state or record.outputs))
            self._log(cloud, "delete", kind, id, refusal or self._lost(fault, kind, id))
        _hang(fault)
        if refusal is not None:
            raise refusal
        if record is not None and kind.dismantle is not None:
            kind.dismantle(record)
        self._raise_lost(fault, kind, id)

    def place(self, configuration: Props) -> Place:
        """Where a provider with this configuration puts things. Raises `ApiError`."""
        return self.provider.place(self.file.read(), configuration)

    def invoke(self, token: str, args: Props, place: Place) -> Props:
        """Answer a data source. Raises `ApiError`; `LookupError` if it is not played."""
        function = self.provider.invokes[token]
        type = token.split(":")[1]
        result: Props = {}
        with self.file.transaction() as cloud:
            fault = cloud.fault("invoke", type)
            error = self.provider.fault(fault, type, token) if fault else None
            if error is None:
                try:
                    result = function(cloud, args, place)
                except ApiError as refusal:
                    error = refusal
            cloud.log("invoke", type, str(args), str(error or "ok"))
        if error is not None:
            raise error
        return result

    def _refusal(self, cloud: Cloud, kind: Kind, props: Props, id: str, fault: Fault | None) -> ApiError | None:
        if fault and fault.kind != _AFTERWARDS:
            return self.provider.fault(fault, kind.type, id)

        def rules() -> None:
            self.provider.permitted(cloud, kind.type, str(props.get("project") or props.get("__project") or id))
            if not kind.upsert and cloud.get(kind.type, id):
                raise self.provider.exists(id)
            kind.require(cloud, props)

        return _refused(rules)

    def _refusal_of_update(
        self, cloud: Cloud, kind: Kind, props: Props, id: str, old: Record | None, fault: Fault | None
    ) -> ApiError | None:
        if fault and fault.kind != _AFTERWARDS:
            return self.provider.fault(fault, kind.type, id)
        if old is None:
            return self.provider.not_found(id)
        return _refused(lambda: kind.require(cloud, props))

    def _make(self, cloud: Cloud, kind: Kind, inputs: Props, props: Props, id: str) -> Record:
        old = cloud.get(kind.type, id)
        outputs = {**public(props), **kind.outputs(cloud, props, old)}
        if kind.provision is not None:
            outputs[_UNREADY] = props
        if old is None:
            record = cloud.add(kind.type, id, inputs, outputs, "engine")
        else:
            record = replace(old, inputs=inputs, outputs=outputs, owner="engine")
            cloud.put(record)
        kind.made(cloud, record)
        return record

    def _provisioned(self, kind: Kind, provision: Callable[[Props], Props], props: Props, record: Record) -> Record:
        try:
            ready = provision(props)
        except BaseException:
            with self.file.transaction() as cloud:
                cloud.remove(record.type, record.id)
            raise
        made = {name: value for name, value in record.outputs.items() if name != _UNREADY}
        whole = replace(record, outputs={**made, **ready})
        with self.file.transaction() as cloud:
            cloud.put(whole)
        return whole

    def _lost(self, fault: Fault | None, kind: Kind, id: str) -> ApiError | None:
        return self.provider.fault(fault, kind.type, id) if fault and fault.kind == _AFTERWARDS else None

    def _raise_lost(self, fault: Fault | None, kind: Kind, id: str) -> None:
        lost = self._lost(fault, kind, id)
        if lost is not None:
            raise lost

    def _log(self, cloud: Cloud, method: Method, kind: Kind, id: str, error: ApiError | None) -> None:
        cloud.log(method, kind.type, id, str(error or "ok"))


def _hang(fault: Fault | None) -> None:
    """Outside every transaction: others work meanwhile."""
    if fault:
        time.sleep(fault.hang_s)


def complete(kind: Kind, inputs: Props, place: Place) -> Props:
    """The inputs without nulls and unknowns, with project and place filled in."""
    props: Props = known(inputs)
    for name, attribute in kind.located.items():
        if name not in inputs and getattr(place, attribute):
            props[name] = getattr(place, attribute)
    return props


def public(props: Mapping[str, Any]) -> Props:
    """Without what the simulation keeps for itself."""
    return {name: value for name, value in props.items() if not name.startswith("__")}


def _delete(kind: Kind, cloud: Cloud, record: Record, state: Mapping[str, Any]) -> None:
    if kind.locked is not None:
        kind.locked(dict(state))
    kind.delete(cloud, record)


def _refused(rules: Callable[[], None]) -> ApiError | None:
    try:
        rules()
    except ApiError as refusal:
        return refusal
    return None
