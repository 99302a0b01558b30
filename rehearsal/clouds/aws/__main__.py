"""`pulumi-resource-aws`, as the engine starts it during a rehearsal."""

from __future__ import annotations

from binder_deploy.rehearsal.clouds.aws.catalogue import aws
from binder_deploy.rehearsal.clouds.main import main

if __name__ == "__main__":
    main(aws)
