"""From nothing to a Binder, and back to nothing."""

from __future__ import annotations

from binder_deploy.cli.manual.page import Page

_AGREED = "Nothing is changed before you agree to the plan."
PAGES = {
    "rehearse": Page(
        changes="Nothing outside this machine; what it starts is gone at the end. Tools and charts stay in the cache.",
        examples=(
            ("rehearse", "the deployment of this folder, or else the bundled example"),
            ("rehearse --report rehearsal.xml --json", "for a CI job: JUnit, and the result as JSON"),
            ("rehearse --keep", "leave it running, to look at it with kubectl"),
        ),
        exits=(4, 6),
        docs=("tutorial.md",),
        see=("up", "plan", "check", "config example"),
    ),
    "init": Page(
        changes="Writes binder.yaml, and the schema that editors read into .binder-deploy.",
        examples=(
            ("init", "ask, on a terminal"),
            ("init --platform=existing --context=lab --address=ip --ip=192.0.2.1", "say some answers beforehand"),
        ),
        docs=("wizard.md", "settings.md"),
        see=("up", "config validate", "config example"),
    ),
    "up": Page(
        changes="Makes or changes all that the settings ask for: cluster, node pools, registry, network, address, DNS "
        f"records, charts. {_AGREED}",
        costs="What `cost` shows, from the moment that it is made until `down`.",
        examples=(
            ("up", "without a binder.yaml: ask, write it, go on; else: plan, ask, deploy"),
            ("up --yes --report up.xml", "in a CI job"),
            ("up --wait 0", "do not wait for DNS records and certificates; go on later"),
        ),
        exits=(3, 4),
        docs=("tutorial.md", "wizard.md", "interrupted.md", "howto/failure.md"),
        see=("plan", "cost", "check", "status", "down"),
    ),
    "plan": Page(
        changes="Nothing.",
        examples=(
            ("plan", "what `up` would do, and the price"),
            ("plan --exit-code", "end with 5 if there is something to do"),
            ("plan --comment plan.md", "write it for a pull request"),
        ),
        exits=(3, 4, 5),
        docs=("cost.md", "ci.md"),
        see=("up", "cost", "drift"),
    ),
    "cost": Page(
        changes="Nothing; with --refresh, prices.yaml beside binder.yaml.",
        examples=(
            ("cost", "a month idle, a month at full load, a workshop"),
            ("cost --people 120 --hours 8", "a large workshop"),
            ("cost --refresh", "read the region's list prices anew first"),
        ),
        docs=("cost.md",),
        see=("plan", "up"),
    ),
    "check": Page(
        changes="Nothing lasting: what a check tries out is labelled, expires, and is removed again.",
        costs="Next to nothing: a pod for a minute, a few requests.",
        examples=(
            ("check", "every check that can be asked"),
            ("check --phase settings", "of the settings alone: no account, no tools"),
            ("check --only BD-TLS-001 --wait 600", "until the certificate is there"),
            ("check --explain BD-QUO-001", "the page of a check"),
            ("check --from support.tar.gz", "judge somebody else's support archive"),
        ),
        exits=(3, 4),
        docs=("checks/index.md", "howto/failure.md"),
        see=("status", "support", "launch"),
    ),
    "launch": Page(
        changes="Builds an image if there is none yet, and starts a server, which it stops again (not with --keep).",
        costs="What one server and one build use.",
        examples=(
            ("launch binder-examples/conda", "from clone to a cell that ran, each step with its time"),
            ("launch binder-examples/r --ref HEAD --verbose", "with the builder's log"),
            ("launch binder-examples/conda --url https://binder.example.org", "at any BinderHub"),
        ),
        exits=(3,),
        docs=("howto/failure.md",),
        see=("check", "status", "logs"),
    ),
    "upgrade": Page(
        changes="The charts in the cluster, and the lock beside binder.yaml. A backup is made first; where the upgrade "
        "fails, all of it goes back.",
        examples=(
            ("upgrade --drain", "when nobody is at work any more, to the shipped bundle"),
            ("upgrade --to ./bundle", "to charts that `bundle save` wrote elsewhere"),
        ),
        exits=(3, 4),
        docs=("upgrade.md",),
        see=("rollback", "backup", "bundle save", "maintenance on"),
    ),
    "rollback": Page(
        changes="binder.yaml, the lock, the charts in the cluster, and the hub's database where its version changes. "
        "What there is now is backed up first.",
        examples=(
            ("rollback", "to before the last upgrade"),
            ("rollback 20261101-120000", "to a backup of your choice"),
        ),
        exits=(3, 4),
        docs=("upgrade.md", "backup.md"),
        see=("upgrade", "restore", "backup"),
    ),
    "down": Page(
        changes="Removes all of the deployment, people's data in the hub's database too, after its name was typed. "
        "Backups in .binder-deploy stay.",
        costs="It ends the costs. What it cannot remove is named, with exit code 6.",
        examples=(
            ("down", "ask for the deployment's name, then remove it"),
            ("down --name summer-school", "without a question"),
        ),
        exits=(3, 4, 6),
        docs=("howto/teardown.md",),
        see=("up", "backup", "eject"),
    ),
    "eject": Page(
        changes="Writes a folder. The deployment stays as it is.",
        examples=(("eject pulumi", "write the project into ./pulumi"),),
        exits=(3,),
        docs=("faq.md",),
        see=("down", "state show"),
    ),
}
