"""`binder-deploy ci`: deployments by pull requests."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from binder_deploy.cli.ci.kind import Kind
from binder_deploy.cli.commands.options import DEFAULT_FILE, File, Json, Yes

app = typer.Typer(help="Deploy by pull requests: GitHub Actions and GitLab CI.", no_args_is_help=True)

Where = Annotated[Kind, typer.Argument(help="Where the pipelines run.", show_default=False)]
Main = Annotated[str, typer.Option("--main", metavar="BRANCH", help="The branch that is deployed.")]
GitLabUrl = Annotated[str, typer.Option("--gitlab-url", help="GitLab's own address.")]
GITLAB_URL = "https://gitlab.com"
Number = Annotated[int, typer.Option("--number", min=1, help="The pull or merge request.", show_default=False)]


OwnCluster = Annotated[
    bool,
    typer.Option("--own-cluster", help="Each preview has a cluster, not a namespace in one that previews share."),
]


@app.command()
def init(
    kind: Where,
    file: File = DEFAULT_FILE,
    into: Annotated[
        Path | None, typer.Option("--into", metavar="DIR", help="The repository's root; left out: found by its .git.")
    ] = None,
    main: Main = "main",
    previews: Annotated[bool, typer.Option(help="A short-lived deployment for each pull request.")] = True,
    own_cluster: OwnCluster = False,
    hours: Annotated[int, typer.Option("--hours", help="How long one lives at the most.")] = 72,
    gitlab_url: GitLabUrl = GITLAB_URL,
    package: Annotated[
        str,
        typer.Option(
            "--package", help="What pip installs; left out: this program, from where it came.", show_default=False
        ),
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Overwrite workflows that differ.")] = False,
) -> int:
    """Write workflows that rehearse and plan on a pull request, apply on the main branch, make and remove previews,
    and look for drift every day. A local state is refused: it would be lost."""
    from binder_deploy.cli.ci.workflows import Wanted
    from binder_deploy.cli.flows.ci import folder_in, root_of
    from binder_deploy.cli.flows.ci import init as flow
    from binder_deploy.cli.ui.console import console

    root = into or root_of(file.resolve().parent)
    wanted = Wanted(folder_in(root, file), main, own_cluster, hours, gitlab_url, package)
    written = flow(file, kind, wanted, root, previews=previews, force=force)
    for path in written:
        console().print(f"written: {path}", soft_wrap=True, markup=False)
    console().print(
        f"Next: `binder-deploy ci trust {kind}`, then commit." if written else "Nothing to write: all is as it was."
    )
    return 0


@app.command()
def trust(
    kind: Where,
    file: File = DEFAULT_FILE,
    repository: Annotated[
        str, typer.Option("--repository", metavar="OWNER/NAME", help="Left out: the remote `origin`.")
    ] = "",
    main: Main = "main",
    gitlab_url: GitLabUrl = GITLAB_URL,
    project: Annotated[
        str, typer.Option("--project", help="Google project of the state's bucket, if the platform names none.")
    ] = "",
    account: Annotated[
        str, typer.Option("--account", help="AWS account of the state's bucket, if the platform names none.")
    ] = "",
    branches: Annotated[
        list[str],
        typer.Option("--branch", metavar="PATTERN", help="GitLab at AWS: other branches that may act as `deploy`."),
    ] = [],  # noqa: B006
    previews: Annotated[bool, typer.Option(help="An identity for previews, too.")] = True,
    own_cluster: OwnCluster = False,
    apply: Annotated[bool, typer.Option("--apply", help="Carry it out instead (AWS), after asking.")] = False,
    yes: Yes = False,
) -> int:
    """Print a script that lets the repository's jobs, and nobody else, act at the cloud without stored keys."""
    from binder_deploy.cli.ci.forge import Forge
    from binder_deploy.cli.ci.trust_aws import told
    from binder_deploy.cli.commands.asking import confirm
    from binder_deploy.cli.flows.ci import apply_trust, repository_of, trust_script
    from binder_deploy.cli.ui.console import console

    forge = Forge(kind, repository_of(file.resolve().parent, repository), main, gitlab_url)
    script, aws = trust_script(file, forge, project, account, branches, previews=previews, own_cluster=own_cluster)
    if not apply:
        typer.echo(script, nl=False)
        return 0
    done = apply_trust(aws, lambda question: confirm(question, yes=yes))
    for line in done or ("Nothing was changed.",):
        console().print(line, soft_wrap=True, markup=False)
    if aws is not None and done:
        console().print("What the repository must be told, for you to run; none of it is secret:")
        typer.echo("\n".join(told(aws, forge)))
    return 0 if done else 1


@app.command()
def comment(
    text: Annotated[Path, typer.Argument(metavar="FILE", help="What `plan --comment` wrote.", show_default=False)],
    number: Number,
) -> int:
    """Put a plan on the pull or merge request, or bring the comment of an earlier one up to date. For jobs."""
    import os

    from binder_deploy.cli.ci.post import post, thread
    from binder_deploy.cli.flows.errors import Refused
    from binder_deploy.cli.ui.console import console

    if not text.is_file():
        raise Refused(f"{text}: there is no such file; `binder-deploy plan --comment {text}` writes it")
    changed = post(text.read_text(encoding="utf-8"), thread(number, os.environ))
    console().print("The comment was brought up to date." if changed else "A comment was made.")
    return 0


@app.command()
def environment(
    number: Annotated[int, typer.Argument(min=1, metavar="NUMBER", help="The pull request.", show_default=False)],
    into: Annotated[Path, typer.Option("--into", metavar="DIR", help="Folder that it is written into.")],
    file: File = DEFAULT_FILE,
    hours: Annotated[float, typer.Option("--hours", help="After which it may be swept away (by the day).")] = 72.0,
    own_cluster: OwnCluster = False,
    json: Json = False,
) -> int:
    """Derive the settings of a short-lived, small deployment from those here: names, hosts, state of its own.

    It is a namespace in a cluster that previews share. binder.preview.yaml names that cluster; its sections are merged
    last. `binder-deploy up --file DIR/binder.yaml` makes it.
    """
    from binder_deploy.cli.flows.previews import environment as flow
    from binder_deploy.cli.ui.console import console
    from binder_deploy.cli.ui.report import write_json

    made = flow(file, number, into, hours, own_cluster=own_cluster)
    console().print(f"{made.settings.name}: {made.file}, until {made.expires}", soft_wrap=True, markup=False)
    if json:
        write_json(
            {
                "schema": "binder-deploy/preview/v1",
                "name": made.settings.name,
                "file": str(made.file),
                "expires": made.expires,
                "hosts": list(made.settings.hosts),
            }
        )
    return 0


@app.command()
def sweep(
    file: File = DEFAULT_FILE,
    pull_request: Annotated[
        int | None,
        typer.Option("--pull-request", min=1, help="Remove this one's, whatever its day.", show_default=False),
    ] = None,
    yes: Yes = False,
    json: Json = False,
) -> int:
    """Remove short-lived deployments whose time is over, with all that is in them. Exit 6 if one remains."""
    from dataclasses import asdict

    from binder_deploy.cli.commands.asking import confirm
    from binder_deploy.cli.exits import DONE, LEFTOVERS
    from binder_deploy.cli.flows.previews import sweep as flow
    from binder_deploy.cli.ui.console import console
    from binder_deploy.cli.ui.report import write_json
    from binder_deploy.cli.ui.screen import screen

    with screen() as observe:
        found = flow(
            file, observe, lambda question: observe.ask(lambda: confirm(question, yes=yes)), closed=pull_request
        )
    for one in found:
        day, why = one.expires or "no day", f"; {one.why}" if one.why else ""
        console().print(f"{one.name}  {one.result}  ({day}){why}", soft_wrap=True, markup=False)
    if not found:
        console().print("There is none.")
    if json:
        write_json({"schema": "binder-deploy/sweep/v1", "found": [asdict(one) for one in found]})
    return DONE if all(one.result in ("stays", "removed") for one in found) else LEFTOVERS
