"""The house: a room of `course_lib` imports only from rooms below it, and no two files import each other."""

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from test_dependencies import statements

import course_lib
from course_lib.grading import sandbox

PACKAGE = Path(course_lib.__file__).parent
#: From the ground floor up. What stands on one floor does not know its neighbors.
FLOORS = (
    {"_earlier", "_runtime", "validate", "files", "grammar", "page", "roster"},
    {"kernels"},
    {"ops"},
    {"nn", "optim", "autodiff", "gradcheck", "datasets"},
    {"dense", "models", "convnet", "recurrent"},
    {"syllabus"},
    {"exercises"},
    {"viz"},
    {"chapters"},
    {"authoring"},
    {"grading"},
    {"app"},
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
#: The package's own face settles the cache before anything else and belongs to no floor.
FACE = "course_lib"


def modules() -> dict[str, Path]:
    """Dotted name -> file of every module."""
    return {
        ".".join(("course_lib", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): path
        for path in sorted(PACKAGE.rglob("*.py"))
    }


MODULES = modules()


def imported(name: str, tree: ast.AST) -> set[str]:
    """The modules of the course that a file imports, at its head or inside a function."""
    found = set()
    for node in statements(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name} imports relatively"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in MODULES else node.module)
    return {each for each in found if each in MODULES}


GRAPH = {name: imported(name, ast.parse(path.read_text(encoding="utf-8"))) for name, path in MODULES.items()}


def room(name: str) -> str:
    return name.split(".")[1]


def test_every_room_has_a_floor():
    assert {room(name) for name in MODULES if name != FACE} == set(FLOOR)


@pytest.mark.parametrize("name", sorted(set(MODULES) - {FACE}))
def test_a_room_imports_only_from_below(name):
    for other in GRAPH[name] - {FACE}:
        assert room(other) == room(name) or FLOOR[room(other)] < FLOOR[room(name)], f"{name} imports {other}"


def test_chapters_do_not_import_each_other():
    for name in MODULES:
        if name.startswith("course_lib.chapters.ch"):
            own = ".".join(name.split(".")[:3])
            others = {each for each in GRAPH[name] if each.startswith("course_lib.chapters.ch")}
            assert all(each == own or each.startswith(f"{own}.") for each in others), name


def test_nothing_goes_in_circles():
    try:
        TopologicalSorter(GRAPH).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_what_enters_the_sandbox_finds_all_it_imports_there():
    """A room that is missing there is an empty one, whose functions do nothing: no error would tell."""
    entered = {place for room in sandbox.ROOMS for place in PACKAGE.glob(room)}
    inside = {name for name, path in MODULES.items() if entered & {path, *path.parents}}
    replaced = {"course_lib.exercises"}  # stands there in another form
    for name in inside:
        assert GRAPH[name] <= inside | replaced, name


def test_imports_inside_functions_are_seen():
    tree = ast.parse("import sys\ndef f():\n    from course_lib.viz import style\n    import course_lib.ops.losses")
    assert imported("x", tree) == {"course_lib.viz.style", "course_lib.ops.losses"}


def test_a_light_import_stays_light():
    """Nobody pays for a statistics library, a notebook server or a chapter before asking for it."""
    code = "import sys, course_lib.viz; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not {"seaborn", "pandas", "nbformat", "jupyterlab", "ipywidgets"} & loaded
    assert not [name for name in loaded if name.startswith("course_lib.chapters.ch")]
