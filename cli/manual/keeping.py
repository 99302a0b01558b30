"""Settings, state, tools and charts, and deploying from CI."""

from __future__ import annotations

from binder_deploy.cli.manual.page import Page

PAGES = {
    "tools list": Page(
        changes="Nothing.",
        examples=(("tools list", "what lies in the cache"),),
        docs=("howto/air-gapped.md",),
        see=("tools fetch", "tools prune"),
    ),
    "tools fetch": Page(
        changes="The cache of tools on this machine.",
        examples=(("tools fetch", "before you go where there is no network"),),
        exits=(4,),
        docs=("howto/air-gapped.md",),
        see=("tools list", "bundle save"),
    ),
    "tools prune": Page(
        changes="The cache of tools on this machine.",
        examples=(("tools prune", "after an update of binder-deploy"),),
        docs=("howto/air-gapped.md",),
        see=("tools list",),
    ),
    "config validate": Page(
        changes="Nothing.",
        examples=(("config validate", "binder.yaml"), ("config validate --file other.yaml", "another file")),
        docs=("settings.md",),
        see=("config show", "check"),
    ),
    "config show": Page(
        changes="Nothing.",
        examples=(("config show", "every setting that counts"),),
        docs=("settings.md",),
        see=("config validate", "config schema"),
    ),
    "config schema": Page(
        changes="Nothing.",
        examples=(("config schema > schema.json", "for an editor"),),
        docs=("settings.md",),
        see=("config show", "init"),
    ),
    "config example": Page(
        changes="Nothing.",
        examples=(("config example gke > binder.yaml", "start from it"),),
        docs=("settings.md",),
        see=("init", "rehearse"),
    ),
    "bundle save": Page(
        changes="Writes chart archives into a folder.",
        examples=(
            ("bundle save ./bundle", "where there is internet"),
            ("up --bundle ./bundle", "where there is none"),
        ),
        exits=(4,),
        docs=("howto/air-gapped.md",),
        see=("upgrade", "tools fetch"),
    ),
    "state show": Page(
        changes="Nothing.",
        examples=(("state show", "where it is, and what it knows of"),),
        exits=(3,),
        docs=("state.md",),
        see=("history", "state move"),
    ),
    "state move": Page(
        changes="Where the state is kept. The old one stays valid until the new one was compared with it.",
        costs="A bucket, or an account at Pulumi Cloud, where you chose one.",
        examples=(
            ("state move", "to where binder.yaml says since you changed it"),
            ("state move --from gs://old-bucket", "in a folder that does not know where it was"),
        ),
        exits=(3,),
        docs=("state.md",),
        see=("state show", "state unlock"),
    ),
    "state unlock": Page(
        changes="Removes the lock of a run that is dead.",
        examples=(("state unlock", "after you made sure that nobody runs"),),
        exits=(3,),
        docs=("state.md", "interrupted.md"),
        see=("state show", "history"),
    ),
    "state recover": Page(
        changes="The state: a new passphrase; secrets in it are given up, and made anew by `up`.",
        examples=(("state recover", "then `binder-deploy up`"),),
        exits=(3,),
        docs=("state.md#when-the-passphrase-is-lost",),
        see=("secrets rotate", "up"),
    ),
    "ci init": Page(
        changes="Writes workflows into the repository. Nothing at the cloud.",
        examples=(
            ("ci init github", "for GitHub Actions; previews are namespaces in a cluster that they share"),
            ("ci init github --own-cluster", "each preview is a cluster of its own"),
            ("ci init gitlab --no-previews", "for GitLab, without previews"),
        ),
        docs=("ci.md",),
        see=("ci trust", "state move"),
    ),
    "ci trust": Page(
        changes="Nothing: it prints a script. With --apply (Amazon), identities and roles at the cloud, after asking.",
        examples=(
            ("ci trust github > trust.sh", "read it, then run it"),
            ("ci trust gitlab --apply", "carry it out at Amazon"),
        ),
        exits=(3,),
        docs=("ci.md", "threat-model.md"),
        see=("ci init",),
    ),
    "ci comment": Page(
        changes="A comment on a pull or merge request.",
        examples=(("ci comment plan.md --number 12", "in a job, after `plan --comment plan.md`"),),
        docs=("ci.md",),
        see=("plan", "ci init"),
    ),
    "ci environment": Page(
        changes="Writes a folder with settings.",
        examples=(("ci environment 12 --into preview", "then `binder-deploy up --file preview/binder.yaml`"),),
        docs=("ci.md",),
        see=("ci sweep", "up"),
    ),
    "ci sweep": Page(
        changes="Removes previews whose time is over, with all that is in them.",
        costs="It ends the previews' costs.",
        examples=(
            ("ci sweep", "those whose day is over"),
            ("ci sweep --pull-request 12 --yes", "one, in a job, when it was closed"),
        ),
        exits=(3, 4, 6),
        docs=("ci.md",),
        see=("ci environment", "down"),
    ),
}
