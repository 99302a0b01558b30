"""Looking after a Binder that runs."""

from __future__ import annotations

from binder_deploy.cli.manual.page import Page

PAGES = {
    "status": Page(
        changes="Nothing.",
        examples=(("status", "how it is"), ("status --exit-code --json", "for a monitor")),
        exits=(3, 4),
        docs=("howto/failure.md", "exit-codes.md"),
        see=("check", "history", "drift", "logs"),
    ),
    "drift": Page(
        changes="Nothing at the cloud; with --record, the state.",
        examples=(("drift", "what somebody else changed"), ("drift --exit-code", "end with 5 if something differs")),
        exits=(3, 5),
        docs=("ci.md", "howto/failure.md"),
        see=("plan", "up", "history"),
    ),
    "logs": Page(
        changes="Nothing.",
        examples=(
            ("logs hub --since 30m", "the hub, of the last half hour"),
            ("logs binder --previous", "what BinderHub wrote before it was started again"),
            ("logs --follow", "the whole service, as it is written"),
        ),
        exits=(3,),
        docs=("howto/failure.md",),
        see=("status", "check", "support"),
    ),
    "history": Page(
        changes="Nothing.",
        examples=(("history", "the last twenty runs"), ("history --last 3 --json", "for a machine")),
        exits=(3,),
        docs=("interrupted.md", "howto/failure.md"),
        see=("status", "state show"),
    ),
    "open": Page(
        changes="Nothing.",
        examples=(("open", "the Binder's page"), ("open hub", "the hub's")),
        exits=(3,),
        docs=("tutorial.md",),
        see=("status", "launch"),
    ),
    "kubeconfig": Page(
        changes="Writes .binder-deploy/kubeconfig, for its owner alone.",
        examples=(
            ("kubeconfig --path", "where it is"),
            ("kubeconfig --print", "the file itself"),
        ),
        exits=(3,),
        docs=("howto/failure.md",),
        see=("logs", "status"),
    ),
    "maintenance on": Page(
        changes="The service: a banner, and no launches. Servers that run go on.",
        examples=(('maintenance on --message "Back at nine."', "close it for the night"),),
        exits=(3, 4),
        docs=("howto/failure.md",),
        see=("maintenance off", "upgrade"),
    ),
    "maintenance off": Page(
        changes="The service: people can launch again.",
        examples=(("maintenance off", "open it again"),),
        exits=(3, 4),
        docs=("howto/failure.md",),
        see=("maintenance on", "status"),
    ),
    "ban": Page(
        changes="binder.yaml, and the service at once.",
        examples=(
            ("ban someone/miner", "one repository"),
            ("ban 'someone/.*'", "all of somebody's"),
        ),
        exits=(3, 4),
        docs=("threat-model.md",),
        see=("unban", "logs"),
    ),
    "unban": Page(
        changes="binder.yaml, and the service at once.",
        examples=(("unban someone/miner", "as it was banned"),),
        exits=(3, 4),
        docs=("threat-model.md",),
        see=("ban",),
    ),
    "backup": Page(
        changes="Writes a folder below .binder-deploy/backups. The hub runs on.",
        examples=(("backup", "make one"), ("backup --list", "those that there are")),
        exits=(3, 4),
        docs=("backup.md",),
        see=("restore", "rollback"),
    ),
    "restore": Page(
        changes="The hub's database; with --settings, binder.yaml and the lock. What there is now is backed up first.",
        examples=(
            ("restore latest", "the newest backup"),
            ("restore 20261101-120000 --settings", "its settings, too; then `up`"),
        ),
        exits=(3, 4),
        docs=("backup.md",),
        see=("backup", "rollback", "up"),
    ),
    "secrets rotate": Page(
        changes="The state and the service: what uses a secret starts anew with the new one.",
        examples=(
            ("secrets rotate --list", "what can be rotated, and what it means to people"),
            ("secrets rotate hub-token proxy-token", "two tokens"),
            ("secrets rotate passphrase", "what encrypts the state"),
        ),
        exits=(3, 4),
        docs=("state.md", "threat-model.md"),
        see=("state recover", "up"),
    ),
    "support": Page(
        changes="Writes an archive, for its owner alone.",
        examples=(("support --output help.tar.gz", "pack it; look at it before you send it"),),
        exits=(3, 4),
        docs=("howto/failure.md",),
        see=("check", "logs"),
    ),
}
