"""The pages of all commands, by their names: `state move`."""

from __future__ import annotations

from binder_deploy.cli.manual import deploying, keeping, running
from binder_deploy.cli.manual.page import Page

PAGES: dict[str, Page] = {**deploying.PAGES, **running.PAGES, **keeping.PAGES}
