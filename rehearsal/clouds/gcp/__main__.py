"""`pulumi-resource-gcp`, as the engine starts it during a rehearsal."""

from __future__ import annotations

from binder_deploy.rehearsal.clouds.gcp.catalogue import gcp
from binder_deploy.rehearsal.clouds.main import main

if __name__ == "__main__":
    main(gcp)
