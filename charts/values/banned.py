# mypy: ignore-errors
# A banned repository stays banned however it is spelled: BinderHub compares only the specification as it was
# typed, so that org/name could also be had as a percent-encoded address from the "git" provider.
import re
from urllib.parse import unquote

from binderhub.repoproviders import RepoProvider

as_typed = RepoProvider.is_banned


def spellings(spec):
    plain = unquote(spec)
    address = re.match(r"(?:[a-z+]+://(?:[^/@]*@)?[^/]+/|[^/@]+@[^/:]+:)(.+)", plain, re.IGNORECASE)
    for spelling in (plain, address[1]) if address else (plain,):
        yield spelling
        yield re.sub(r"\.git(?=/|$)", "", spelling, flags=re.IGNORECASE)


def is_banned(self):
    return as_typed(self) or any(
        re.match(banned, spelling, re.IGNORECASE) for banned in self.banned_specs for spelling in spellings(self.spec)
    )


RepoProvider.is_banned = is_banned
