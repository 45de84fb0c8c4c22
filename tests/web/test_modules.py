"""Those modules of the page that need no page, in Node.js."""

import shutil
import subprocess

import pytest

from tests.web.screenshot import ROOT


@pytest.mark.skipif(not shutil.which("node"), reason="needs Node.js")
def test_modules_without_a_page() -> None:
    command = ["node", "--test", "tests/web/page.test.js"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout
