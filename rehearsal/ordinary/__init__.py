"""An ordinary cluster that was there before the deployment: what `platform.kind: existing` is rehearsed on."""
