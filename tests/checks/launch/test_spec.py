"""What people type becomes the spec that BinderHub wants, or they are told what to type."""

from __future__ import annotations

import pytest

from binder_deploy.checks.launch.spec import NotARepository, parse


@pytest.mark.parametrize(
    ("text", "ref", "spec"),
    [
        ("owner/repo", None, "gh/owner/repo/HEAD"),
        ("owner/repo", "feature/x", "gh/owner/repo/feature/x"),
        ("owner/repo", "a b#c", "gh/owner/repo/a%20b%23c"),
        ("https://github.com/owner/repo", None, "gh/owner/repo/HEAD"),
        ("https://github.com/owner/repo.git/", "v1", "gh/owner/repo/v1"),
        ("http://www.github.com/owner/re.po", None, "gh/owner/re.po/HEAD"),
        ("github.com/owner/repo", None, "gh/owner/repo/HEAD"),
        ("git@github.com:owner/repo.git", None, "gh/owner/repo/HEAD"),
        ("https://github.com/owner/repo/tree/main", None, "gh/owner/repo/main"),
        ("https://github.com/owner/repo/tree/main", "dev", "gh/owner/repo/dev"),
        ("https://gitlab.com/group/sub/repo", None, "gl/group%2Fsub%2Frepo/HEAD"),
        ("https://gitlab.com/group/repo/-/tree/dev", None, "gl/group%2Frepo/dev"),
        ("git@gitlab.com:group/repo.git", "a/b", "gl/group%2Frepo/a%2Fb"),
        ("https://gist.github.com/user/0a1b", None, "gist/user/0a1b/HEAD"),
        ("https://gist.github.com/user/0a1b", "ffff", "gist/user/0a1b/ffff"),
        ("https://git.example.org/a/b.git", "x/y", "git/https%3A%2F%2Fgit.example.org%2Fa%2Fb.git/x%2Fy"),
        ("ssh://git@git.example.org/a/b", None, "git/ssh%3A%2F%2Fgit%40git.example.org%2Fa%2Fb/HEAD"),
        ("git@git.example.org:a/b", None, "git/git%40git.example.org%3Aa%2Fb/HEAD"),
        ("10.5281/zenodo.3242074", None, "zenodo/10.5281/zenodo.3242074"),
        ("doi:10.5281/zenodo.3242074", None, "zenodo/10.5281/zenodo.3242074"),
        ("https://doi.org/10.6084/m9.figshare.9782777.v1", None, "figshare/10.6084/m9.figshare.9782777.v1"),
        ("https://zenodo.org/records/3242074", None, "zenodo/10.5281/zenodo.3242074"),
        ("https://doi.org/10.7910/DVN/TJCLKP", None, "dataverse/10.7910/DVN/TJCLKP"),
        ("10.4211/hs.b8f6eae9d89241cf8b5904033460af61", None, "hydroshare/10.4211/hs.b8f6eae9d89241cf8b5904033460af61"),
    ],
)
def test_a_repository_is_understood_as_it_is_typed(text: str, ref: str | None, spec: str) -> None:
    assert str(parse(text, ref)) == spec


@pytest.mark.parametrize(
    ("text", "ref", "says"),
    [
        ("repo", None, "write OWNER/REPOSITORY"),
        ("", None, "write OWNER/REPOSITORY"),
        ("ftp://example.org/a", None, "write OWNER/REPOSITORY"),
        ("https://git.example.org/a b", None, "write OWNER/REPOSITORY"),
        ("https://github.com/owner", None, "names no repository"),
        ("https://gitlab.com/group", None, "names no repository"),
        ("https://gist.github.com/user", None, "names no gist"),
        ("https://github.com/owner/repo/tree/feature/x", None, "the branch with --ref"),
        ("10.5281/zenodo.1", "main", "--ref does not go with a DOI"),
        ("10.1000/182", None, "give the Git repository"),
    ],
)
def test_what_is_no_repository_is_answered_with_what_to_write(text: str, ref: str | None, says: str) -> None:
    with pytest.raises(NotARepository, match=says):
        parse(text, ref)


@pytest.mark.parametrize("text", ["https://me:hunter2@git.example.org/a", "https://hunter2@github.com/a/b"])
def test_an_address_with_a_password_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(NotARepository, match="leave it out") as refused:
        parse(text)
    assert "hunter2" not in str(refused.value)
