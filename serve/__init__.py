"""Drawings in, labels and probabilities out, over HTTP. No torch here."""

from doodle import __version__

__all__ = ["__version__"]
