import json

import pytest

from doodle.model_card import CardError, ModelCard
from doodle.raster import MAPS
from tests.tiny_model import fields_of, metadata_of

FIELDS = fields_of(["top", "bottom", "nothing"])


def test_metadata_round_trip():
    card = ModelCard(**FIELDS)
    metadata = card.to_metadata()
    assert all(isinstance(value, str) for value in metadata.values())
    assert metadata["architecture"] == "halves of the bitmap"
    assert ModelCard.from_metadata(metadata) == card
    json.dumps(card.to_dict())


def test_motion_and_none_logit():
    card = ModelCard(**{**fields_of(["a", "b"], motion=True), "none_logit": -512})
    read = ModelCard.from_metadata(card.to_metadata())
    assert read.input["maps"] == list(MAPS)
    assert read.none_logit == -512


def test_more_figures_are_kept():
    figures = {**FIELDS["figures"], "bitmap_top1": 0.5}
    assert ModelCard(**{**FIELDS, "figures": figures}).to_dict()["figures"]["bitmap_top1"] == 0.5


@pytest.mark.parametrize("field", FIELDS)
def test_missing_field(field):
    metadata = metadata_of(FIELDS)
    del metadata[field]
    with pytest.raises(CardError, match=f"'{field}' is missing"):
        ModelCard.from_metadata(metadata)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("labels", "top, bottom"),
        ("labels", "[]"),
        ("labels", '["top", "top", "bottom"]'),
        ("labels", '["top", "bottom", 3]'),
        ("labels", "[" * 100_000),
        ("architecture", ""),
        ("parameters", "many"),
        ("parameters", "-1"),
        ("parameters", "2.5"),
        ("input", '"bitmap"'),
        ("input", '{"maps": ["ink", "time"], "rule": "mine"}'),
        ("input", '{"maps": ["ink"]}'),
        ("none_logit", "0.5"),
        ("none_logit", "true"),
        ("data", "{}"),
        ("data", "[]"),
        ("figures", '{"top1": 97.5, "top3": 0.99, "drawings": 5, "per_category": {}}'),
        ("figures", '{"top1": 0.9, "top3": 0.99, "drawings": 5, "per_category": {"cat": 0.9}}'),
        ("threshold", "NaN"),
        ("threshold", "often"),
        ("version", ""),
    ],
)
def test_senseless_field(field, text):
    with pytest.raises(CardError) as caught:
        ModelCard.from_metadata(metadata_of(FIELDS) | {field: text})
    assert str(caught.value).startswith(repr(field))
    assert len(str(caught.value)) < 300
