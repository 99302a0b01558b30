"""Gets what a deployment is made of: settings, tools, charts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from binder_deploy.charts import bundle as bundles
from binder_deploy.charts import resolve as charts
from binder_deploy.cli.flows.events import Notice, Observer, phase
from binder_deploy.settings.load import FILE_NAME, LOCK_NAME, load, parse
from binder_deploy.settings.model import Settings
from binder_deploy.tools.acquire import acquire
from binder_deploy.tools.place import default_cache

ENGINE_TOOLS = ("pulumi", "pulumi-resource-kubernetes")
CHECK_TOOLS = ("helm",)
"""For the look before an install."""
CONTROL_PLANE_TOOLS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "kwokctl")


@dataclass(frozen=True)
class Found:
    """Settings, and where they came from."""

    settings: Settings
    folder: Path
    """The deployment's folder; for the bundled example, the folder where the command runs."""
    name: str
    """How the file is called on the screen."""


def settings_or_example(file: Path) -> Found:
    """The settings in `file`; the bundled example if that is `binder.yaml` and there is none."""
    if file.exists() or file != Path(FILE_NAME):
        return Found(load(file), file.parent.resolve(), file.name)
    example = resources.files("binder_deploy.examples").joinpath("gke.yaml").read_text(encoding="utf-8")
    return Found(parse(example, "gke.yaml"), Path.cwd(), "the bundled example gke.yaml")


def get_tools(observe: Observer, *, rehearsal: bool, installs: bool = False) -> Mapping[str, Path]:
    """The pinned programs, from wherever they can be had: the engine's, with those of a rehearsal, with what is needed
    where charts are going to be installed. Raises `ToolsError`."""
    names = (*ENGINE_TOOLS, *(CHECK_TOOLS if installs else ()), *(CONTROL_PLANE_TOOLS if rehearsal else ()))
    with phase(observe, "tools", "tools") as current:
        found = acquire(names, observe=observe)
        current.note = f"{len(found)} programs, verified"
    return found


def get_charts(
    folder: Path,
    bundle: Path | None,
    observe: Observer,
    *,
    platform: str | None = None,
    asked: Collection[str] = (),
    allow_stand_ins: bool,
    prefer: charts.Prefer = "folder",
) -> charts.Resolved:
    """The archives of the bundle that this kind of platform needs (None: of every one), verified; with what the
    `asked` sections of the settings need (`settings.choices.chart_sections`).

    `folder` is where the lock lies, `bundle` where archives do that were brought along. Raises `ChartsError`,
    `DigestMismatch`.
    """
    shipped = bundles.shipped_or_in(bundle)
    with phase(observe, "charts", "charts") as current:
        resolved = charts.resolve(
            lock_file=folder / LOCK_NAME,
            folder=bundle,
            cache=default_cache() / "charts",
            allow_stand_ins=allow_stand_ins,
            observe=observe,
            bundle=bundles.needed(shipped, platform, asked) if platform else shipped,
            prefer=prefer,
        )
        current.note = ", ".join(f"{name} {short(a.version)}" for name, a in resolved.archives.items())
    if resolved.stand_ins:
        observe(
            Notice(
                f"stand-ins for {', '.join(resolved.stand_ins)}: upstream's charts could not be reached, so ours "
                "of the same shape are rehearsed. `--bundle DIR` rehearses the real ones."
            )
        )
    if resolved.unused:
        other = f" (another version than the lock's: `binder-deploy upgrade --to {bundle}`)" if prefer == "lock" else ""
        observe(Notice(f"not used from the bundle folder: {', '.join(resolved.unused)}{other}"))
    return resolved


def short(version: str) -> str:
    """A version for people, without hashes: `git.3983`, `41.3.0 (stand-in)`."""
    plain, _, mark = version.partition("+")
    if ".git." in plain:
        plain = "git." + plain.partition(".git.")[2].partition(".")[0]
    return f"{plain} (stand-in)" if mark.startswith("standin") else plain
