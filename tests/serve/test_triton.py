import importlib.util
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from doodle.recognizer import Recognizer, load_models
from serve.triton import main
from serve.v2 import MAX_BATCH

MODELS = Path(__file__).parents[2] / "models"


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    folder = tmp_path_factory.mktemp("triton")
    assert main(["--models", str(MODELS), "--to", str(folder)]) == 0
    return folder


def parse(config):
    """A config.pbtxt by Triton's own schema, which comes with tritonclient (its package for gRPC wants more)."""
    pytest.importorskip("google.protobuf", reason="needs protobuf")
    spec = importlib.util.find_spec("tritonclient")
    if spec is None:
        pytest.skip("needs tritonclient")
    from google.protobuf import text_format

    (root,) = spec.submodule_search_locations
    schema_spec = importlib.util.spec_from_file_location("model_config_pb2", Path(root, "grpc", "model_config_pb2.py"))
    schema = importlib.util.module_from_spec(schema_spec)
    schema_spec.loader.exec_module(schema)
    return text_format.Parse(config.read_text(), schema.ModelConfig()), schema


def test_the_configuration_agrees_with_the_model(repository):
    onnx_types = {"TYPE_UINT8": "tensor(uint8)", "TYPE_FP32": "tensor(float)"}
    for name in load_models(MODELS):
        config, schema = parse(repository / name / "config.pbtxt")
        assert (config.name, config.backend, config.max_batch_size) == (name, "onnxruntime", MAX_BATCH)
        assert config.HasField("dynamic_batching")
        session = onnxruntime.InferenceSession(repository / name / "1" / "model.onnx")
        outputs = [value for value in session.get_outputs() if value.name == "probabilities"]
        for tensors, values in ((config.input, session.get_inputs()), (config.output, outputs)):
            (tensor,), (value,) = tensors, values
            assert tensor.name == value.name
            assert onnx_types[schema.DataType.Name(tensor.data_type)] == value.type
            assert isinstance(value.shape[0], str)  # a batch of any size
            assert list(tensor.dims) == value.shape[1:]
        assert config.output[0].label_filename == "labels.txt"


def test_the_repository_holds_the_models_that_are_served(repository):
    for name, model in load_models(MODELS).items():
        assert (repository / name / "labels.txt").read_text().splitlines() == model.labels
        assert (repository / name / "1" / "model.onnx").read_bytes() == (MODELS / f"{name}.onnx").read_bytes()
        inputs = np.random.default_rng(0).integers(0, 256, (5, *model.input_shape), np.uint8)
        copy = Recognizer(repository / name / "1" / "model.onnx")
        assert np.array_equal(copy.probabilities(inputs), model.probabilities(inputs))


def test_it_can_be_laid_out_again(models_folder, tmp_path):
    for _ in range(2):
        assert main(["--models", str(models_folder), "--to", str(tmp_path)]) == 0
    files = {path.relative_to(tmp_path / "mlp").as_posix() for path in (tmp_path / "mlp").rglob("*") if path.is_file()}
    assert files == {"config.pbtxt", "labels.txt", "1/model.onnx"}


def test_a_bad_model_is_refused_with_a_message(tmp_path, capsys):
    (tmp_path / "cut.onnx").write_bytes(b"no model")
    assert main(["--models", str(tmp_path), "--to", str(tmp_path / "triton")]) == 2
    assert "cut.onnx" in capsys.readouterr().err
    assert not (tmp_path / "triton").exists()
