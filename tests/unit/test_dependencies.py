"""Every declared dependency is used, and every import is declared; what the course itself imports, as core."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import needs

ROOT = Path(__file__).resolve().parents[2]
#: what only instructors and maintainers run may import the extras
EXTRA = ("course_lib/authoring/", "course_lib/grading/", "course_lib/datasets/make/", "benchmarks/", "tests/", "docs/")
#: used by no import -> the file and the words that use it
USED_OTHERWISE = {
    "ruff": ("course_lib/app/testing.py", '"ruff", "check"'),
    "jupyter-repo2docker": ("tests/unit/test_environment.py", '"-m", "repo2docker"'),
    "nbval": ("course_lib/app/testing.py", "--nbval-lax"),
    "pytest-xdist": ("course_lib/app/testing.py", '"-n"'),
    "pytest-timeout": ("pyproject.toml", "\ntimeout = "),
}
#: module -> the declared package that cannot do without it, and speaks in its terms
PART_OF = {"IPython": "ipykernel", "jupyter_client": "ipykernel", "zmq": "ipykernel", "traitlets": "ipywidgets",
           "packaging": "jupyterlab", "nbconvert": "jupyterlab",
           "jupyter_server": "jupyterlab", "contourpy": "matplotlib", "llvmlite": "numba"}

with open(ROOT / "pyproject.toml", "rb") as file:
    PROJECT = tomllib.load(file)["project"]
OPTIONAL = PROJECT["optional-dependencies"]


def plain(name: str) -> str:
    """Of `scikit_learn>=1.6,<2`: "scikit-learn"."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", name)[0]).lower()


CORE = set(map(plain, PROJECT["dependencies"]))
EXTRAS = {plain(need) for extra, listed in OPTIONAL.items() if extra != "build" for need in listed}
DISTRIBUTIONS = packages_distributions()


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """All statements below a node; expressions, by far the most of a program, hold none."""
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        below = getattr(node, field, None)
        for statement in below if isinstance(below, list) else ():
            yield statement
            yield from statements(statement)


@cache
def modules_in(folder: Path) -> set[str]:
    """What files in this folder are called when a file beside or below them imports them."""
    return {path.stem for path in folder.glob("*.py")}


@cache
def imported() -> dict[str, set[str]]:
    """file -> what pip calls the packages from outside that it imports, at its top or inside of a function."""
    found = {}
    for path in (path for folder in ("course_lib", "benchmarks", "tests", "solutions", "docs")
                 for path in (ROOT / folder).rglob("*.py")):
        code = re.sub(r"^[%!].*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        nodes = list(statements(ast.parse(code)))
        modules = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        modules |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
        tops = {module.partition(".")[0] for module in modules} - set(sys.stdlib_module_names)
        tops -= {"course_lib", "benchmarks"}.union(*(modules_in(ROOT / folder)
                                                     for folder in path.relative_to(ROOT).parents))
        names = [name for top in tops for name in ([PART_OF[top]] if top in PART_OF else DISTRIBUTIONS.get(top, [top]))]
        found[path.relative_to(ROOT).as_posix()] = set(map(plain, names))
    found["tests/needs.py"] |= {plain(distribution) for _, distribution in needs.PACKAGES.values()}
    return found


def test_every_import_is_declared():
    undeclared = {path: names - CORE - (EXTRAS if path.startswith(EXTRA) else set())
                  for path, names in imported().items()}
    assert {path: sorted(names) for path, names in undeclared.items() if names} == {}


def test_every_declared_dependency_is_used():
    used = set().union(*imported().values())
    used |= {name for name, (path, words) in USED_OTHERWISE.items()
             if words in (ROOT / path).read_text(encoding="utf-8")}
    assert sorted((CORE | EXTRAS) - used) == []
