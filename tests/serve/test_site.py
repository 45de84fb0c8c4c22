import json

import pytest
from starlette.testclient import TestClient

from doodle.recognizer import load_models
from serve.app import create_app
from serve.page import WEB
from serve.site import SiteError, main, write_site


@pytest.fixture
def web(tmp_path):
    """A page's folder."""
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "index.html").write_text("<!doctype html>")
    (tmp_path / "web" / "host.js").write_text((WEB / "host.js").read_text())
    (tmp_path / "web" / "page.js").write_text("// draws\nexport const page = 1;\n")
    return tmp_path / "web"


def test_a_site_holds_all_that_the_server_would_answer(models_folder, web, tmp_path):
    models, out = load_models(models_folder), tmp_path / "new" / "site"
    write_site(out, models, "other", web)
    client = TestClient(create_app(models, "other", web))
    assert json.loads((out / "models.json").read_text()) == client.get("/models").json()
    for path in ("index.html", "page.js", "models/mlp.bin", "models/other.bin", "models/mlp/index.html"):
        assert (out / path).read_bytes() == client.get(f"/{path}").content, path
    assert "hasServer = true" in (WEB / "host.js").read_text()
    assert "hasServer = false" in (out / "host.js").read_text()


def test_a_site_lists_its_files(models_folder, web, tmp_path):
    out = tmp_path / "site"
    write_site(out, load_models(models_folder), "mlp", web)
    files = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()} - {"files.json"}
    listed = json.loads((out / "files.json").read_text())
    assert {"./", "./models/mlp/", "./models.json", "./models/mlp.bin"} <= set(listed)
    assert len(listed) == len(files)


def test_a_site_takes_the_place_of_an_earlier_one_and_of_nothing_else(models_folder, web, tmp_path):
    out = tmp_path / "site"
    write_site(out, load_models(models_folder), "mlp", web)
    (out / "models" / "old.bin").touch()
    write_site(out, load_models(models_folder), "mlp", web)
    assert not (out / "models" / "old.bin").exists()
    (out / "models.json").unlink()
    with pytest.raises(SiteError, match="is there already"):
        write_site(out, load_models(models_folder), "mlp", web)
    assert (out / "index.html").exists()


def test_a_model_without_a_form_for_browsers_is_refused(make_model, tmp_path, capsys):
    folder = make_model().parent
    assert main([str(tmp_path / "site"), "--models", str(folder)]) == 2
    assert "mlp.bin is missing" in capsys.readouterr().err
    assert not (tmp_path / "site").exists()


def test_a_folder_without_models_is_refused(tmp_path, capsys):
    assert main([str(tmp_path / "site"), "--models", str(tmp_path)]) == 2
    assert "no .onnx file" in capsys.readouterr().err
