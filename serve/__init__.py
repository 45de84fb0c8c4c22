"""Drawings in, labels and probabilities out, over HTTP. No torch here."""
