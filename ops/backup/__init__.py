"""Backups of a living deployment, and how the hub's database leaves its cluster and comes back."""
