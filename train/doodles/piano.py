"""Pianos: keyboards alone, uprights, and grands from the side and from above."""

import numpy as np

from train.doodles.sketch import Sketch


def draw(s: Sketch) -> None:
    s.one_of(_keyboard, _keyboard, _upright, _upright, _table_piano, _grand, _grand_from_above)(s)
    if s.chance(0.25):  # seen from a side
        shear = s.between(-0.35, 0.35)
        s.strokes = [stroke + stroke[:, ::-1] * (0, shear) for stroke in s.strokes]


def _keys(s: Sketch, left: float, right: float, top: float, bottom: float) -> None:
    """White keys' edges, and black keys as strokes, boxes or scribbles from the top."""
    count = s.whole(4, 10)
    edges = np.linspace(left, right, count + 1)[1:-1]
    has_black = s.chance(0.45)
    if s.chance(0.75) or not has_black:
        s.fan([(x, top) for x in edges], [(x + s.between(-0.03, 0.03), bottom) for x in edges])
    if has_black:
        black, half = top + (bottom - top) * s.between(0.4, 0.65), (right - left) / count * 0.2
        style = s.whole(0, 2)
        for x in edges:
            if x > edges[0] and s.chance(0.25):
                continue
            if style == 0:
                s.path((x, top), (x, black))
            elif style == 1:
                s.path((x - half, top), (x - half, black), (x + half, black), (x + half, top))
            else:
                s.scribble(x, (top + black) / 2, half, (black - top) / 2)


def _keyboard(s: Sketch) -> None:
    high = s.between(0.2, 0.6)
    if s.chance(0.9):
        s.box(-1, 1, -high, high)
    rim = s.one_of(0.0, 0.0, s.between(0.1, 0.5)) * high
    if rim:
        s.path((-1, -high + rim), (1, -high + rim))
    _keys(s, -1, 1, -high + rim, high)
    if s.chance(0.25):
        s.fan([(-0.9, high), (0.9, high)], [(-0.9, high + 0.6), (0.9, high + 0.6)])


def _upright(s: Sketch) -> None:
    top, shelf, bottom = -s.between(0.5, 0.9), s.between(-0.1, 0.2), s.between(0.6, 0.9)
    s.box(-0.9, 0.9, top, bottom)
    s.path((-0.9, shelf), (0.9, shelf))
    deep = s.between(0.15, 0.35)
    if s.chance(0.85):
        s.path((-0.9, shelf + deep), (0.9, shelf + deep))
    if s.chance(0.8):
        _keys(s, -0.9, 0.9, shelf, shelf + deep)
    if s.chance(0.3):  # music
        s.path((-0.3, shelf), (-0.25, shelf - 0.35), (0.3, shelf - 0.35), (0.3, shelf))
    if s.chance(0.3):  # pedals
        s.fan([(-0.1, bottom), (0.1, bottom)], [(-0.1, bottom - 0.15), (0.1, bottom - 0.15)])
    if s.chance(0.3):
        s.fan([(-0.8, bottom), (0.8, bottom)], [(-0.8, bottom + 0.25), (0.8, bottom + 0.25)])


def _table_piano(s: Sketch) -> None:
    high, leg = s.between(0.15, 0.4), s.between(0.5, 1.2)
    s.box(-1, 1, 0, high)
    if s.chance(0.75):
        _keys(s, -1, 1, s.one_of(0, high * 0.4), high)
    for x in (-0.9, 0.9, 0.0)[: s.one_of(2, 2, 3)]:
        if s.chance(0.3):
            s.path((x - 0.07, high), (x - 0.07, high + leg), (x + 0.07, high + leg), (x + 0.07, high))
        else:
            s.path((x, high), (x + s.between(-0.1, 0.1), high + leg))
    if s.chance(0.35):  # back, straight or rounded
        up = s.between(0.3, 0.7)
        if s.chance(0.5):
            s.path((-0.95, 0), (-0.9, -up), (0.9, -up), (0.95, 0))
        else:
            s.curve((-0.95, 0), (-0.8, -up), (0, -up), (0.5, -0.3 * up), (0.95, 0))
    if s.chance(0.15):  # stool
        s.box(-0.3, 0.3, high + 0.5, high + 0.7)


def _grand(s: Sketch) -> None:
    """From the side: a case on legs, and mostly an open lid."""
    high = s.between(0.15, 0.35)
    s.box(-1, 1, 0, high)
    if s.chance(0.8):
        up = s.between(0.5, 1.1)
        if s.chance(0.6):
            s.curve((-0.95, 0), (-0.9, -0.7 * up), (-0.5, -up), (0.0, -0.75 * up), (0.3, -0.3 * up), (0.95, -0.1))
        else:
            s.path((-0.9, 0), (0.4, -up), (0.95, 0))
        if s.chance(0.35):
            s.path((0.2, 0), (s.between(-0.2, 0.2), -0.6 * up))
    if s.chance(0.6):
        _keys(s, s.one_of(-1, 0.2), 1, 0, high)
    for x in (-0.8, 0.8, 0.1)[: s.one_of(2, 3, 3)]:
        s.path((x, high), (x + s.between(-0.08, 0.08), high + s.between(0.4, 0.7)))
    s.scale(s.one_of(-1, 1), 1)


def _grand_from_above(s: Sketch) -> None:
    front = s.between(0.2, 0.4)
    s.curve(
        (-0.9, front), (-0.9, -0.6), (-0.7, -1.0), (-0.2, -1.0), (0.0, -0.5), (0.4, -0.25), (0.85, -0.1), (0.9, front)
    )
    s.path((-0.9, front), (-0.9, front + 0.4), (0.9, front + 0.4), (0.9, front), closed=True)
    _keys(s, -0.9, 0.9, front, front + 0.4)
    s.scale(s.one_of(-1, 1), 1)
