"""The bucket that a deployment's state is kept in: looked at, made when it is missing, never removed."""
