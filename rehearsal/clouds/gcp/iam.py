"""Service accounts, their keys, and who may act as them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator

from binder_deploy.rehearsal.clouds.cloud_file import Cloud, Record
from binder_deploy.rehearsal.clouds.gcp import members, numbers, rules, words
from binder_deploy.rehearsal.clouds.kind import ApiError, Kind, Problem
from binder_deploy.rehearsal.clouds.wire import Props

KEYS_PER_ACCOUNT = 10


def _email(props: Props) -> str:
    return f"{props['accountId']}@{props['project']}.iam.gserviceaccount.com"


def _account_id(props: Props) -> str:
    return f"projects/{props['project']}/serviceAccounts/{_email(props)}"


def _check_account(props: Props) -> Iterator[Problem]:
    yield from rules.project(props)
    value = props.get("accountId")
    if value is not None and not re.fullmatch(r"[a-z]([-a-z0-9]{4,28}[a-z0-9])", value):
        yield Problem("accountId", f"{value!r} must have 6 to 30 lowercase letters, digits or dashes")
    if len(props.get("displayName") or "") > 100:
        yield Problem("displayName", "100 characters are allowed")
    yield from rules.description(props, 256)


def _account_outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    email = _email(props)
    return {
        "email": email,
        "member": f"serviceAccount:{email}",
        "name": _account_id(props),
        "uniqueId": numbers.number(email, 21),
        "disabled": props.get("disabled", False),
    }


def _delete_account(cloud: Cloud, record: Record) -> None:
    # Google deletes an account that nodes still run as; its keys go with it, its bindings stay behind.
    for key in rules.users(cloud, record, {"serviceaccount/key": ("serviceAccountId",)}):
        cloud.remove(key.type, key.id)
    cloud.remove(record.type, record.id)


ACCOUNT = Kind(
    pulumi_type="gcp:serviceaccount/account:Account",
    label="Account",
    id=_account_id,
    outputs=_account_outputs,
    computed=("email", "member", "name", "uniqueId"),
    immutable=frozenset({"accountId", "project"}),
    check=_check_account,
    delete=_delete_account,
)


def find_account(cloud: Cloud, reference: str) -> Record:
    """An account by name (`projects/P/serviceAccounts/EMAIL`) or email."""
    for record in cloud.of_type("serviceaccount/account"):
        if reference in (record.id, record.outputs["email"]):
            return record
    email = reference.rsplit("/", 1)[-1]
    raise ApiError(f"googleapi: Error 404: Service account {email} does not exist., notFound")


def _key_id(props: Props) -> str:
    account = str(props["serviceAccountId"]).rsplit("/", 1)[-1]
    project = account.partition("@")[2].partition(".")[0]
    return f"projects/{project}/serviceAccounts/{account}/keys/{props['__unique']}"


def _require_key(cloud: Cloud, props: Props) -> None:
    account = find_account(cloud, props["serviceAccountId"])
    if len(rules.users(cloud, account, {"serviceaccount/key": ("serviceAccountId",)})) >= KEYS_PER_ACCOUNT:
        raise words.bad_request("Precondition check failed: a service account has at most 10 keys")


def _key_outputs(cloud: Cloud, props: Props, old: Record | None) -> Props:
    if old:
        return {name: old.outputs[name] for name in ("name", "privateKey", "publicKey", "validAfter", "validBefore")}
    account = find_account(cloud, props["serviceAccountId"])
    id = _key_id(props)
    return {
        "name": id,
        "keyAlgorithm": props.get("keyAlgorithm", "KEY_ALG_RSA_2048"),
        "privateKeyType": props.get("privateKeyType", "TYPE_GOOGLE_CREDENTIALS_FILE"),
        "privateKey": base64.b64encode(json.dumps(_credentials(account, id)).encode()).decode(),
        "publicKey": "",
        "validAfter": numbers.now(),
        "validBefore": "9999-12-31T23:59:59Z",
        "serviceAccountId": account.id,
    }


def _credentials(account: Record, key: str) -> dict[str, str]:
    """A key file of the right shape. It opens nothing: no key in it was ever made."""
    email = str(account.outputs["email"])
    return {
        "type": "service_account",
        "project_id": str(account.outputs["project"]),
        "private_key_id": key.rsplit("/", 1)[-1],
        "private_key": "-----BEGIN PRIVATE KEY-----\ncmVoZWFyc2Fs\n-----END PRIVATE KEY-----\n",
        "client_email": email,
        "client_id": str(account.outputs["uniqueId"]),
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": "https://oauth2.googleapis.com/token",
        "universe_domain": "googleapis.com",
    }


KEY = Kind(
    pulumi_type="gcp:serviceaccount/key:Key",
    label="Key",
    id=_key_id,
    outputs=_key_outputs,
    computed=("name", "privateKey", "publicKey", "validAfter", "validBefore"),
    located={},
    immutable=frozenset({"serviceAccountId", "keyAlgorithm", "privateKeyType", "publicKeyData", "keepers"}),
    require=_require_key,
    secret=frozenset({"privateKey"}),
    unique=True,
)


def _member_id(props: Props) -> str:
    return f"{props['serviceAccountId']}/{props['role']}/{props['member']}"


def _require_member(cloud: Cloud, props: Props) -> None:
    find_account(cloud, props["serviceAccountId"])
    members.require(cloud, props["member"])


MEMBER = Kind(
    pulumi_type="gcp:serviceaccount/iAMMember:IAMMember",
    label="IAMMember",
    id=_member_id,
    outputs=members.outputs,
    computed=("etag",),
    located={},
    immutable=frozenset({"serviceAccountId", "role", "member", "condition"}),
    check=members.check,
    require=_require_member,
    upsert=True,
)

KINDS = (ACCOUNT, KEY, MEMBER)
