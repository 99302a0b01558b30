"""`python -m binder_deploy.rehearsal.controllers.gke FOLDER`: every controller of a GKE cluster."""

from __future__ import annotations

import sys

from binder_deploy.rehearsal.controllers import certificates
from binder_deploy.rehearsal.controllers.gke import load_balancer, nodes, storage
from binder_deploy.rehearsal.controllers.gke.place import CLUSTER
from binder_deploy.rehearsal.controllers.run import main

if __name__ == "__main__":
    sys.exit(main(CLUSTER, nodes.reconcile, storage.reconcile, load_balancer.reconcile, certificates.reconcile))
