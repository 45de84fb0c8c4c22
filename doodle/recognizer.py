"""An ONNX file becomes a classifier: bitmaps in, labels and probabilities out.

The file describes itself in its metadata. What is missing there, or disagrees with the network's shapes, is refused
here, at start, with the file and the field named, so that no request can meet a half-described model.
"""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

SILENT = 4  # onnxruntime's "fatal only": what goes wrong with a file is said by our own message
RUN = 32  # bitmaps at a time: more are hardly faster, and onnxruntime keeps what its largest run took, cnn 0.4 MB each
PREFERRED = ("cnn", "mlp")  # the default model, where nobody named one: the first of these that is there


class ModelError(Exception):
    """A model file, or a folder of them, that cannot be served; the message names it and the field at fault."""


class Classifier:
    """One ONNX model, loaded and checked.

    `path` is the file and `name` its name without its ending; `report` is the folder beside it that holds its report,
    if there is one; `labels` are the categories in output order; `architecture`, `parameters`, `data`, `figures`,
    `threshold` and `version` are what its metadata says.
    Raises ModelError if the file is missing, damaged, or not one of this project's models.
    """

    def __init__(self, path: Path, threads: int = 1) -> None:
        self.path, self.name = path, path.stem
        report = path.with_suffix("")
        self.report = report if (report / "index.html").is_file() else None
        self._session = _open(path, threads)
        metadata = self._session.get_modelmeta().custom_metadata_map
        fields = {name: _field(path, metadata, name, read) for name, read in FIELDS.items()}
        self.labels: list[str] = fields["labels"]
        self.architecture: str = fields["architecture"]
        self.parameters: int = fields["parameters"]
        self.data: dict[str, Any] = fields["data"]
        self.figures: dict[str, Any] = fields["figures"]
        self.threshold: float = fields["threshold"]
        self.version: str = fields["version"]
        _check_agreement(path, self.labels, self.data, self.figures)
        _check_shapes(path, self._session, len(self.labels))
        _check_run(path, self.probabilities)

    def probabilities(self, bitmaps: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Classify bitmaps of shape (N, 28, 28), uint8, ink 255 on 0: the probability of each label, (N, K) float32."""
        runs = [bitmaps[first : first + RUN] for first in range(0, len(bitmaps) or 1, RUN)]
        return np.concatenate([self._session.run(["probabilities"], {"bitmap": some})[0] for some in runs])

    def answer(self, probabilities: NDArray[np.float32], top: int = 5) -> dict[str, Any]:
        """Put one bitmap's probabilities, (K,) float32, into words: the `top` likeliest labels, 0 for all of them.

        Labels of equal probability keep the model's order. `known` is false where the model is not sure enough.
        """
        return self.answers(probabilities[None], top)[0]

    def answers(self, probabilities: NDArray[np.float32], top: int = 5) -> list[dict[str, Any]]:
        """Put the probabilities of many bitmaps, (N, K) float32, into words, as `answer` does."""
        ranking = np.argsort(-probabilities, axis=1, kind="stable")[:, : top or None]
        ranked = np.take_along_axis(probabilities, ranking, axis=1)
        return [self._in_words(*row) for row in zip(ranking.tolist(), ranked.tolist(), strict=True)]

    def _in_words(self, ranking: list[int], ranked: list[float]) -> dict[str, Any]:
        pairs = zip(ranking, ranked, strict=True)
        likeliest: list[dict[str, Any]] = [{"label": self.labels[i], "probability": value} for i, value in pairs]
        known = likeliest[0]["probability"] >= self.threshold
        return {**likeliest[0], "known": known, "top": likeliest, "model": self.name}

    def description(self) -> dict[str, Any]:
        """What a client may want to know of the model, ready for JSON."""
        fields = ("name", "labels", "architecture", "parameters", "data", "figures", "threshold", "version")
        return {field: getattr(self, field) for field in fields}


def load_models(folder: Path) -> dict[str, Classifier]:
    """Load every NAME.onnx of a folder, by name. Raises ModelError for a bad file and for a folder without any."""
    if not folder.is_dir():
        raise ModelError(f"{folder}: no such folder of models")
    models = {path.stem: Classifier(path) for path in sorted(folder.glob("*.onnx"))}
    if not models:
        raise ModelError(f"{folder}: no .onnx file in it; `make train export` makes one")
    return models


def choose_default(models: dict[str, Classifier], wanted: str | None = None) -> str:
    """The name of the model that answers where a request names none. Raises ModelError if `wanted` is not there."""
    if wanted is not None and wanted not in models:
        raise ModelError(f"no model named {wanted!r}; there are: {', '.join(models)}")
    return wanted or next((name for name in PREFERRED if name in models), next(iter(models)))


def _open(path: Path, threads: int) -> onnxruntime.InferenceSession:
    if not path.is_file():
        raise ModelError(f"{path}: no such file")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = SILENT
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions share no other base
        raise ModelError(f"{path}: not an ONNX model that onnxruntime can load ({_first_line(error)})") from error


def _field(path: Path, metadata: dict[str, str], name: str, read: Callable[[str], Any]) -> Any:
    if name not in metadata:
        raise ModelError(f"{path}: its metadata has no {name!r}; was it made by this project's `make export`?")
    try:
        return read(metadata[name])
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path}: metadata {name!r}: {_first_line(error)}") from error


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]


def _labels(text: str) -> list[str]:
    labels = _json(text)
    if not isinstance(labels, list) or not labels or not all(isinstance(label, str) and label for label in labels):
        raise ValueError("is not a list of names")
    if len(set(labels)) < len(labels):
        raise ValueError("holds a name twice")
    return labels


def _text(text: str) -> str:
    if not text:
        raise ValueError("is empty")
    return text


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ValueError(f"{text[:40]!r} is not a whole number")
    return int(text)


def _data(text: str) -> dict[str, Any]:
    kinds = {"source": str, "license": str, "synthetic": bool, "counts": dict, "fingerprint": str}
    data = _object(text, kinds)
    if not all(type(count) is int and count >= 0 for count in data["counts"].values()):
        raise ValueError("has a count that is not a whole number")
    return data


def _figures(text: str) -> dict[str, Any]:
    figures = _object(text, {"top1": float, "top3": float, "drawings": int, "per_category": dict})
    for fraction in (figures["top1"], figures["top3"], *figures["per_category"].values()):
        _check_fraction(fraction)
    return figures


def _threshold(text: str) -> float:
    threshold = float(text)
    _check_fraction(threshold)
    return threshold


def _check_fraction(value: object) -> None:
    if type(value) not in (int, float) or not 0 <= value <= 1:  # type: ignore[operator]
        raise ValueError(f"{value!r} is not a fraction from 0 to 1")


def _object(text: str, kinds: dict[str, type]) -> dict[str, Any]:
    value = _json(text)
    if not isinstance(value, dict):
        raise ValueError("is not a JSON object")
    for name, kind in kinds.items():
        numeric = kind is float and type(value.get(name)) is int  # JSON may write 1.0 as 1
        if type(value.get(name)) is not kind and not numeric:
            raise ValueError(f"its {name!r} is missing or not a {kind.__name__}")
    return value


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError(f"is not JSON ({error})") from None


# every field of the metadata that must be there, and what reads it
FIELDS: dict[str, Callable[[str], Any]] = {
    "labels": _labels,
    "architecture": _text,
    "parameters": _whole,
    "input": _text,  # for people: that it is there is all that can be checked
    "data": _data,
    "figures": _figures,
    "threshold": _threshold,
    "version": _text,
}


def _check_agreement(path: Path, labels: list[str], data: dict[str, Any], figures: dict[str, Any]) -> None:
    for field, by_label in (("data", data["counts"]), ("figures", figures["per_category"])):
        if not set(by_label) <= set(labels):
            stranger = min(set(by_label) - set(labels))
            raise ModelError(f"{path}: metadata {field!r} speaks of {stranger!r}, which is not among its labels")


def _check_shapes(path: Path, session: onnxruntime.InferenceSession, categories: int) -> None:
    inputs = [(value.name, value.type, value.shape[1:]) for value in session.get_inputs()]
    if inputs != [("bitmap", "tensor(uint8)", [28, 28])]:
        raise ModelError(f"{path}: its input is {inputs}, not one 'bitmap' of uint8 (N, 28, 28)")
    outputs = [(value.name, value.type, value.shape[1:]) for value in session.get_outputs()]
    if outputs != [("probabilities", "tensor(float)", [categories])]:
        wanted = f"one 'probabilities' of float32 (N, {categories}) for its {categories} labels"
        raise ModelError(f"{path}: its output is {outputs}, not {wanted}")


def _check_run(path: Path, probabilities: Callable[[NDArray[np.uint8]], NDArray[np.float32]]) -> None:
    """Two blank bitmaps tell whether the network runs at all, takes any batch, and gives probabilities."""
    try:
        sums = probabilities(np.zeros((2, 28, 28), np.uint8)).sum(axis=1)
    except Exception as error:  # onnxruntime's exceptions share no other base
        raise ModelError(f"{path}: the network does not run ({_first_line(error)})") from error
    if len(sums) != 2 or not all(math.isclose(total, 1, abs_tol=1e-3) for total in sums):
        raise ModelError(f"{path}: its output 'probabilities' does not sum to 1")
