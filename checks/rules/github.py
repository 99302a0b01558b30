"""GitHub: the token with which BinderHub resolves repositories."""

from __future__ import annotations

from datetime import timedelta

from binder_deploy.checks.facts import github as g
from binder_deploy.checks.model import Facts, Failed, Passed, Skipped, Verdict, Warned

ENOUGH = 5000
"""Requests an hour that GitHub grants to a token; without one it is 60 for each address."""
SCARCE = 0.1
"""Less than this share left is worth a warning."""
NOTICE = timedelta(days=14)
_NONE = Skipped("not applicable", "binder.github_token is not set")
_NEW = (
    "make a new token at https://github.com/settings/personal-access-tokens (it needs no right for public "
    "repositories), put it where binder.github_token refers to, and run `binder-deploy up`"
)


def token_is_accepted(facts: Facts) -> Verdict:
    """GitHub knows the token."""
    token = facts[g.TOKEN]
    if token is None:
        return _NONE
    if not token.accepted:
        return Failed(
            f"binder.github_token: GitHub does not accept it ({token.said or 'no reason given'}): it expired or was "
            "revoked, and every launch from GitHub would fail",
            _NEW,
        )
    return Passed()


def limit_is_enough(facts: Facts) -> Verdict:
    """The limit is that of a token, and something of it is left."""
    token = facts[g.TOKEN]
    if token is None:
        return Warned(
            "binder.github_token is not set: GitHub answers 60 requests an hour, for everybody together",
            "set binder.github_token: a token without any right is enough for public repositories",
        )
    if not token.accepted:
        return Skipped("not applicable", "GitHub does not accept the token")
    if token.limit < ENOUGH:
        return Failed(
            f"binder.github_token: GitHub grants {token.limit} requests an hour, not {ENOUGH}",
            "use a personal access token of a user or a GitHub App's installation token",
        )
    if token.remaining < SCARCE * token.limit:
        until = f" until {token.resets:%H:%M %Z}" if token.resets else ""
        return Failed(
            f"binder.github_token: {token.remaining} of {token.limit} requests are left{until}; then launches fail",
            "give BinderHub a token that nothing else uses",
        )
    return Passed(f"{token.remaining} of {token.limit} left")


def token_lasts(facts: Facts) -> Verdict:
    """The token does not expire within two weeks."""
    token = facts[g.TOKEN]
    if token is None:
        return _NONE
    if not token.accepted:
        return Skipped("not applicable", "GitHub does not accept the token")
    if token.expires is None:
        return Passed("GitHub names no day")
    left = token.expires - token.asked
    if left <= timedelta(0):
        return Failed(f"binder.github_token expired on {token.expires:%Y-%m-%d}", _NEW)
    if left < NOTICE:
        return Warned(
            f"binder.github_token expires on {token.expires:%Y-%m-%d}, in {left.days} days: then launches fail", _NEW
        )
    return Passed(f"until {token.expires:%Y-%m-%d}")
