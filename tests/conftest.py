"""Fixtures that every room's tests share."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def quickdraw() -> Path:
    """The folder of real drawings, in the public bucket's layout; the test is skipped where there is none."""
    folder = os.environ.get("QUICKDRAW_DATA")
    if not folder:
        pytest.skip("needs real drawings: set QUICKDRAW_DATA to a folder laid out like the public bucket")
    return Path(folder)
