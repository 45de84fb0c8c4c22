"""What schemathesis can't know of our bodies: what pictures look like, and how lines are written."""

import base64
import io

import schemathesis
from hypothesis import strategies as st
from PIL import Image, ImageDraw


def picture(kind: str, size: tuple[int, int], line: tuple[int, int, int, int]) -> bytes:
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).line(line, "black", 3)
    stream = io.BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


def pictures(*kinds: str) -> st.SearchStrategy[bytes]:
    places = st.integers(0, 60)
    sizes = st.tuples(st.integers(1, 60), st.integers(1, 60))
    return st.builds(picture, st.sampled_from(kinds), sizes, st.tuples(places, places, places, places))


KINDS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
for kind in KINDS:
    schemathesis.openapi.media_type(f"image/{kind.lower()}", pictures(kind))
schemathesis.openapi.format("binary", pictures(*KINDS))
schemathesis.openapi.format("picture", pictures(*KINDS).map(lambda data: base64.b64encode(data).decode()))
schemathesis.openapi.media_type("application/x-ndjson", st.binary())
