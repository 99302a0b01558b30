"""Helm values of every chart as pure functions of the settings."""
