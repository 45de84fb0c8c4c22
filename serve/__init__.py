"""Drawings in, labels and probabilities out, over HTTP. No torch here."""

__version__ = "0.1.0"
