"""`environment.yml` and `binder/environment.yml`, written from the dependencies in `pyproject.toml`.

Two equal files because a `binder/` folder makes Binder ignore every configuration in the root, and a symbolic link
breaks on Windows.
"""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

from course_lib.files import replace_file

TARGETS = ("environment.yml", "binder/environment.yml")


def render(root: Path) -> str:
    """The conda environment that mirrors the core dependencies."""
    with open(root / "pyproject.toml", "rb") as file:
        project = tomllib.load(file)["project"]
    needs = map(Requirement, project["dependencies"])
    # Binder reads only an exact `python=X.Y`; of the allowed range, the oldest is the one that our CI runs.
    python = re.match(r">=(\d+\.\d+)", project["requires-python"])[1]
    lines = [
        "# Generated from pyproject.toml by `course build`; do not edit.",
        "name: course",
        "channels:",
        "  - conda-forge",
        "  - nodefaults",
        "dependencies:",
        f"  - python={python}",
        *(f"  - {need.name}{_conda(need)}" for need in needs),
        "  - pip",
        "  - setuptools",
    ]
    return "\n".join(lines) + "\n"


def _conda(need: Requirement) -> str:
    """Specifiers lower bound first, as a person writes them; quoted forms are not needed in this YAML."""
    return ",".join(sorted(map(str, need.specifier), key=lambda text: not text.startswith(">")))


def build(root: Path) -> list[Path]:
    """Write the files that differ; returns their paths."""
    text = render(root)
    stale = outdated(root)
    for path in stale:
        replace_file(path, text)
    return stale


def outdated(root: Path) -> list[Path]:
    """The files that do not match `pyproject.toml`."""
    text = render(root)
    paths = [root / name for name in TARGETS]
    return [path for path in paths if not path.exists() or path.read_text(encoding="utf-8") != text]
