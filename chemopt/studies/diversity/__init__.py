"""Complementarity and classical diversity, and chemistry next to them."""
