"""Complementarity and classical diversity, and chemistry beside them."""
