"""Reads the charts that lie ready: their schemas, and the values that each of them would get."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

from binder_deploy.charts import archive
from binder_deploy.charts.model import ChartSet, LocalChart
from binder_deploy.charts.values.secrets import ServiceSecrets
from binder_deploy.charts.values.together import values
from binder_deploy.checks.facts import values as v
from binder_deploy.checks.facts.values import Fit
from binder_deploy.checks.given import Given
from binder_deploy.checks.model import Key, Probe
from binder_deploy.checks.objects import listing
from binder_deploy.settings.model import Settings

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

Files = Mapping[str, bytes]


@dataclass(frozen=True, repr=False)
class ChartValues:
    """What one chart, vendored ones too, would get, and its own schema for it. It stays in this module: what people
    add to the values may be secret."""

    where: str
    """Path in binder.yaml: `charts.binder-service.values.binderhub`."""
    chart: str
    values: Mapping[str, Any]
    """Laid over the chart's defaults, as Helm does; the deployment's own secrets are placeholders."""
    schema: Mapping[str, Any]


_HEX = "0" * 64
PLACEHOLDERS = ServiceSecrets(
    hub_api_token=_HEX,
    proxy_token=_HEX,
    cookie_secret=_HEX,
    crypt_key=_HEX,
    registry_key="{}",
    github_token=_HEX,
    registry_users="u:h",
    metrics_token=_HEX,
)
"""Shaped as the real ones are: schemas may ask for that."""


def probes(given: Given) -> dict[Key[Any], Probe[Any]]:
    """Of the charts that are about to be installed."""
    charts, folder = given.charts, given.charts_in
    if charts is None or folder is None:
        return {}
    return {v.FITS: Probe(lambda: fits(given.settings, charts, folder), timeout_s=30)}


def fits(settings: Settings, charts: ChartSet, folder: Path) -> tuple[Fit, ...]:
    """Every chart that has a schema. Raises as `chart_values` does."""
    return tuple(Fit(c.chart, tuple(sorted(problems(c)))) for c in chart_values(settings, charts, folder))


def chart_values(settings: Settings, charts: ChartSet, folder: Path) -> tuple[ChartValues, ...]:
    """Every chart that has a schema, with its values. `folder`: what the charts' paths are relative to.

    Raises `SettingsError` for values that touch what is ours, `ChartsError` for an archive that is damaged.
    """
    given = values(settings, charts, PLACEHOLDERS, {})
    releases = (
        (charts.binder_service, given.binder_service),
        (charts.traefik, given.traefik),
        (charts.cert_manager, given.cert_manager),
        *((charts.platform[name], wanted) for name, wanted in given.platform.items()),
    )
    return tuple(
        found
        for chart, wanted in releases
        for found in _walk(chart.name, f"charts.{chart.name}.values", _files(folder, chart), wanted)
    )


def coalesce(given: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """`given` over `defaults` as Helm does it: a null takes a default away, and stays where there is none."""
    merged = dict(given)
    for key, default in defaults.items():
        if key not in merged:
            merged[key] = default
        elif merged[key] is None:
            del merged[key]
        elif isinstance(merged[key], Mapping) and isinstance(default, Mapping):
            merged[key] = coalesce(merged[key], default)
    return merged


def problems(chart: ChartValues) -> Iterator[str]:
    """Each with its path, and without the value. `where` and `chart` say which chart it is."""
    # Here, not above: it takes a tenth of a second, and most commands never ask.
    from jsonschema.validators import Draft7Validator, validator_for
    from referencing import Registry

    # A registry of its own: a reference to somewhere else is not followed over the network.
    validator = validator_for(chart.schema, default=Draft7Validator)(chart.schema, registry=Registry())
    for error in validator.iter_errors(chart.values):
        for one in _innermost(error):
            yield _said(chart.where, one)


def _walk(name: str, where: str, files: Files, given: Mapping[str, Any]) -> Iterator[ChartValues]:
    """This chart and those below it. Helm gives a parent's values to its children first, then their defaults."""
    merged = coalesce(given, _yaml(files.get("values.yaml", b"")))
    children = dict(_children(files))
    for child, inside in children.items():
        below = merged.get(child)
        # Helm hands `global` down to every child.
        shared = {"global": merged.get("global") or {}}
        yield from _walk(child, f"{where}.{child}", inside, {**shared, **(below if isinstance(below, Mapping) else {})})
    if "values.schema.json" in files:
        yield ChartValues(where, name, merged, json.loads(files["values.schema.json"]))


def _files(folder: Path, chart: LocalChart) -> Files:
    place = folder / chart.path
    return archive.folder(place) if place.is_dir() else archive.contents(place.name, archive.load(place)).files


def _children(files: Files) -> Iterator[tuple[str, Files]]:
    """Name → files of the vendored charts, packed or not."""
    for path, data in files.items():
        folder, _, rest = path.partition("/")
        if folder == "charts" and rest.endswith(".tgz") and "/" not in rest:
            packed = archive.contents(rest, data)
            yield packed.name, packed.files
        elif folder == "charts" and rest.count("/") == 1 and rest.endswith("/Chart.yaml"):
            prefix = f"charts/{rest.partition('/')[0]}/"
            yield (
                str(_yaml(data)["name"]),
                {file.removeprefix(prefix): text for file, text in files.items() if file.startswith(prefix)},
            )


def _yaml(data: bytes) -> Mapping[str, Any]:
    parsed: Mapping[str, Any] = YAML(typ="safe").load(data.decode()) or {}
    return parsed


def _innermost(error: ValidationError) -> Iterator[ValidationError]:
    """For an `anyOf`, `oneOf` and the like: what the alternative that came nearest has against the value."""
    from jsonschema.exceptions import best_match

    yield best_match([error]) if error.context else error


def _said(where: str, error: ValidationError) -> str:
    path = ".".join([where, *(str(part) for part in error.absolute_path)])
    if error.validator == "additionalProperties" and isinstance(error.instance, Mapping):
        known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
        return f"{path} knows no {listing(str(key) for key in error.instance if key not in known)}"
    if error.validator == "required" and isinstance(error.instance, Mapping):
        return f"{path} lacks {listing(key for key in _texts(error.validator_value) if key not in error.instance)}"
    if error.validator == "type":
        return f"{path} must be {' or '.join(_texts(error.validator_value))}"
    if error.validator in {"enum", "const"}:
        return f"{path} must be one of {', '.join(_texts(error.validator_value))}"
    return f"{path} does not hold to {error.validator}: {str(error.validator_value)[:80]}"


def _texts(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]
