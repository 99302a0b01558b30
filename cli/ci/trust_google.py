"""A shell script that lets a repository's jobs act at Google without a key: run again, it changes nothing.

Two service accounts: one for the deployment itself, one for previews. Each may be used only by jobs of this repository
in certain environments, and may do what the checks hold `up` to (`checks.probes.google.permissions`), and read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from shlex import quote
from urllib.parse import urlsplit

from binder_deploy.checks.probes.google.permissions import needs, zone_needs
from binder_deploy.cli.ci.forge import DEPLOY_USERS, PREVIEW, Forge
from binder_deploy.cli.ci.kind import Kind
from binder_deploy.cli.ci.told import environments, variable
from binder_deploy.settings.address import CloudDns
from binder_deploy.settings.ephemeral import FOLDER
from binder_deploy.settings.gke import Gke
from binder_deploy.settings.model import Settings
from binder_deploy.settings.state import BucketState

_GITLAB_IDENTITY = (
    "assertion.environment.startsWith('{preview}/') ? 'preview' : "
    "(assertion.environment == '{production}' && assertion.ref_type == 'branch' && assertion.ref == '{main}') || "
    "assertion.environment == '{plan}' ? 'deploy' : 'none'"
)


def account(deployment: str, identity: str) -> str:
    """Id of a service account. Google takes 6 to 30 characters, and a deployment's name has 1 to 20."""
    return f"{'binder-pr' if identity == 'preview' else 'binder-ci'}-{deployment}"


def script(settings: Settings, forge: Forge, project: str, *, previews: Settings | None) -> str:
    """The whole of it, for `bash`. `project`: where pool and accounts are made. `previews`: the settings that they
    have; None: there are none."""
    return "\n".join(_lines(settings, previews, forge, project, forge.uses(previews=previews is not None))) + "\n"


def _lines(
    settings: Settings, previews: Settings | None, forge: Forge, project: str, uses: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    yield "#!/usr/bin/env bash"
    yield f"# Lets jobs of {forge.repository} deploy {settings.name}. Read it, then run it as an owner of the project."
    yield "set -euo pipefail"
    yield f"export CLOUDSDK_CORE_PROJECT={quote(project)} CLOUDSDK_CORE_DISABLE_PROMPTS=1"
    yield 'NUMBER="$(gcloud projects describe "$CLOUDSDK_CORE_PROJECT" --format="value(projectNumber)")"'
    yield f"POOL={quote(f'binder-ci-{settings.name}')}"
    yield 'POOL_PATH="projects/$NUMBER/locations/global/workloadIdentityPools/$POOL"'
    yield "gcloud services enable iam.googleapis.com iamcredentials.googleapis.com sts.googleapis.com"
    yield from _pool(forge)
    for identity, users in uses.items():
        # A namespace in a cluster that is there already needs nothing at the cloud but the state.
        clusters = identity == "deploy" or (previews is not None and isinstance(previews.platform, Gke))
        yield from _identity(settings, forge, project, identity, users, clusters=clusters)
    yield from _told(settings, forge, project, uses)


def _pool(forge: Forge) -> Iterator[str]:
    yield "\n# Who signs the tokens, and whose are taken at all."
    place = '--location=global --workload-identity-pool="$POOL"'
    yield 'gcloud iam workload-identity-pools describe "$POOL" --location=global >/dev/null 2>&1 ||'
    yield '  gcloud iam workload-identity-pools create "$POOL" --location=global'
    if forge.kind is Kind.GITHUB:
        claim, mapping = "repository", "google.subject=assertion.sub"
    else:
        identity = _GITLAB_IDENTITY.format(preview=PREVIEW, production=DEPLOY_USERS[0], plan=DEPLOY_USERS[1],
                                           main=forge.main)  # fmt: skip
        # A job without an environment has no such claim, and its token is refused.
        claim, mapping = "project_path", f"google.subject=assertion.sub,attribute.identity={identity}"
    options = [
        f"--issuer-uri={forge.issuer}",
        f"--attribute-mapping={mapping}",
        f"--attribute-condition=assertion.{claim} == '{forge.repository}'",
    ]
    given = " ".join(map(quote, options))
    yield f"if gcloud iam workload-identity-pools providers describe {forge.kind} {place} >/dev/null 2>&1; then"
    yield f"  gcloud iam workload-identity-pools providers update-oidc {forge.kind} {place} {given}"
    yield "else"
    yield f"  gcloud iam workload-identity-pools providers create-oidc {forge.kind} {place} {given}"
    yield "fi"


def _identity(
    settings: Settings, forge: Forge, project: str, identity: str, users: Sequence[str], *, clusters: bool
) -> Iterator[str]:
    name = account(settings.name, identity)
    email = f"{name}@{project}.iam.gserviceaccount.com"
    member = quote(f"--member=serviceAccount:{email}")
    yield f"\n# {identity}: for jobs in {', '.join(users)}."
    yield f"gcloud iam service-accounts describe {email} >/dev/null 2>&1 ||"
    yield f"  gcloud iam service-accounts create {name}"
    for who in _who(forge, identity, users):
        yield (f"gcloud iam service-accounts add-iam-policy-binding {email} --role=roles/iam.workloadIdentityUser "
               f'--member="{who}" >/dev/null')  # fmt: skip
    if clusters and isinstance(settings.platform, Gke):
        role = f"binder_ci_{settings.name}".replace("-", "_")
        wanted = ",".join(_permissions(settings, settings.platform))
        yield f"if gcloud iam roles describe {role} --project={project} >/dev/null 2>&1; then"
        yield f"  gcloud iam roles update {role} --project={project} --permissions={wanted} >/dev/null"
        yield "else"
        yield f"  gcloud iam roles create {role} --project={project} --stage=GA --permissions={wanted} >/dev/null"
        yield "fi"
        for given in (f"projects/{project}/roles/{role}", "roles/viewer"):
            bind = f"gcloud projects add-iam-policy-binding {project} {member}"
            yield f"{bind} --role={given} --condition=None >/dev/null"
        dns = settings.address.dns
        if isinstance(dns, CloudDns) and dns.project not in (None, project):
            yield (f"gcloud projects add-iam-policy-binding {quote(str(dns.project))} {member} --role=roles/dns.admin "
                   "--condition=None >/dev/null")  # fmt: skip
    yield from _state(settings, member, identity)


def _who(forge: Forge, identity: str, users: Sequence[str]) -> Iterator[str]:
    if forge.kind is Kind.GITLAB:
        yield f"principalSet://iam.googleapis.com/$POOL_PATH/attribute.identity/{identity}"
        return
    for subject in forge.subjects(tuple(users)):
        yield f"principal://iam.googleapis.com/$POOL_PATH/subject/{subject}"


def _permissions(settings: Settings, platform: Gke) -> tuple[str, ...]:
    found = {permission for need in needs(settings, platform) for permission in need.permissions}
    dns = settings.address.dns
    if isinstance(dns, CloudDns) and dns.project in (None, platform.project):
        found |= {permission for need in zone_needs() for permission in need.permissions}
    return tuple(sorted(found))


def _state(settings: Settings, member: str, identity: str) -> Iterator[str]:
    """The bucket: its list of names for both, its contents only where each has its own."""
    state = settings.state
    if not isinstance(state, BucketState):
        return
    if state.url.startswith("gs:"):
        parts = urlsplit(state.url)
        bucket, prefix = f"gs://{parts.netloc}", parts.path.strip("/")
        region = state.region or (settings.platform.region if isinstance(settings.platform, Gke) else "")
        there = f" --location={region}" if region else ""
        yield f"gcloud storage buckets describe {bucket} >/dev/null 2>&1 ||"
        closed = "--uniform-bucket-level-access --public-access-prevention"
        yield f"  gcloud storage buckets create {bucket}{there} {closed}"
        yield f"gcloud storage buckets update {bucket} --versioning"
        own = "/".join(filter(None, (prefix, FOLDER if identity == "preview" else ""))) + "/"
        condition = (
            f"--condition=title=state,expression=resource.name.startsWith("
            f'"projects/_/buckets/{parts.netloc}/objects/{own.lstrip("/")}")'
        )
        bind = f"gcloud storage buckets add-iam-policy-binding {bucket} {member}"
        yield f"{bind} --role=roles/storage.legacyBucketReader --condition=None >/dev/null"
        yield f"{bind} --role=roles/storage.objectUser {quote(condition)} >/dev/null"
    if (state.key or "").startswith("gcpkms://"):
        path = str(state.key).removeprefix("gcpkms://").split("/")
        yield (f"gcloud kms keys add-iam-policy-binding {quote(path[7])} --project={quote(path[1])} "
               f"--location={quote(path[3])} --keyring={quote(path[5])} {member} "
               "--role=roles/cloudkms.cryptoKeyEncrypterDecrypter >/dev/null")  # fmt: skip


def _told(settings: Settings, forge: Forge, project: str, uses: Mapping[str, Sequence[str]]) -> Iterator[str]:
    yield "\n# What the repository must be told; none of it is secret."
    provider = f"$POOL_PATH/providers/{forge.kind}"
    yield "cat <<EOF"
    if forge.kind is Kind.GITHUB:
        yield f'gh variable set BINDER_GOOGLE_PROVIDER --repo {forge.repository} --body "{provider}"'
    else:
        yield f'glab variable set BINDER_GOOGLE_PROVIDER --repo {forge.repository} --value "{provider}"'
    yield from environments(forge, [name for users in uses.values() for name in users])
    for identity, users in uses.items():
        email = f"{account(settings.name, identity)}@{project}.iam.gserviceaccount.com"
        for name in users:
            yield from variable(forge, name, "BINDER_GOOGLE_ACCOUNT", email)
    yield "EOF"
