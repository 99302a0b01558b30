"""What this program runs in."""

from __future__ import annotations

from binder_deploy.checks.facts import deployment as f
from binder_deploy.checks.facts import living
from binder_deploy.checks.model import Facts, Passed, Skipped, Verdict, Warned
from binder_deploy.settings.tls import LetsEncrypt


def stays_long_enough(facts: Facts) -> Verdict:
    """Nothing ends the work midway: a first `up` takes half an hour, most of it waiting for the cloud."""
    around = facts[living.SURROUNDINGS]
    if around.cloud_shell:
        return Warned(
            "this is a Cloud Shell: it ends after some minutes without a key pressed, and `up` takes longer than that",
            "run it on a machine that stays, or keep the tab in use; after an interruption `binder-deploy up` goes on "
            "where it was",
        )
    if around.fixed_token:
        return Warned(
            f"{around.fixed_token} holds an access token that nobody renews: it ends within the hour, perhaps midway",
            f"unset {around.fixed_token} and log in so that the credential renews itself: `gcloud auth "
            "application-default login`, `aws sso login`, or workload identity federation in CI",
        )
    return Passed()


def ephemeral_ones_use_staging(facts: Facts) -> Verdict:
    """What a CI job makes and removes again and again does not use up Let's Encrypt's weekly limits."""
    tls = facts[f.SETTINGS].tls
    if not isinstance(tls, LetsEncrypt):
        return Skipped("not applicable", "no certificate is asked for at Let's Encrypt")
    if facts[living.SURROUNDINGS].ci and tls.server != "staging":
        return Warned(
            f"tls.server is {tls.server} in a CI job: five certificates for the same names in a week are all that "
            "Let's Encrypt gives, and each rebuild takes one",
            "set tls.server to staging for deployments that come and go",
        )
    return Passed(tls.server)
