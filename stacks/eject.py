"""Writes a deployment as an ordinary Pulumi project: what it is made of, and the same state."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from ruamel.yaml import YAML

from binder_deploy.charts.model import ChartSet
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.load import FILE_NAME
from binder_deploy.settings.model import Settings
from binder_deploy.stacks import ejected
from binder_deploy.stacks.engine import PROJECT, Site

PINNED = ("binder-deploy", "pulumi", "pulumi-aws", "pulumi-gcp", "pulumi-kubernetes")

_MAIN = '''"""The deployment of binder.yaml, for plain `pulumi preview` and `pulumi up`. See README.md."""

from pathlib import Path

from binder_deploy.stacks.ejected import main

main(Path(__file__).resolve().parent)
'''

_IGNORED = "venv/\n__pycache__/\nkubeconfig\n"

_README = """# {name}, as an ordinary Pulumi project

Written by binder-deploy {version}. Nothing was changed: state and stack are the ones that `binder-deploy` uses, and
plain Pulumi has nothing to change.

    pulumi install               # a virtual environment with requirements.txt, and the plugins
    export PULUMI_CONFIG_PASSPHRASE_FILE=…   # {passphrase}
    pulumi stack select {stack}
    pulumi preview               # nothing to change

Needs Pulumi {pulumi} (another one of major version 3 will mostly do) and Python 3.11 or newer.

| file | what it is |
|---|---|
| `Pulumi.yaml` | the project; `backend.url` says where the state is |
| `Pulumi.{name}.yaml` | the stack's configuration; its secrets are encrypted |
| `__main__.py` | the program: one call into the pinned package binder-deploy. Add resources of your own below it |
| `binder.yaml` | the settings that the program reads, and the files that they name |
| `charts/`, `charts.json` | the charts, as they were verified and installed |
| `requirements.txt` | every version pinned; binder-deploy {version} is part of what is deployed |

What plain Pulumi does not do: the checks before and after, waiting for pods with the reason why they do not start, the
records and certificates, and the order of the removal. `pulumi destroy` does not wait for disks and load balancers that
the cluster's controllers made: they can be left over, and billed. `binder-deploy down` in the deployment's own folder
removes all, as long as the state stays where it is.

A newer chart: put it into `charts/` and say so in `charts.json`; the engine sees a change of path or version only.
"""


@dataclass(frozen=True)
class Source:
    """What is ejected."""

    settings: Settings
    folder: Path
    """Where `binder.yaml` lies."""
    file: Path
    """The settings' own text."""
    site: Site
    charts: ChartSet
    passphrase: str
    """Where it is kept, for people."""


def eject(source: Source, target: Path) -> tuple[Path, ...]:
    """Write the project into `target`, which is empty or missing; the files of its top. Raises `OSError`."""
    target.mkdir(parents=True, exist_ok=True)
    name, work = source.settings.name, source.site.work
    project = {
        "name": PROJECT,
        "description": f"The BinderHub {name}",
        "runtime": {"name": "python", "options": {"toolchain": "pip", "virtualenv": "venv"}},
        "backend": {"url": source.site.environ["PULUMI_BACKEND_URL"]},
    }
    with (target / "Pulumi.yaml").open("w", encoding="utf-8") as stream:
        YAML().dump(project, stream)
    shutil.copyfile(work / f"Pulumi.{name}.yaml", target / f"Pulumi.{name}.yaml")
    (target / "__main__.py").write_text(_MAIN, encoding="utf-8")
    pins = "".join(f"{package}=={version(package)}\n" for package in PINNED)
    (target / "requirements.txt").write_text(pins, encoding="utf-8")
    (target / ".gitignore").write_text(_IGNORED, encoding="utf-8")
    shutil.copyfile(source.file, target / FILE_NAME)
    _copy(source.folder, target, source.settings.charts.binder_service.extra_config.values())
    _copy(work, target, (chart.path for chart in source.charts.all))
    if isinstance(source.settings.platform, Existing):
        shutil.copy(work / ejected.KUBECONFIG, target / ejected.KUBECONFIG)  # with its mode: for the owner alone
    ejected.write(target / ejected.CHARTS, source.charts)
    organization = source.site.organization
    (target / "README.md").write_text(
        _README.format(
            name=name,
            stack=name if organization == "organization" else f"{organization}/{PROJECT}/{name}",
            version=version("binder-deploy"),
            pulumi=version("pulumi"),
            passphrase=source.passphrase,
        ),
        encoding="utf-8",
    )
    return tuple(sorted(target.iterdir()))


def _copy(origin: Path, target: Path, paths: Iterable[str | Path]) -> None:
    """Files and folders at the same relative places."""
    for path in paths:
        there = target / path
        there.parent.mkdir(parents=True, exist_ok=True)
        if (origin / path).is_dir():
            shutil.copytree(origin / path, there, dirs_exist_ok=True)
        else:
            shutil.copyfile(origin / path, there)
