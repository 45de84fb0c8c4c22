"""What the docs refer to exists, and every option of the server is described."""

import dataclasses
import re
from pathlib import Path

import pytest

from serve.settings import Settings

ROOT = Path(__file__).parents[1]
DOCS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(ROOT.glob("docs/*.md"))


def anchors(text):
    """The anchors that GitHub gives to headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("file", DOCS, ids=lambda file: file.name)
def test_links(file):
    for link in re.findall(r"\]\(([^)\s]+)\)", file.read_text("utf-8")):
        if not link.startswith("https://"):
            path, _, anchor = link.partition("#")
            target = file.parent / path if path else file
            assert target.exists(), link
            assert not anchor or anchor in anchors(target.read_text("utf-8")), link


def test_every_make_target_of_the_docs_exists():
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for file in set(DOCS) - {ROOT / "CHANGELOG.md"}:  # which also tells of what is gone
        for command in re.findall(r"(?:^|`|&& )make ([a-z][a-z -]*[a-z])", file.read_text("utf-8"), re.MULTILINE):
            assert set(command.split()) <= targets, f"{file.name}: make {command}"


def test_every_option_of_the_server_is_described():
    text = (ROOT / "docs" / "deploying.md").read_text("utf-8")
    for field in dataclasses.fields(Settings):
        assert f"--{field.name.replace('_', '-')}" in text, field.name


def test_readme_is_short():
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 130
