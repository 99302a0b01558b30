"""`binder-deploy config`: the settings as a file format."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from binder_deploy.cli.commands import completing
from binder_deploy.cli.commands.options import DEFAULT_FILE, File

app = typer.Typer(help="Look at the settings.", no_args_is_help=True)


@app.command()
def validate(file: File = DEFAULT_FILE) -> int:
    """Read the settings and tell every problem at once; exit 2 if there is one."""
    from binder_deploy.cli.ui.console import console
    from binder_deploy.settings.load import load

    settings = load(file)
    console().print(f"{file.name}: {settings.name} on {settings.platform.kind}, valid")
    return 0


@app.command()
def show(file: File = DEFAULT_FILE) -> int:
    """Write the settings with every default filled in, as JSON. Secrets stay references."""
    from binder_deploy.settings.load import load

    typer.echo(json.dumps(load(file).model_dump(mode="json", by_alias=True), indent=2))
    return 0


@app.command()
def schema() -> int:
    """Write the JSON schema of binder.yaml, for editors."""
    from binder_deploy.settings.schema import json_schema

    typer.echo(json.dumps(json_schema(), indent=2))
    return 0


@app.command()
def example(name: Annotated[str, typer.Argument(help="Which one.", autocompletion=completing.examples)] = "gke") -> int:
    """Write an example binder.yaml to start from."""
    from importlib import resources

    from binder_deploy.cli.flows.errors import Refused

    source = resources.files("binder_deploy.examples").joinpath(f"{name}.yaml")
    if not source.is_file():
        names = [f.name.removesuffix(".yaml") for f in resources.files("binder_deploy.examples").iterdir()]
        raise Refused(f"there is no example {name}; write one of: {', '.join(n for n in names if '.' not in n)}")
    typer.echo(source.read_text(encoding="utf-8"), nl=False)
    return 0
