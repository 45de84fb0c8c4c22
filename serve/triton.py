"""`python -m serve.triton` lays the models out as a Triton model repository, which KServe's Triton runtime takes too.

NAME/config.pbtxt says what goes in and out, NAME/labels.txt names the outputs, and NAME/1/model.onnx is the file that
this server loads, so the answers are the same to the bit. Layout and fields:
https://github.com/triton-inference-server/server/blob/main/docs/user_guide/model_repository.md
"""

import json
import shutil
import sys
from pathlib import Path

from doodle.arguments import Parser
from doodle.recognizer import MODELS, ModelError, Recognizer, load_models

from .v2 import MAX_BATCH, VERSION

CONFIG = """\
name: {name}
backend: "onnxruntime"
max_batch_size: {max_batch}
input [
  {{
    name: "{input}"
    data_type: TYPE_UINT8
    dims: [ {dims} ]
  }}
]
output [
  {{
    name: "probabilities"
    data_type: TYPE_FP32
    dims: [ {categories} ]
    label_filename: "labels.txt"
  }}
]
dynamic_batching {{ }}
"""


def main(arguments: list[str] | None = None) -> int:
    """Lay out a folder of models. Returns the exit code: 2 where one of them cannot be served."""
    parser = Parser(prog="python -m serve.triton", description=__doc__.partition("\n")[0])
    parser.add_argument("--models", type=Path, default=MODELS, help="folder of .onnx files (default: models)")
    parser.add_argument(
        "--to", type=Path, default=Path("build/triton"), help="the repository's folder (default: %(default)s)"
    )
    options = parser.parse_args(arguments)
    try:
        models = load_models(options.models)
    except ModelError as error:
        print(f"triton: {error}", file=sys.stderr)
        return 2
    for name, model in models.items():
        lay_out(model, options.to / name)
    print(f"{options.to.resolve()}: {', '.join(models)}; tritonserver --model-repository={options.to.resolve()}")
    return 0


def lay_out(model: Recognizer, folder: Path) -> None:
    """Write one model's part of a repository into `folder`; what it does not write is left alone."""
    version = folder / VERSION
    version.mkdir(parents=True, exist_ok=True)
    (folder / "labels.txt").write_text("".join(f"{label}\n" for label in model.labels))
    config = CONFIG.format(
        name=json.dumps(model.name),
        max_batch=MAX_BATCH,
        input=model.input_name,
        dims=", ".join(map(str, model.input_shape)),
        categories=len(model.labels),
    )
    (folder / "config.pbtxt").write_text(config)
    beside = version / "model.onnx.part"
    shutil.copyfile(model.path, beside)
    beside.rename(version / "model.onnx")


if __name__ == "__main__":
    sys.exit(main())
