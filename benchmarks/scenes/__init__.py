"""Pictures as people send them, rendered from strokes: `SHOWN` while tuning, `HELD_OUT` never, `CONDITIONS` as a check.

A scene is a function of a drawing and a random generator that returns an encoded picture. Sizes, colours, pens, fonts
and strengths vary from picture to picture; the same generator gives the same picture.
"""

from benchmarks.scenes.conditions import CONDITIONS
from benchmarks.scenes.held_out import HELD_OUT
from benchmarks.scenes.shown import SHOWN as SHOWN_FIRST
from benchmarks.scenes.shown_more import SHOWN_MORE

SHOWN = {**SHOWN_FIRST, **SHOWN_MORE}

__all__ = ["CONDITIONS", "HELD_OUT", "SHOWN"]
