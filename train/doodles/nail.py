"""Nails: most people draw one of iron, some the one on a finger, a few a hand."""

from train.doodles.sketch import Point, Sketch, mirrored


def draw(s: Sketch) -> None:
    (_iron_nail if s.chance(0.78) else s.one_of(_fingernail, _fingernail, _fingernail, _hand))(s)


def _iron_nail(s: Sketch) -> None:
    reach, half = s.between(0.2, 0.5), s.between(0.04, 0.14)
    length, thick = s.between(1.2, 2.0), s.between(0.05, 0.16)
    match s.whole(0, 6):  # the head
        case 0 | 1:
            s.path((-reach, 0), (reach, s.between(-0.05, 0.05)))
        case 2 | 3:
            s.loop(0, 0, reach, thick)
        case 4:
            s.path((-reach, -thick), (reach, -thick), (reach, thick), (-reach, thick), closed=True)
        case 5:  # domed
            s.arc(0, thick, reach, 2.5 * thick, 0.5, 0.5)
            s.path((-reach, thick), (reach, thick))
        case _:
            s.path((-reach, -thick), (reach, -thick), (half, thick * 2), (-half, thick * 2), closed=True)
    match s.whole(0, 7):  # the shaft
        case 0 | 1:
            s.path((0, 0), (s.between(-0.06, 0.06), length))
        case 2 | 3:
            s.path((-half, thick), (s.between(-0.05, 0.05), length), (half, thick))
        case 4 | 5:
            s.path(*mirrored((-half, thick), (-half * 0.9, 0.85 * length), (0, length)))
        case 6:
            s.path((-half, thick), (0, length))
            s.path((half, thick), (s.between(-0.05, 0.05), length))
        case _:
            s.path((-half, thick), (-half, length), (half, length), (half, thick))
    if s.chance(0.12):  # rings under the head
        s.fan([(-half, 0.35), (-half, 0.5)], [(half, 0.38), (half, 0.53)])
    s.turn(s.one_of(0, 0, 0, 0, 0, s.between(-0.13, 0.13), s.one_of(0.25, -0.25)))


def _fingernail(s: Sketch) -> None:
    half, length = s.between(0.3, 0.5), s.between(0.9, 1.8)
    s.curve(*mirrored((-half, length), (-half, 0.2), (-0.75 * half, -0.3), (-0.1 * half, -0.5)))
    wide, top = half * s.between(0.5, 0.8), s.between(-0.4, -0.25)
    if s.chance(0.5):
        s.loop(0, top + 0.35, wide, s.between(0.22, 0.36))
    else:
        s.curve(*mirrored((-wide, top + 0.1), (-wide, top + 0.4), (-0.1 * wide, top + 0.65)))
        s.curve((-wide, top + 0.1), (0, top - s.between(0, 0.25)), (wide, top + 0.1))
    for y in (0.7, 0.78)[: s.one_of(0, 0, 1, 2)]:  # the joint
        s.path((-0.5 * half, y), (0.5 * half, y))
    s.turn(s.one_of(0, 0, s.between(-0.1, 0.1), 0.25, -0.25))


def _hand(s: Sketch) -> None:
    count = s.one_of(2, 3, 4, 4)
    width = s.between(0.13, 0.19)
    fingers = [(0.4 * n, s.between(-0.5, 0.1) - 0.15 * (0 < n < 3)) for n in range(count)]
    outline: list[Point] = [(-0.25, s.between(0.7, 1.2))]
    for x, top in fingers:
        outline += [(x - width, 0.3), (x - width, top), (x, top - 0.12), (x + width, top), (x + width, 0.3)]
    right = fingers[-1][0]
    s.curve(*outline, *[(right + 0.5, 0.5), (right + 0.6, 0.65), (right + 0.2, 1.1)][: s.whole(0, 3)])
    for x, top in fingers:
        s.loop(x, top + s.between(0.0, 0.05), width * s.between(0.4, 0.65), s.between(0.08, 0.14))
    s.scale(s.one_of(-1, 1), 1)
    s.turn(s.one_of(0, 0, s.between(-0.15, 0.15), 0.25))
