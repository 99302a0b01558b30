"""What works in a GKE cluster beside the apiserver, as far as a rehearsal plays it."""
