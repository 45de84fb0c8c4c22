"""Pears: an outline with a neck and a belly, mostly a stem, at times a leaf and spots."""

from train.doodles.sketch import Sketch


def draw(s: Sketch) -> None:
    neck, belly = s.between(0.15, 0.36), s.between(0.5, 0.85)
    waist = neck * s.between(0.9, 1.35)
    lean = s.between(-0.25, 0.25) * s.one_of(0, 0, 1)
    gap = s.one_of(0.0, 0.0, s.between(0.0, 0.12))  # at the top, where the outline begins and ends
    turns = [(neck * 0.3 + gap, -1.0), (neck, -0.8), (waist, s.between(-0.45, -0.2)), (belly, 0.3), (belly * 0.8, 0.8)]
    left = [(0.5 * lean * (0.3 - y) - x, y) for x, y in turns]
    right = [(0.5 * lean * (0.3 - y) + x * s.between(0.9, 1.1), y + s.between(-0.05, 0.05)) for x, y in turns]
    s.curve(
        *left, (0, s.between(0.9, 1.05)), *right[::-1][: s.one_of(4, 5, 5, 5, 5)], closed=gap == 0 and s.chance(0.5)
    )
    top = 0.65 * lean
    if s.chance(0.8):
        bow, high = s.between(-0.25, 0.35), s.between(0.2, 0.5)
        for x in (top, top + 0.09)[: s.one_of(1, 1, 1, 2)]:
            s.curve((x, -0.95), (x + 0.3 * bow, -1 - 0.6 * high), (x + bow, -1 - high))
    if s.chance(0.25):
        _leaf(s, top, -1.15)
    if s.chance(0.2):
        for _ in range(s.whole(1, 3)):
            s.dot(s.between(-0.3, 0.3), s.between(0.0, 0.6))
    if s.chance(0.06):  # shine
        s.arc(0, 0.3, belly * 0.65, 0.45, 0.0, s.one_of(0.15, -0.15))
    s.turn(s.one_of(0, 0, s.between(-0.08, 0.08)))


def _leaf(s: Sketch, x: float, y: float) -> None:
    side, long = s.one_of(-1, 1), s.between(0.4, 0.7)
    s.curve(
        (x, y), (x + side * long * 0.5, y - 0.25), (x + side * long, y - 0.1), (x + side * long * 0.5, y + 0.06), (x, y)
    )
