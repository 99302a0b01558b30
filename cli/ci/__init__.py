"""What a continuous integration is given: workflows, the trust that they need, comments on pull requests."""
