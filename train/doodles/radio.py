"""Radios: a box with an antenna, speakers, a dial, knobs, at times a handle."""

from train.doodles.sketch import Sketch


def draw(s: Sketch) -> None:
    high = s.between(0.35, 0.8)
    match s.whole(0, 7):
        case 0:
            s.curve((-0.9, -high), (0.9, -high), (1, 0), (0.9, high), (-0.9, high), (-1, 0), closed=True)
        case 1:
            tilt = s.between(-0.2, 0.2)
            s.path((-1 + tilt, -high), (-1, high), (1, high), (1 - s.one_of(tilt, -tilt), -high), closed=True)
        case 2:
            s.arc(0, high, 1, 2 * high, 0.5, 0.5)
            s.path((-1, high), (1, high))
        case _:
            s.box(-1, 1, -high, high)
    _antenna(s, -high)
    if s.chance(0.2):
        _handle(s, -high)
    _radio_front(s, high)
    s.scale(s.one_of(-1, 1), 1)


def _antenna(s: Sketch, top: float) -> None:
    x, lean, up = s.between(-0.9, 0.2), s.between(-0.4, 0.5), s.between(0.4, 1.0)
    match s.whole(0, 8):
        case 0 | 1 | 2:
            s.path((x, top), (x + lean, top - up))
        case 3 | 4 | 5:
            x = s.between(-0.3, 0.3)
            wide = s.between(0.2, 0.7)
            if s.chance(0.5):
                s.path((x - wide, top - up), (x, top), (x + wide, top - s.between(0.7, 1.1) * up))
            else:
                s.path((x, top), (x - wide, top - up))
                s.path((x, top), (x + wide, top - up))
        case 6:
            s.path((x, top), (x + lean, top - up))
            s.loop(x + lean, top - up - 0.06, 0.07)
        case 7:
            s.path((x - 0.05, top), (x + lean - 0.05, top - up), (x + lean + 0.05, top - up), (x + 0.05, top))
        case _:
            pass


def _handle(s: Sketch, top: float) -> None:
    up, half = s.between(0.2, 0.5), s.between(0.4, 0.8)
    if s.chance(0.5):
        s.arc(0, top, half, up, 0.5, 0.5)
    else:
        s.path((-half, top), (-half, top - up), (half, top - up), (half, top))


def _radio_front(s: Sketch, high: float) -> None:
    radius = high * s.between(0.3, 0.65)
    layout = s.whole(0, 5)
    for x in ((-0.55, 0.55), (0.5,), (-0.55, 0.55), (-0.5,), (-0.55, 0.55), ())[layout]:
        _speaker(s, x, s.between(-0.1, 0.25) * high, min(radius, 0.4))
    if s.chance(0.35):  # dial
        left, right = ((-0.25, 0.25), (-0.8, 0.1), (-0.2, 0.2), (0.0, 0.8), (-0.3, 0.3), (-0.7, 0.7))[layout]
        y = -high * s.between(0.3, 0.6)
        if s.chance(0.5):
            s.box(left, right, y - 0.1 * high, y + 0.15 * high)
        else:
            s.path((left, y), (right, y))
    for _ in range(s.one_of(0, 0, 0, 1, 2, 3)):  # knobs
        s.dot(s.between(-0.7, 0.7), high * s.between(0.4, 0.8), 0.06)


def _speaker(s: Sketch, x: float, y: float, radius: float) -> None:
    match s.whole(0, 6):
        case 0:
            s.scribble(x, y, radius, radius)
        case 1:
            s.loop(x, y, radius)
            s.loop(x, y, radius * s.between(0.3, 0.6))
        case 2:
            s.loop(x, y, radius)
            cuts = [t * radius for t in (-0.5, 0.0, 0.5)]
            s.fan([(x + c, y - 0.8 * radius) for c in cuts], [(x + c, y + 0.8 * radius) for c in cuts])
            s.fan([(x - 0.8 * radius, y + c) for c in cuts], [(x + 0.8 * radius, y + c) for c in cuts])
        case 3:
            s.box(x - radius, x + radius, y - radius, y + radius)
        case _:
            s.loop(x, y, radius * s.between(0.8, 1.1), radius)
