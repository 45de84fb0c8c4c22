"""The page's files: fresh from the disk, and scripts without what only their readers need."""

import shutil
import subprocess

import pytest
from starlette.testclient import TestClient

from doodle.recognizer import load_models
from serve.app import create_app
from serve.page import WEB, read_slim

SCRIPT = """
// what it does
export function greet(name) {
\tconst link = `https://example.org/${name}   // and on`; /* where to */
\treturn link.replace(/\\/\\/ "/, "  // ");
}
"""
SERVED = (
    "export function greet(name){const link=`https://example.org/${name}   // and on`;"
    'return link.replace(/\\/\\/ "/,"  // ");}'
)


@pytest.fixture
def script(tmp_path):
    (tmp_path / "page.js").write_text(SCRIPT)
    return tmp_path / "page.js"


@pytest.fixture
def client(models_folder, script):
    return TestClient(create_app(load_models(models_folder), "mlp", script.parent))


def test_scripts_are_served_without_comments_and_indentation(client):
    response = client.get("/page.js")
    assert response.text == SERVED
    assert response.headers["content-type"].startswith("text/javascript")
    assert client.head("/page.js").headers == response.headers


def test_style_sheets_are_served_without_comments_and_indentation(client, script):
    script.with_suffix(".css").write_text("/* the sheet */\n.sheet > :is(a, b) {\n\twidth: calc(1px + 2em);\n}\n")
    response = client.get("/page.css")
    assert response.text == ".sheet>:is(a,b){width:calc(1px + 2em)}"
    assert response.headers["content-type"].startswith("text/css")


def test_templates_within_templates_keep_their_spaces(script):
    script.write_text("export const word = (name) => `so ${name ? `a  ${name} // ${name}` : `nothing`}`;")
    assert read_slim(script) == script.read_bytes()


def test_a_changed_script_is_served_at_once_and_an_unchanged_one_not_again(client, script):
    etag = client.get("/page.js").headers["etag"]
    assert client.get("/page.js", headers={"if-none-match": f'"other", W/{etag}'}).status_code == 304
    script.write_text(SCRIPT.replace("greet", "welcome"))
    response = client.get("/page.js", headers={"if-none-match": etag})
    assert response.status_code == 200 and "welcome" in response.text
    assert response.headers["etag"] != etag


@pytest.mark.skipif(not shutil.which("node"), reason="needs Node.js")
@pytest.mark.parametrize("path", sorted(WEB.rglob("*.js")), ids=lambda path: path.relative_to(WEB).as_posix())
def test_scripts_are_still_scripts(path, tmp_path):
    (tmp_path / "script.mjs").write_bytes(read_slim(path))
    subprocess.run(["node", "--check", tmp_path / "script.mjs"], check=True)
