"""An ONNX file becomes a recognizer: drawings in, labels and probabilities out.

The file describes itself in its metadata (`doodle.model_card`). What is missing there, or disagrees with the network's
shapes, is refused at load with the file and the field named.
"""

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NotRequired, TypedDict, overload

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from doodle.drawing import Bitmap, Content, Drawn, content_of, draw_each, is_batch
from doodle.model_card import CardError, ModelCard
from doodle.raster import MAPS, SIDE
from doodle.softmax import softmax

FATAL_ONLY = 4  # onnxruntime's log level: our own message says what is wrong with a file
RUN = 32  # inputs of a run: more are hardly faster, and onnxruntime keeps what its largest run took, cnn 0.4 MB each
CHUNK = 256  # drawings that are drawn together, which bounds the memory of a large batch
PREFERRED = ("cnn", "mlp")  # the default model: the first of these that is there

_inside = Path(__file__).parent / "models"
MODELS = _inside if _inside.is_dir() else Path(__file__).parents[1] / "models"  # inside a wheel, beside a checkout

Probabilities = NDArray[np.float32]


class Guess(TypedDict):
    """A label and its probability."""

    label: str
    probability: float


class Answer(Guess):
    """The likeliest label, whether the model is sure enough of it, the `top` likeliest, and the model's name."""

    known: bool
    top: list[Guess]
    model: str
    bitmap: NotRequired[str]


class ModelError(Exception):
    """A model file, or a folder of them, cannot be used; the message names it and the field at fault."""


class UnknownLabelError(ValueError):
    """A label that the model does not know; the message offers near ones."""


class Recognizer:
    """One ONNX model, loaded and checked.

    `model` is the name of a shipped model, "cnn" (all categories) or "mlp" (ten), or the Path of an .onnx file.
    `threads` compute. `path`, `name`, `card` (doodle.ModelCard), `labels`,
    `input_name` and `input_shape` describe the model, which sees the pen's motion or not; `report` is the folder beside
    the file that holds its report, or None.
    Raises ModelError if the file is missing, damaged, or not one of this project's models.
    """

    def __init__(self, model: str | Path = PREFERRED[0], *, threads: int = 1) -> None:
        path = model if isinstance(model, Path) else MODELS / f"{model}.onnx"
        if isinstance(model, str) and not path.is_file():
            there = ", ".join(sorted(file.stem for file in _model_files(MODELS)))
            raise ModelError(f"no shipped model is named {model!r}; there are: {there}; a file is given as a Path")
        self.path, self.name = path, path.stem
        report = path.with_suffix("")
        self.report = report if (report / "index.html").is_file() else None
        self._session = _open(path, threads)
        try:
            self.card = ModelCard.from_metadata(self._session.get_modelmeta().custom_metadata_map)
        except CardError as error:
            raise ModelError(f"{path}: metadata {error}; was it made by this project's `make export`?") from error
        self.labels = self.card.labels
        self.motion = len(self.card.input["maps"]) > 1
        self.input_name = "maps" if self.motion else "bitmap"
        self.input_shape = (len(MAPS), SIDE, SIDE) if self.motion else (SIDE, SIDE)
        self._check_shapes()
        self._check_run()

    @overload
    def classify(
        self, drawing: list[Path] | list[str] | list[bytes] | list[Image.Image], top: int = 5, among: Any = None
    ) -> list[Answer]: ...

    @overload
    def classify(self, drawing: Path | str | bytes | Image.Image, top: int = 5, among: Any = None) -> Answer: ...

    @overload
    def classify(self, drawing: Any, top: int = 5, among: Any = None) -> Any: ...

    def classify(self, drawing: Any, top: int = 5, among: Sequence[str] | None = None) -> Answer | list[Answer]:
        """Classify one drawing, or a list of drawings as one batch.

        A drawing is: strokes `[[xs, ys], ...]` with y downwards, in any coordinate range; a path of, or the bytes of, a
        picture or JSON (a line of Google's .ndjson); a PIL image; or a bitmap, (28, 28) uint8, ink 255 on 0. A batch is
        a list of any of these, or an array (N, 28, 28). `top` is how many labels an answer has, 0 for all. `among`
        names the only labels that are possible: the answer is what the model would say if it knew just these.

        Returns an Answer (a dict), or a list of them for a batch. Raises DrawingError where there is no drawing,
        PictureError, BodyError, BodyKindError or BodySizeError for bytes that cannot be read, OSError for a file, and
        UnknownLabelError for a name in `among`.
        """
        batched = is_batch(drawing)
        columns = None if among is None else self.columns(among)
        drawings = drawing if batched else [drawing]
        answers: list[Answer] = []
        for first in range(0, len(drawings), CHUNK):
            drawn = self.draw([content_of(each) for each in drawings[first : first + CHUNK]])
            for each in drawn:
                if isinstance(each, Exception):
                    raise each
            answers += self.answers(np.array(drawn), top, columns)
        return answers if batched else answers[0]

    def draw(self, contents: Sequence[Content | Exception]) -> list[Drawn]:
        """Draw each content as this model's input: (28, 28) uint8, or (6, 28, 28) for a model that sees motion.

        A drawing that cannot be drawn gives its error; what is an error already stays one.
        """
        return draw_each(contents, self.motion)

    def columns(self, among: Sequence[str]) -> tuple[int, ...]:
        """The outputs of these labels, in the model's order. Raises UnknownLabelError, which offers near labels."""
        if isinstance(among, str):
            raise UnknownLabelError("`among` is a list of labels, not one text")
        index = {label: number for number, label in enumerate(self.labels)}
        for label in among:
            if label not in index:
                near = difflib.get_close_matches(label, self.labels) or difflib.get_close_matches(
                    label, self.labels, 3, 0
                )
                raise UnknownLabelError(f"{label[:40]!r} is no label of {self.name}; near it: {', '.join(near)}")
        if not among:
            raise UnknownLabelError("`among` names no label")
        return tuple(sorted({index[label] for label in among}))

    def probabilities(self, inputs: Bitmap, columns: tuple[int, ...] | None = None) -> Probabilities:
        """The probability of each label, (N, K) float32, for inputs that `draw` made, stacked.

        With `columns`, only those labels are possible: (N, len(columns)).
        """
        output = "probabilities" if columns is None else "logits"
        runs = [inputs[first : first + RUN] for first in range(0, len(inputs) or 1, RUN)]
        values: Probabilities = np.concatenate(
            [self._session.run([output], {self.input_name: some})[0] for some in runs]
        )
        return values if columns is None else softmax(values[:, columns], self.card.none_logit)

    def answers(self, inputs: Bitmap, top: int = 5, columns: tuple[int, ...] | None = None) -> list[Answer]:
        """An Answer for each of the inputs that `draw` made, stacked."""
        labels = self.labels if columns is None else [self.labels[column] for column in columns]
        return self.rank(self.probabilities(inputs, columns), labels, top)

    def rank(self, probabilities: Probabilities, labels: Sequence[str], top: int = 5) -> list[Answer]:
        """Format probabilities (N, len(labels)) as answers. Labels of equal probability keep their order."""
        ranking = np.argsort(-probabilities, axis=1, kind="stable")[:, : top or None]
        ranked = np.take_along_axis(probabilities, ranking, axis=1)
        answers: list[Answer] = []
        for columns, values in zip(ranking.tolist(), ranked.tolist(), strict=True):
            guesses: list[Guess] = [
                {"label": labels[column], "probability": value} for column, value in zip(columns, values, strict=True)
            ]
            known = values[0] >= self.card.threshold
            label, probability = labels[columns[0]], values[0]
            answers.append(
                {"label": label, "probability": probability, "known": known, "top": guesses, "model": self.name}
            )
        return answers

    def _check_shapes(self) -> None:
        inputs = [(value.name, value.type, tuple(value.shape[1:])) for value in self._session.get_inputs()]
        if inputs != [(self.input_name, "tensor(uint8)", self.input_shape)]:
            wanted = f"one {self.input_name!r} of uint8 (N, {', '.join(map(str, self.input_shape))}), as its card says"
            raise ModelError(f"{self.path}: its input is {inputs}, not {wanted}")
        outputs = {value.name: (value.type, value.shape[1:]) for value in self._session.get_outputs()}
        count = len(self.labels)
        if outputs != dict.fromkeys(("probabilities", "logits"), ("tensor(float)", [count])):
            wanted = f"'probabilities' and 'logits' of float32 (N, {count}) for its {count} labels"
            raise ModelError(f"{self.path}: its outputs are {outputs}, not {wanted}")

    def _check_run(self) -> None:
        """Run a blank and a black input: the network must run, take any batch, and its outputs must agree."""
        inputs = np.zeros((2, *self.input_shape), np.uint8)
        inputs[1] = 255
        try:
            probabilities, logits = self._session.run(["probabilities", "logits"], {self.input_name: inputs})
        except Exception as error:  # onnxruntime's exceptions share no other base
            raise ModelError(f"{self.path}: the network does not run ({_first_line(error)})") from error
        if len(probabilities) != 2 or not np.allclose(probabilities.sum(axis=1), 1, atol=1e-3):
            raise ModelError(f"{self.path}: its output 'probabilities' does not sum to 1")
        if not np.allclose(softmax(logits, self.card.none_logit), probabilities, atol=1e-3):
            raise ModelError(f"{self.path}: its probabilities do not follow from its logits and 'none_logit'")


def load_models(folder: Path) -> dict[str, Recognizer]:
    """Load every NAME.onnx of a folder, by name; hidden files are skipped.

    Raises ModelError for a bad file and for a folder without any.
    """
    if not folder.is_dir():
        raise ModelError(f"{folder}: no such folder of models")
    models = {path.stem: Recognizer(path) for path in _model_files(folder)}
    if not models:
        raise ModelError(f"{folder}: no .onnx file in it; `make train export` makes one")
    return models


def choose_default(models: dict[str, Recognizer], wanted: str | None = None) -> str:
    """The name of the model that answers where a request names none. Raises ModelError if `wanted` is not there."""
    if wanted is not None and wanted not in models:
        raise ModelError(f"no model is named {wanted!r}; there are: {', '.join(models)}")
    return wanted or next((name for name in PREFERRED if name in models), next(iter(models)))


def _model_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.onnx") if not path.name.startswith("."))


def _open(path: Path, threads: int) -> onnxruntime.InferenceSession:
    if not path.is_file():
        raise ModelError(f"{path}: no such file")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = FATAL_ONLY
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions share no other base
        raise ModelError(f"{path}: not an ONNX model that onnxruntime can load ({_first_line(error)})") from error


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]
