"""`python -m binder_deploy.rehearsal.controllers.eks FOLDER`: every controller of an EKS cluster."""

from __future__ import annotations

import sys

from binder_deploy.rehearsal.controllers import certificates
from binder_deploy.rehearsal.controllers.eks import load_balancer, nodes, storage
from binder_deploy.rehearsal.controllers.eks.place import CLUSTER
from binder_deploy.rehearsal.controllers.run import main

if __name__ == "__main__":
    sys.exit(main(CLUSTER, nodes.reconcile, storage.reconcile, load_balancer.reconcile, certificates.reconcile))
