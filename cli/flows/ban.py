"""Bans repositories, and lifts bans, while the service runs: in `binder.yaml`, and in the cluster at once."""

from __future__ import annotations

import io
import re

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from binder_deploy.cli.flows.errors import Refused
from binder_deploy.cli.flows.events import Notice, Observer
from binder_deploy.cli.flows.files import replace_file
from binder_deploy.cli.flows.partly import others_wait, service_of, update
from binder_deploy.cli.flows.real import Request, opened_for_checks
from binder_deploy.cli.flows.state_site import Confirm
from binder_deploy.settings.load import load, parse

_STEPPED = re.compile(r"^( *)[\w-]+:[ \t]*(?:#.*)?\n\1 +- ", re.MULTILINE)
"""Lists begin further in than their key."""


def ban(request: Request, repository: str, observe: Observer, confirm: Confirm, *, lift: bool = False) -> bool:
    """Add to the bans, or take away. False: the person said no.

    The file keeps its comments and its order. It is written before the cluster is changed, and stays as it was
    written if that fails: the next `up` brings it. Raises `Refused`, `SettingsError`, `Stopped`.
    """
    pattern = pattern_of(repository)
    banned = load(request.file).binder.banned_repositories
    if (pattern in banned) != lift:
        observe(Notice(f"{pattern} is {'not banned' if lift else 'banned already'} in {request.file.name}"))
        return True
    text = edited(request.file.read_text(encoding="utf-8"), pattern, lift=lift)
    parse(text, request.file.name)  # never write what cannot be read again
    before = opened_for_checks(request, observe)
    more = others_wait(before, service_of(before), observe)
    along = " What else was changed in binder.yaml for the service goes along." if more else ""
    todo = f"{'Lift the ban of' if lift else 'Ban'} {pattern}"
    if not confirm(f"{todo} ({before.settings.platform.where}). BinderHub starts anew.{along} Go on?"):
        return False
    replace_file(request.file, text)
    after = opened_for_checks(request, observe)
    update(after, service_of(after), "up", observe)
    return True


def pattern_of(repository: str) -> str:
    """The regular expression that is kept: of a plain `owner/name`, one for all of its branches and nothing else.

    Raises `Refused` for what is none.
    """
    if re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        return f"^{repository.replace('.', '[.]')}(/.*)?$"
    try:
        re.compile(repository)
    except re.error as error:
        raise Refused(f"{repository}: neither owner/name nor a regular expression ({error})") from None
    if not repository.strip("^$.*()?"):
        raise Refused(f"{repository}: this bans every repository; `binder-deploy maintenance on` closes the Binder")
    return repository


def edited(text: str, pattern: str, *, lift: bool) -> str:
    """A settings file with the ban, or without it; everything else as it is."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    if _STEPPED.search(text):  # as the file has it: nothing else is to change
        yaml.indent(mapping=2, sequence=4, offset=2)
    data = yaml.load(text)
    section = data.get("binder")
    if section is None:
        section = data["binder"] = CommentedMap()
    listed = section.get("banned_repositories")
    if listed is None:
        listed = section["banned_repositories"] = CommentedSeq()
    if lift:
        listed.remove(pattern)
    else:
        listed.append(pattern)
    if not listed:
        del section["banned_repositories"]
    out = io.StringIO()
    yaml.dump(data, out)
    return out.getvalue()
