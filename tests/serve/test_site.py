import json

import pytest
from starlette.testclient import TestClient

from doodle.recognizer import load_models
from serve import site
from serve.app import RUNTIME, WEB, create_app
from serve.site import SiteError, main, write_site


@pytest.fixture
def web(tmp_path):
    """A page's folder in which `make web` has been run."""
    (tmp_path / "web" / RUNTIME).parent.mkdir(parents=True)
    (tmp_path / "web" / RUNTIME).write_bytes(b"runtime")
    (tmp_path / "web" / "index.html").write_text("<!doctype html>")
    (tmp_path / "web" / "host.js").write_text((WEB / "host.js").read_text())
    return tmp_path / "web"


def test_a_site_holds_all_that_the_server_would_answer(models_folder, web, tmp_path):
    models, out = load_models(models_folder), tmp_path / "new" / "site"
    write_site(out, models, "other", web)
    client = TestClient(create_app(models, "other", web))
    assert json.loads((out / "models.json").read_text()) == client.get("/models").json()
    for path in (RUNTIME, "index.html", "models/mlp.onnx", "models/other.onnx", "models/mlp/index.html"):
        assert (out / path).read_bytes() == client.get(f"/{path}").content, path
    assert "hasServer = true" in (WEB / "host.js").read_text()
    assert "hasServer = false" in (out / "host.js").read_text()


def test_a_site_takes_the_place_of_an_earlier_one_and_of_nothing_else(models_folder, web, tmp_path):
    out = tmp_path / "site"
    write_site(out, load_models(models_folder), "mlp", web)
    (out / "models" / "old.onnx").touch()
    write_site(out, load_models(models_folder), "mlp", web)
    assert not (out / "models" / "old.onnx").exists()
    (out / "models.json").unlink()
    with pytest.raises(SiteError, match="is there already"):
        write_site(out, load_models(models_folder), "mlp", web)
    assert (out / "index.html").exists()


def test_without_the_runtime_it_says_how_to_get_it(models_folder, web, tmp_path, monkeypatch, capsys):
    (web / RUNTIME).unlink()
    monkeypatch.setattr(site, "WEB", web)
    assert main([str(tmp_path / "site"), "--models", str(models_folder)]) == 2
    assert "make web" in capsys.readouterr().err
    assert not (tmp_path / "site").exists()


def test_a_folder_without_models_is_refused(tmp_path, capsys):
    assert main([str(tmp_path / "site"), "--models", str(tmp_path)]) == 2
    assert "no .onnx file" in capsys.readouterr().err
