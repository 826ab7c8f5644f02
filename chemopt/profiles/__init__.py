"""Profiles: what a history says of each model."""
