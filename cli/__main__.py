"""`python -m binder_deploy.cli`."""

from binder_deploy.cli.app import main

main()
