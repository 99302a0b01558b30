"""What works in an EKS cluster beside the apiserver, as far as a rehearsal plays it."""
