"""`python -m binder_deploy.rehearsal.ordinary FOLDER`: every controller of an ordinary cluster, in one process."""

from __future__ import annotations

import sys

from binder_deploy.rehearsal.controllers import certificates
from binder_deploy.rehearsal.controllers.run import main
from binder_deploy.rehearsal.ordinary import balancer, disks
from binder_deploy.rehearsal.ordinary.stage import CLUSTER

if __name__ == "__main__":
    sys.exit(main(CLUSTER, disks.reconcile, balancer.reconcile, certificates.reconcile))
