"""Maintenance: nobody can launch, a banner says why, and running servers stay. No setting of `binder.yaml`, since it
comes and goes with the day: it is kept in the stack's configuration, and `up` leaves it on."""

from __future__ import annotations

KEY = "maintenance"
"""Of the configuration: the text of the banner; empty is off."""
USUAL = "This Binder is being worked on: nothing can be launched for the time being. Servers that run go on."
"""What the banner says if nobody says otherwise."""
IS_ON = "maintenance is on: nobody can launch; `binder-deploy maintenance off` ends it"
"""What the operator is told meanwhile."""
