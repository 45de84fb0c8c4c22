"""Fixtures and marks that all tests share."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tiny_model import write_model

TESTS = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies in tests/web as `browser`, and skip `linux` elsewhere."""
    elsewhere = pytest.mark.skip(reason="needs Linux")
    for item in items:
        if item.path.is_relative_to(TESTS / "web"):
            item.add_marker("browser")
        if sys.platform != "linux" and item.get_closest_marker("linux"):
            item.add_marker(elsewhere)


@pytest.fixture(scope="session")
def quickdraw() -> Path:
    """The folder of real drawings, in the public bucket's layout; the test is skipped where there is none."""
    folder = os.environ.get("QUICKDRAW_DATA")
    if not folder:
        pytest.skip("needs real drawings: set QUICKDRAW_DATA to a folder laid out like the public bucket")
    return Path(folder)


@pytest.fixture
def make_model(tmp_path: Path) -> Callable[..., Path]:
    """Writes a tiny model, `make_model(name, labels=..., weights=..., metadata=..., motion=...)`; returns its path."""
    return lambda name="mlp", **changes: write_model(tmp_path / f"{name}.onnx", **changes)


@pytest.fixture(scope="session")
def models_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two tiny models, `mlp`, which has a report, and `other`; their packed forms are mere stand-ins."""
    folder = tmp_path_factory.mktemp("models")
    write_model(folder / "mlp.onnx")
    write_model(folder / "other.onnx", labels=["one", "two"])
    for name in ("mlp", "other"):
        (folder / f"{name}.bin").write_bytes(name.encode())
    (folder / "mlp").mkdir()
    (folder / "mlp" / "index.html").write_text("<!doctype html><p>how good it is</p>")
    return folder
