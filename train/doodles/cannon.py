"""Cannons: a barrel from the side, mostly to the right and aimed up, on a wheel or a stand, at times with its ball."""

from train.doodles.sketch import Sketch, at


def draw(s: Sketch) -> None:
    back, front = s.between(0.16, 0.42), s.between(0.13, 0.34)  # half heights of the barrel's ends
    _barrel(s, back, front)
    if s.chance(0.15):  # fuse
        s.curve((-0.85, -back), (-0.95, -back - 0.15), (-0.85 + s.between(-0.25, 0.1), -back - s.between(0.2, 0.35)))
    if s.chance(0.45):
        _cannonball(s, front)
    s.turn(-s.one_of(0.0, s.between(0.0, 0.05), s.between(0.03, 0.13)))
    _carriage(s, back)
    s.scale(-1 if s.chance(0.1) else 1, 1)


def _barrel(s: Sketch, back: float, front: float) -> None:
    flare = s.one_of(0.0, 0.0, s.between(0.0, 0.1))
    match s.whole(0, 5):
        case 0:  # a plain box, mouth closed or open
            s.path((1, -front), (-1, -back), (-1, back), (1, front), closed=s.chance(0.6))
        case 1:  # round breech, mouth drawn on its own
            s.curve(
                (1, -front), (0, -(front + back) / 2), (-0.8, -back), (-1.1, 0), (-0.8, back), (0, back), (1, front)
            )
            s.loop(1, 0, s.between(0.05, 0.15), front)
        case 2:  # round breech, straight mouth
            s.curve((1, -front), (-0.7, -back), (-1.05, 0), (-0.7, back), (1, front))
            s.path((1, -front - flare), (1, front + flare))
        case 3:  # two long lines and two ends
            s.path((-1, -back), (1, -front))
            s.path((-1, back), (1, front))
            s.arc(-1, 0, s.between(0.05, 0.3), back, 0.25, 0.5)
            s.loop(1, 0, s.between(0.04, 0.14), front + flare)
        case 4:  # mouth with a rim
            s.path((0.85, -front), (-0.9, -back), (-0.9, back), (0.85, front))
            s.path(
                (0.85, -front - 0.08), (1.05, -front - 0.08), (1.05, front + 0.08), (0.85, front + 0.08), closed=True
            )
        case _:  # one loop, long and thick behind
            below = [(-0.6, back), (0.4, back), (1, front)]
            s.curve((1, -front), (0.2, -back), (-0.9, -back), (-1.1, 0.1), *below, closed=True)
    if s.chance(0.2):  # knob at the breech
        s.loop(-1.15, 0, s.between(0.06, 0.12))
    for x in (-0.5, 0.3)[: s.one_of(0, 0, 0, 1, 2)]:  # rings around it
        s.path((x, -back), (x + 0.03, back))


def _cannonball(s: Sketch, front: float) -> None:
    x, radius = s.between(1.05, 1.6), s.between(0.5, 1.2) * front
    (s.scribble if s.chance(0.25) else s.loop)(x + radius, s.between(-0.12, 0.1), radius, radius)
    if s.chance(0.2):
        s.fan([(1.1, -0.15), (1.12, 0), (1.1, 0.15)], [(1.35, -0.3), (1.4, 0.02), (1.33, 0.28)])


def _carriage(s: Sketch, back: float) -> None:
    x, y, radius = s.between(-0.8, 0.1), back + s.between(-0.1, 0.2), s.between(0.22, 0.5)
    match s.whole(0, 15):
        case 0 | 1:  # trail to the ground, and a wheel
            s.path((x, y - 0.1), (-1.2, y + 0.5), (-0.9, y + 0.55), (x, y + 0.15))
            _wheel(s, x, y, radius)
        case 2 | 3:  # two wheels side by side
            _wheel(s, -0.6, y, radius * 0.8)
            _wheel(s, s.between(0, 0.5), y, radius * 0.8)
        case 4 | 5:  # a stand
            s.path((x - 0.2, y - 0.1), (x - 0.3, y + 0.4), (x + 0.3, y + 0.4), (x + 0.2, y - 0.1), closed=s.chance(0.4))
        case 6:  # legs
            s.fan([(-0.6, y - 0.1), (0.3, y - 0.1)], [(-0.65, y + 0.4), (0.35, y + 0.4)])
        case 7:  # nothing
            pass
        case _:
            _wheel(s, x, y, radius)


def _wheel(s: Sketch, x: float, y: float, radius: float) -> None:
    s.loop(x, y, radius)
    match s.whole(0, 5):
        case 0:
            s.loop(x, y, 0.5 * radius)
        case 1:
            s.dot(x, y)
        case 2:
            s.path((x - radius, y), (x + radius, y))
            s.path((x, y - radius), (x, y + radius))
        case 3:
            for turns in (0.0, 0.17, 0.33):
                across, down = at(turns, radius)
                s.path((x - across, y - down), (x + across, y + down))
        case _:
            pass
