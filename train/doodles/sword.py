"""Swords: blade, guard and hilt, mostly upright or aslant with the point up."""

from train.doodles.sketch import Sketch, mirrored


def draw(s: Sketch) -> None:
    """Drawn point up, hilt below the guard at y = 0; then turned."""
    half = s.between(0.08, 0.26)  # of the blade's width
    _blade(s, half)
    _guard(s, half)
    _hilt(s, half)
    aslant = s.between(0.04, 0.16)
    s.turn(s.one_of(0, 0, 0, 0, 0, 0, aslant, aslant, -aslant, s.one_of(0.25, -0.25, 0.5)))


def _blade(s: Sketch, half: float) -> None:
    tip, shoulder, off = -s.between(1.1, 2.1), s.between(0.72, 0.95), s.between(-0.5, 0.5) * half
    match s.whole(0, 8):
        case 0 | 1 | 2:  # two edges to a point in one go
            s.path((-half, 0), (-half, tip * shoulder), (off, tip), (half, tip * shoulder), (half, 0))
        case 3:  # tapering all the way
            s.path((-half, 0), (off, tip), (half, 0))
        case 4:  # slanted point, as of a knife
            s.path((-half, 0), (-half, tip), (half, tip * shoulder), (half, 0))
        case 5:  # a single line
            s.path((0, 0.1), (s.between(-0.05, 0.05), tip))
        case 6:  # curved
            bow = s.one_of(-1, 1) * s.between(0.12, 0.4)
            s.curve((-half, 0), (-half - bow * 0.3, 0.5 * tip), (bow * 1.5, tip))
            s.curve((half, 0), (half - bow * 0.3, 0.5 * tip), (bow * 1.5, tip))
        case 7:  # round point
            s.curve(*mirrored((-half, 0), (-half, 0.5 * tip), (-0.8 * half, 0.9 * tip), (-0.1 * half, tip)))
        case _:  # each edge on its own, the point open or crossed
            s.path((-half, 0), (-half, tip * shoulder), (0, tip))
            s.path((half, 0), (half, tip * shoulder), (off, tip))
    if s.chance(0.2):  # fuller
        s.path((0, -0.05), (0, tip * s.between(0.6, 0.95)))


def _guard(s: Sketch, half: float) -> None:
    reach, thick = half + s.between(0.12, 0.45), s.between(0.05, 0.14)
    match s.whole(0, 8):
        case 0 | 1 | 2:
            s.path((-reach, s.between(-0.05, 0.05)), (reach, s.between(-0.05, 0.05)))
        case 3 | 4:
            s.path((-reach, -thick), (reach, -thick), (reach, thick), (-reach, thick), closed=True)
        case 5:
            s.loop(0, 0, reach, thick)
        case 6:  # arms bent up or down
            lift = s.between(-0.2, 0.2)
            for y in (0.0, 2 * thick)[: s.one_of(1, 1, 2)]:
                s.curve(*mirrored((-reach, lift), (-0.5 * reach, y), (-0.1 * reach, y)))
        case 7:  # a line with knobs
            s.path((-reach, 0), (reach, 0))
            s.dot(-reach, 0, 0.06)
            s.dot(reach, 0, 0.06)
        case _:
            s.path((-half, 0), (half, 0))


def _hilt(s: Sketch, half: float) -> None:
    half, end = half * s.between(0.45, 0.95), s.between(0.3, 0.7)
    match s.whole(0, 6):
        case 0 | 1 | 2:
            s.path((-half, 0), (-half, end), (half, end), (half, 0))
        case 3:
            s.path((0, 0), (0, end))
        case 4:
            s.loop(0, end / 2, half, end / 2)
        case 5:
            s.path((-half, 0), (-half, end))
            s.path((half, 0), (half, end))
        case _:
            s.scribble(0, end / 2, half, end / 2)
    if s.chance(0.2):
        heights = [end * t for t in (0.25, 0.5, 0.75)]
        s.fan([(-half, y) for y in heights], [(half, y + 0.04) for y in heights])
    if s.chance(0.3):
        s.loop(0, end + 0.07, s.between(0.07, 0.14))
