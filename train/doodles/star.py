"""Stars: five points without lifting the pen, or their outline; a few with other points."""

from train.doodles.sketch import Sketch, at


def draw(s: Sketch) -> None:
    kind = s.whole(0, 19)
    if kind < 13:
        _star_polygon(s, 5, 2)
    elif kind < 18:
        _star_outline(s, 5, s.between(0.35, 0.6))
    elif kind == 18:
        _star_outline(s, s.one_of(4, 6, 8), s.between(0.3, 0.6))
    else:  # two triangles
        for turn in (0.75, 0.25):
            s.path(*[at(turn + n / 3, 1.0) for n in range(3)], closed=True)
    s.turn(s.between(-0.04, 0.04))
    s.scale(s.between(0.75, 1.3), 1)


def _star_polygon(s: Sketch, points: int, step: int) -> None:
    """Without lifting the pen, from any point, either way round; each point a little out of place."""
    first, way = s.one_of(2, 3, 0, s.whole(0, points - 1)), s.one_of(-1, 1)
    loose = s.one_of(0.12, 0.2, 0.3) * s.careless
    ring = [at(0.75 + n / points + s.between(-0.1, 0.1) * loose, 1 + s.between(-1, 1) * loose) for n in range(points)]
    corners = [ring[(first + way * step * n) % points] for n in range(points)]
    last = (corners[0][0] + s.between(-1, 1) * loose * 1.5, corners[0][1] + s.between(-1, 1) * loose * 1.5)
    s.path(*corners, last)


def _star_outline(s: Sketch, points: int, inner: float) -> None:
    loose = 0.15 * s.careless
    ring = []
    for n in range(2 * points):
        radius = (1.0 if n % 2 == 0 else inner) * (1 + s.between(-1, 1) * loose)
        ring.append(at(0.75 + (n + s.between(-1, 1) * loose) / (2 * points), radius))
    first = s.whole(0, 2 * points - 1)
    ring = ring[first:] + ring[:first]
    (s.curve if s.chance(0.1) else s.path)(*ring, closed=True)
