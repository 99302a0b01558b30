"""An Amazon account that is played: one module for each service's resources."""
