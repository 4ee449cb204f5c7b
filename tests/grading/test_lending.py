"""The library's own functions that are answers: none is in the sandbox before it is asked for, and asking is honest."""

import importlib
import inspect
import marshal
import textwrap
import time
from importlib.util import cache_from_source
from itertools import permutations

import museum
import pytest
from needs import require

from course_lib.exercises import adapters, registry
from course_lib.exercises.collect import collect
from course_lib.exercises.expect import expected, seeded_instances
from course_lib.exercises.judge import judge
from course_lib.exercises.stand_ins import handed_over
from course_lib.grading import kernel as kernels
from course_lib.grading import lending, notebook, runner, sandbox

PLACES = sorted({lending.place(name) for name in lending.named()})


def test_every_function_that_an_exercise_names_is_lent():
    """Read from the text of the definitions, where `library` stands as a plain string."""
    assert set(lending.named()) == {e.library for e in registry.all_exercises() if e.library}


def test_the_guide_counts_them():
    guide = (museum.ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    exercises = sum(bool(e.library) for e in registry.all_exercises())
    assert f"For {exercises} exercises `library` names a function" in guide
    assert f"{len(PLACES)} functions in all" in guide and f"from which some of the {len(PLACES)} are" in guide


def test_no_chapter_names_a_function_for_an_answer_that_another_one_is_given():
    """`use` hands the library's function out where an own answer is not right, also to the answers that build on it."""
    for chapter in registry.chapters():
        named, stubs = [e for e in registry.exercises(chapter) if e.library], notebook.given(chapter).stubs
        for one, other in permutations(named, 2):
            assert one.library != other.library or f'use("{other.id}")' not in stubs[one.id].source, (one.id, other.id)


# --- what is left in the sandbox's copy ---


@pytest.mark.parametrize("place", PLACES)
def test_nothing_of_a_body_is_in_the_copy(place):
    module, _, name = place.rpartition(".")
    function = getattr(importlib.import_module(module), name)
    path = sandbox.library() / f"{module.replace('.', '/')}.py"
    space = dict(vars(importlib.import_module(module)))
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), space)
    stand_in = space[name]
    assert inspect.signature(stand_in) == inspect.signature(function)
    assert stand_in.__doc__ == function.__doc__ and not stand_in.__closure__
    assert place in stand_in.__code__.co_consts
    with open(cache_from_source(str(path)), "rb") as file:
        compiled = marshal.loads(file.read()[16:])
    code, = (each for each in compiled.co_consts if inspect.iscode(each) and each.co_name == name)
    assert set(code.co_names) == {"course_lib.exercises", "borrowed"}
    made = {}
    exec(lending.lend(place)["source"], dict(space), made)
    same = ("co_names", "co_varnames", "co_argcount", "co_kwonlyargcount")
    assert all(getattr(made[name].__code__, each) == getattr(function.__code__, each) for each in same)


def test_a_stand_in_hands_on_every_kind_of_argument():
    text = textwrap.dedent('''
        def keep(x):
            """Stays."""
            return x


        def cut(a, /, b, c=2, *others, d, e=5, **more):
            """Goes.

            Its text stays.
            """
            helper = a + b
            return helper


        LAST = keep(1)
    ''')
    made = lending.without(text, "room", {"cut"})
    assert "helper" not in made and 'return borrowed("room.cut")(a, b, c, *others, d=d, e=e, **more)' in made
    space = {}
    exec(made, space)
    assert space["LAST"] == 1 and "Its text stays." in space["cut"].__doc__


@pytest.mark.parametrize("text", ["@cache\ndef cut(x):\n    'Doc.'\n    return x", "def cut(x):\n    return x"])
def test_what_cannot_be_cut_is_said(text):
    with pytest.raises(ValueError, match=r"room\.cut: expected a docstring"):
        lending.without(text, "room", {"cut"})


@pytest.mark.parametrize("place", [
    "course_lib.ops.sigmoid", "course_lib.ops.activations._forward", "course_lib.ops.activations.np", "os.path.join",
    "course_lib.exercises.registry.get", "course_lib.ops.activations.SELU_ALPHA", "course_lib.ops.nowhere.sigmoid",
    "course_lib.ops.activations.as_float", "course_lib.ops.activations.sigmoid\n", 7, None, ["x"], {"a": 1},
])
def test_nothing_else_is_lent(place):
    assert "no function of the library stands at" in lending.lend(place)["refused"]


# --- asking ---


class Lender:
    """Lends everything, and remembers what."""

    def __init__(self):
        self.lent = []

    def __call__(self, place):
        self.lent.append(place)
        return lending.lend(place)


@pytest.fixture(scope="module")
def lender():
    return Lender()


@pytest.fixture(scope="module")
def kernel(lender):
    require("bubblewrap")
    kernel = kernels.Kernel("bwrap", sandbox.Limits(memory=2_000_000_000, processes=40), 60.0, 20_000_000, lender)
    yield kernel
    kernel.close()


@pytest.fixture
def anew(kernel, lender):
    """The kernel as if it had been lent nothing."""
    assert kernel.run_cell("get_ipython().reset()\nfrom course_lib import exercises, ops\nexercises.lent.clear()", 20.0)
    lender.lent.clear()
    return kernel


def fact(kernel, code):
    """What `code` leaves in the name `fact`."""
    assert kernel.run_cell(f"fact = None\n{code}", 20.0)
    kernel.ask("keep", 5.0, id="x", name="fact", passed=False)
    return kernel.ask("value", 5.0, id="x", limits={"entries": 1000, "items": 1000})["value"]


def test_a_function_is_asked_for_once_and_is_then_the_librarys_own(anew, lender):
    code = "fact = [float(ops.sigmoid(0.0)), float(ops.sigmoid(z=0.0)), float(ops.ACTIVATIONS['sigmoid'].forward(0.0))]"
    assert fact(anew, code) == [0.5, 0.5, 0.5]
    assert lender.lent == ["course_lib.ops.activations.sigmoid"]
    said = fact(anew, "try:\n    ops.sigmoid('x')\nexcept TypeError as error:\n    fact = str(error)")
    assert "z" in said and "borrowed" not in said


def test_a_thread_that_asks_while_nobody_listens_is_answered_later(anew):
    code = "import threading, time\ndef later():\n    time.sleep(0.3)\n    found.append(float(ops.sigmoid(0.0)))\n"
    code += "found = []\nthread = threading.Thread(target=later)\nthread.start()"
    assert anew.run_cell(code, 20.0)
    time.sleep(0.5)  # between two requests
    assert fact(anew, "thread.join(10)\nfact = found") == [0.5]


def test_a_flood_of_questions_holds_up_nothing_but_itself(anew, monkeypatch):
    monkeypatch.setattr(kernels, "MOST_QUESTIONS", 5)
    ask = "exercises.ask({'lend': 'course_lib.ops.activations.sigmoid'})"
    begin = time.monotonic()
    assert anew.run_cell(f"for k in range(50):\n    {ask}", 1.0) is False
    assert time.monotonic() - begin < 30
    assert fact(anew, "fact = float(ops.sigmoid(0.0))") == 0.5


def test_every_question_is_answered(anew):
    """Whoever waits for an answer keeps others from asking."""
    code = "odd = [{'lend': 'x' * 10**6}, {'lend': 7}, {'version': 0}, [[]], {'lend': 1, 'more': 2}, 'x' * 10**6, None]"
    code += "\nfact = [list(exercises.ask(question)) for question in odd]"
    assert fact(anew, code) == [["refused"]] * 7


def test_a_child_of_the_kernel_is_told(anew):
    code = "import os\nout, end = os.pipe()\nif not os.fork():\n    try:\n        ops.sigmoid(0.0)\n"
    code += "    except Exception as error:\n        os.write(end, str(error).encode())\n    os._exit(0)\n"
    code += "os.close(end)\nfact = os.read(out, 1000).decode()"
    assert "this is a child of it" in fact(anew, code)
    assert fact(anew, "fact = float(ops.sigmoid(0.0))") == 0.5


# --- honest notebooks ---


def first_call(kernel, exercise, name):
    """Put the answer to work on one input."""
    kernel.ask("keep", 10.0, id=exercise.id, name=name, passed=True)
    if callable(exercise.reference) and not exercise.versions:
        instance = handed_over(tuple(seeded_instances(exercise)[0]), versions := [])
        if not versions:
            kernel.ask("call", 60.0, id=exercise.id, adapter=adapters.name_of(exercise.call), seconds=30.0,
                       instances=[instance], title=exercise.title, arguments=list(exercise.arguments))


def status_of_value(kernel, exercise) -> str:
    """What the judge says of a value that came out of the kernel."""
    value, known = kernel.ask("value", 10.0, id=exercise.id, limits=runner.VALUE_LIMITS)["value"], expected(exercise)
    return judge(exercise, collect(exercise, value, known.instances), known).status


@pytest.mark.parametrize("chapter", registry.chapters())
def test_nothing_given_asks_for_an_answer_before_it_is_there(chapter, anew, lender):
    """So in a kernel that keeps back what is still to be judged nothing fails that the student did not write. And
    whatever an answer that is a value was measured with is there.
    """
    path = next((museum.ROOT / "solutions").glob(f"{chapter}_*.ipynb"))
    plan = notebook.plan(notebook.read(path.read_bytes()))
    exercises = {e.id: e for e in registry.exercises(chapter)}
    anew.ask("setup", 5.0, library={id: (e.library, adapters.name_of(e.from_library)) for id, e in exercises.items()})
    functions = {id: lending.place(e.library) for id, e in exercises.items() if e.library}
    for step in plan.steps:
        assert anew.run_cell(step.source, 60.0)
        for id in step.answers:
            first_call(anew, exercises[id], plan.names[id])
            assert functions.pop(id, None) not in lender.lent, id
            if not callable(exercises[id].reference):
                assert status_of_value(anew, exercises[id]) == "right", id
    assert not functions  # every one was put to work
