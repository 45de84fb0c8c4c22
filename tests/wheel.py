"""Builds the project's wheel, and installs it beside this environment's packages."""

import subprocess
import sys
from pathlib import Path

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")


def build_wheel(source: Path, folder: Path) -> Path:
    """Build from a copy of the checkout, in which setuptools may leave its own files."""
    command = [*PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(source)]
    subprocess.run(command, check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def install_wheel(wheel: Path, folder: Path) -> Path:
    """Install the wheel alone into a folder, for PYTHONPATH."""
    subprocess.run([*PIP, "install", "--no-deps", "--target", folder, wheel], check=True)
    return folder
