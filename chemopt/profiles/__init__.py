"""Profiles: the quality and accuracy of each model on a task."""
