"""A Google Cloud project that is played: one module for each service's resources."""
