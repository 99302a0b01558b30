"""Reads a region's list prices anew, into the deployment's own `prices.yaml`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import httpx

from binder_deploy.cli.flows.errors import Refused
from binder_deploy.cli.flows.events import Notice, Observer, phase
from binder_deploy.ops.leftovers.asking import NoCredentials
from binder_deploy.ops.leftovers.google_auth import GoogleAuth
from binder_deploy.settings.eks import Eks
from binder_deploy.settings.eks_names import partition
from binder_deploy.settings.existing import Existing
from binder_deploy.settings.gke import Gke
from binder_deploy.settings.load import load
from binder_deploy.stacks.cost import prices
from binder_deploy.stacks.cost.prices import Row
from binder_deploy.stacks.cost.refresh import aws, aws_spot, google
from binder_deploy.stacks.cost.write import write

KEY_VARIABLE = "GOOGLE_API_KEY"
SCOPE = "https://www.googleapis.com/auth/cloud-billing.readonly"
PRICE_LISTS = ("https://pricing.us-east-1.amazonaws.com/", "https://cloudbilling.googleapis.com/", "https://ec2.")
"""Rows from there are replaced when prices are read anew; all others are the operator's."""


def refresh(file: Path, observe: Observer) -> tuple[Path, int]:
    """Read the list prices of the deployment's region into its `prices.yaml`; the operator's own rows stay, first.

    Returns the file and the number of rows that were read. Raises `PricesUnavailable`, `NoCredentials`, and `Refused`
    for a cluster that is not ours to make.
    """
    settings, folder, today = load(file), file.resolve().parent, date.today()
    platform = settings.platform
    if isinstance(platform, Existing):
        raise Refused("platform.kind existing: nothing is provisioned, so there is no price to read")
    with phase(observe, "prices", "price list") as current:
        own = [row for row in prices.own(folder) if not row.source.startswith(PRICE_LISTS)]
        fresh: Sequence[Row]
        if isinstance(platform, Gke):
            with _google() as http:
                fresh = list(google.rows(http, platform.region, today))
        else:
            with httpx.Client(timeout=60, follow_redirects=True) as http:
                fresh = [*aws.rows(http, platform.region), *_spot(platform, observe)]
        written = write(folder, [*own, *fresh])
        current.note = f"{len(fresh)} prices of {platform.region} written to {written.name}"
    return written, len(fresh)


def _spot(platform: Eks, observe: Observer) -> Sequence[Row]:
    """What the pools' spot machines cost now; told where nobody is logged in to ask."""
    types = [pool.machine for pool in (platform.pools.user, platform.pools.build) if pool.spot]
    if not types:
        return ()
    # Here, not above: boto3 takes long to import.
    from botocore.exceptions import BotoCoreError, ClientError

    from binder_deploy.checks.probes.aws import access

    now = datetime.now(UTC)
    asked = aws_spot.question(types, platform.zone, now)
    try:
        login = access.login(platform.account, platform.region, partition(platform.region))
        history = list(login.pages("ec2", "describe_spot_price_history", "SpotPriceHistory", **asked))
    except (access.NotLoggedIn, BotoCoreError, ClientError) as error:
        observe(Notice(f"spot prices stay unknown: Amazon could not be asked ({access.line(error)}); {access.LOGIN}"))
        return ()
    return list(aws_spot.rows(history, platform.region, now))


def _google() -> httpx.Client:
    """With an API key where there is one, else as whoever is logged in."""
    if key := os.environ.get(KEY_VARIABLE):
        return httpx.Client(headers={"X-Goog-Api-Key": key}, timeout=60)
    import google.auth  # here, not above: importing it takes long
    from google.auth.exceptions import GoogleAuthError

    try:
        credentials, _ = google.auth.default(scopes=[SCOPE])
    except GoogleAuthError as error:
        raise NoCredentials(
            f"Google's price list wants a login or an API key ({error}); run: gcloud auth application-default login, "
            f"or set {KEY_VARIABLE}"
        ) from error
    return httpx.Client(auth=GoogleAuth(credentials), timeout=60)
