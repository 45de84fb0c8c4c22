"""What a model says of itself: one schema, written by export, checked at load, shown by GET /models.

In the ONNX file each field is a string of the metadata: text as it is, everything else as JSON.
"""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from doodle.raster import MAPS

TEXT_FIELDS = ("architecture", "version")
INPUT = {"maps": list, "rule": str}
DATA = {"source": str, "license": str, "synthetic": bool, "counts": dict, "fingerprint": str}
FIGURES = {"top1": float, "top3": float, "drawings": int, "per_category": dict}


class CardError(ValueError):
    """A model card lacks a field, or a field makes no sense; the message names the field."""


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """A model's description. Building one checks it: raises CardError naming the field at fault.

    labels: the categories in output order. architecture: text. parameters: their number.
    input: `{"maps": ["ink"] or all of doodle.raster.MAPS, "rule": how drawings become maps, text}`.
    none_logit: the "none of these" logit in 1/256, whose share is spread evenly over the labels, or None.
    data: what it was trained on, `{"source", "license": text, "synthetic": bool, "counts": {label: int},
    "fingerprint": text}`.
    figures: results on the test split, `{"top1", "top3": fractions, "drawings": int, "per_category": {label:
    fraction}}`, and whatever else was measured.
    threshold: an answer is `known` from this probability on. version: of the code that made it.
    """

    labels: list[str]
    architecture: str
    parameters: int
    input: dict[str, Any]
    none_logit: int | None
    data: dict[str, Any]
    figures: dict[str, Any]
    threshold: float
    version: str

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            try:
                getattr(self, f"_check_{field.name}")()
            except ValueError as error:
                raise CardError(f"{field.name!r} {error}") from None

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> "ModelCard":
        """Read an ONNX file's metadata. Raises CardError naming the field that is missing or makes no sense."""
        return cls(**{field.name: _read(metadata, field.name) for field in dataclasses.fields(cls)})

    def to_metadata(self) -> dict[str, str]:
        """The fields as an ONNX file's metadata holds them."""
        fields = self.to_dict()
        return {name: value if name in TEXT_FIELDS else json.dumps(value) for name, value in fields.items()}

    def to_dict(self) -> dict[str, Any]:
        """The fields by name, ready for JSON."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    def _check_labels(self) -> None:
        if not isinstance(self.labels, list) or not self.labels:
            raise ValueError("is not a list of names")
        if not all(isinstance(label, str) and label for label in self.labels):
            raise ValueError("holds something else than names")
        if len(set(self.labels)) < len(self.labels):
            raise ValueError("holds a name twice")

    def _check_architecture(self) -> None:
        _check_text(self.architecture)

    def _check_parameters(self) -> None:
        _check_count(self.parameters)

    def _check_input(self) -> None:
        _check_object(self.input, INPUT)
        if self.input["maps"] not in (["ink"], list(MAPS)):
            raise ValueError(f"has maps other than ['ink'] or {list(MAPS)}")

    def _check_none_logit(self) -> None:
        if self.none_logit is not None and type(self.none_logit) is not int:
            raise ValueError(f"is {self.none_logit!r}, not an integer or null")

    def _check_data(self) -> None:
        _check_object(self.data, DATA)
        self._check_by_label(self.data["counts"], _check_count)

    def _check_figures(self) -> None:
        _check_object(self.figures, FIGURES)
        for name in ("top1", "top3"):
            _check_fraction(self.figures[name])
        self._check_by_label(self.figures["per_category"], _check_fraction)

    def _check_threshold(self) -> None:
        _check_fraction(self.threshold)

    def _check_version(self) -> None:
        _check_text(self.version)

    def _check_by_label(self, by_label: Mapping[str, Any], check: Any) -> None:
        for label, value in by_label.items():
            if label not in self.labels:
                raise ValueError(f"names {label!r}, which is not among the labels")
            check(value)


def _read(metadata: Mapping[str, str], name: str) -> Any:
    if name not in metadata:
        raise CardError(f"{name!r} is missing")
    if name in TEXT_FIELDS:
        return metadata[name]
    try:
        return json.loads(metadata[name])
    except (ValueError, RecursionError) as error:
        raise CardError(f"{name!r} is not JSON ({error})") from None


def _check_text(value: object) -> None:
    if not isinstance(value, str) or not value:
        raise ValueError("is empty, or no text")


def _check_count(value: object) -> None:
    if type(value) is not int or value < 0:
        raise ValueError(f"holds {value!r}, which is not a whole number")


def _check_fraction(value: object) -> None:
    if type(value) not in (int, float) or not 0 <= value <= 1:  # type: ignore[operator]
        raise ValueError(f"holds {value!r}, which is not a fraction from 0 to 1")


def _check_object(value: object, kinds: Mapping[str, type]) -> None:
    if not isinstance(value, dict):
        raise ValueError("is not an object")
    for name, kind in kinds.items():
        is_whole_float = kind is float and type(value.get(name)) is int  # JSON may write 1.0 as 1
        if type(value.get(name)) is not kind and not is_whole_float:
            raise ValueError(f"has no {name!r}, or one that is no {kind.__name__}")
