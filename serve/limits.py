"""What one server process takes on: the most that a request, or all of them together, may cost it."""

from dataclasses import dataclass

from doodle.picture import MAX_PIXELS


@dataclass(frozen=True)
class Limits:
    """Each field is an option of `python -m serve`. What is larger than a thing itself may be, a drawing's points or a
    picture's frames, is fixed where that thing is read."""

    body: int = 16 * 2**20
    """Bytes of a body, and of one line of a stream."""
    pixels: int = MAX_PIXELS
    """Pixels of a picture."""
    lines: int = 10_000_000
    """Lines of a stream."""
    requests: int = 256
    """Requests with a body that are answered at a time; a further one is told to come again."""
    connections: int = 1000
    """Open connections; a further one is told to come again, twice as many are closed unheard."""
    patience: int = 20
    """Seconds that a client may keep the server waiting, in all of a request, beyond a slow line's share."""
    answer: int = 60
    """Seconds from a request's headers to the beginning of its answer."""
    grace: int = 20
    """Seconds that requests in flight are given when the server is told to stop."""
