"""Submissions of every kind, built from the chapters' own notebooks; each with the status and points it must get.

An entry is small: the chapter's first cell, and the exercises that it is about. Exercises that are not named in
`points` must get none.
"""

import json
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Entry:
    """One submission of the museum."""

    name: str
    make: Callable[[], bytes]
    status: str
    points: dict[str, float] | str = field(default_factory=dict)  #: "all": of every exercise
    #: exercise -> status or mistake that its result must have
    said: dict[str, str] = field(default_factory=dict)
    #: words that a note for the instructor must hold
    note: str = ""
    #: it does not end by itself: its limits are short
    hangs: bool = False
    #: what is attacked, in the words of `course doctor --grading`; empty for honest work, be it right or wrong
    kind: str = ""


MUSEUM: list[Entry] = []


def entry(status, points=None, name="", **more):
    """Decorator: the function returns the bytes, or the cells, of the submission."""

    def note(make):
        shown = name or make.__name__.replace("_", " ")
        MUSEUM.append(Entry(shown, lambda: _bytes(make()), status, points or {}, **more))
        return make

    return note


# --- parts ---


def _bytes(made) -> bytes:
    return made if isinstance(made, bytes) else json.dumps(book(made)).encode()


def book(cells, **metadata) -> dict:
    """A notebook with these cells: texts are code."""
    cells = [code(cell) if isinstance(cell, str) else cell for cell in cells]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return {"cells": cells, "metadata": kernel | metadata, "nbformat": 4, "nbformat_minor": 5}


def code(source, **more) -> dict:
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None} | more


def markdown(source, **more) -> dict:
    return {"cell_type": "markdown", "source": source, "metadata": {}} | more


@cache
def _raw(folder, chapter) -> tuple[dict, ...]:
    path = next((ROOT / folder).glob(f"{chapter}_*.ipynb"))
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return tuple(cell | {"source": "".join(cell["source"])} for cell in cells)


def first(chapter) -> dict:
    return next(cell for cell in _raw("notebooks", chapter) if cell["cell_type"] == "code")


def _exercise(folder, id) -> dict:
    return next(cell for cell in _raw(folder, id.partition(".")[0].zfill(2))
                if cell["cell_type"] == "code" and cell["source"].startswith(f"# Exercise {id}:"))


def stub(id) -> dict:
    return dict(_exercise("notebooks", id))


def solved(id) -> dict:
    return dict(_exercise("solutions", id))


def check(id) -> dict:
    return next(cell for cell in _raw("notebooks", id.partition(".")[0].zfill(2)) if f'check("{id}"' in cell["source"])


def sigmoid(body, before="", after="") -> list:
    """Chapter 4's first cell, and exercise 4.3 with this body; 4.31 (accuracy) is right and worth 1 point."""
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    answer = f"# Exercise 4.3: sigmoid\ndef sigmoid(z):\n{lines}\n"
    return [part for part in (first("04"), before, answer, after, check("4.3"), solved("4.31"), check("4.31")) if part]


RIGHT = "e = np.exp(-np.abs(z))\nreturn np.where(z >= 0, 1 / (1 + e), e / (1 + e))"
NAIVE = "return 1 / (1 + np.exp(-z))"
BOTH = {"4.3": 1, "4.31": 1}
OTHER = {"4.31": 1}


# --- honest work ---


@entry("ok", {"0.1": 1})
def all_of_chapter_0():
    return (ROOT / "solutions/00_start_here.ipynb").read_bytes()


ALL_03 = {f"3.{n}": points for n, points in enumerate(
    [1, 1, 1, 1, 1, 1, 2, 3, 2, 2, 1, 1, 1, 2, 2, 1, 1, 2, 2, 2, 2, 2, 2, 1, 2], 1)}


@entry("ok", ALL_03)
def all_of_chapter_3():
    return (ROOT / "solutions/03_perceptron.ipynb").read_bytes()


@entry("ok", "all")
def all_of_chapter_4():
    return (ROOT / "solutions/04_backpropagation.ipynb").read_bytes()


@entry("partial", said={"3.1": "not attempted", "3.10": "not attempted", "3.23": "not attempted"})
def blank():
    return (ROOT / "notebooks/03_perceptron.ipynb").read_bytes()


@entry("partial", BOTH)
def partly_done():
    return [*sigmoid(RIGHT), stub("4.5"), stub("4.19")]


@entry("partial", BOTH)
def cells_in_another_order():
    return [*reversed(sigmoid(RIGHT)[1:]), first("04")]


@entry("partial", {"3.4": 1, "3.1": 1})
def exercises_that_use_each_other_in_another_order():
    return [first("03"), solved("3.4"), check("3.4"), solved("3.1"), check("3.1")]


@entry("partial", {"4.25": 1, "4.29": 1, "4.32": 1})
def answers_of_an_older_edition():
    return [first("04"), "# Exercise 4.25\nline = 'D'", 'check("4.25", line)',
            "# Exercise 4.29\nanswer = (0.5 * 0.4 * 0.1, 0.01 * 0.5 * 0.4 * 0.1, 0.25**10)", 'check("4.29", answer)',
            "# Exercise 4.32\nanswer = (615_440, 401_920, 5130, 1_022_490)", 'check("4.32", answer)']


@entry("partial", BOTH)
def answer_split_over_cells():
    helper = "def half(z):\n    e = np.exp(-np.abs(z))\n    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))"
    answer = "def sigmoid(z):\n    return half(np.asarray(z))"
    return [first("04"), "# Exercise 4.3: sigmoid, in parts", helper, answer, check("4.3"), solved("4.31")]


@entry("partial", BOTH)
def helper_below_the_answer():
    return [*sigmoid("return half(z)"), "def half(z):\n    return 0.5 * (1 + np.tanh(0.5 * z))"]


@entry("partial", BOTH)
def untouched_copy_after_the_answer():
    return [*sigmoid(RIGHT), stub("4.3"), check("4.3")]


@entry("partial", BOTH)
def untouched_copy_before_the_answer():
    return [first("04"), stub("4.3"), check("4.3"), *sigmoid(RIGHT)]


@entry("partial", BOTH)
def wrong_first_try_kept_above():
    return [*sigmoid("return z"), *sigmoid(RIGHT)]


@entry("partial", BOTH)
def checks_deleted():
    return [cell for cell in sigmoid(RIGHT) if "check(" not in str(cell)]


@entry("partial", BOTH)
def no_metadata_at_all():
    cells = [{"cell_type": "code", "source": c if isinstance(c, str) else c["source"]} for c in sigmoid(RIGHT)]
    return json.dumps({"cells": cells}).encode()


def _without_heading(source):
    return source.partition("\n")[2]


@entry("partial", BOTH)
def heading_removed_but_the_cell_id_is_there():
    cells = [first("04"), stub("4.3") | {"source": _without_heading(sigmoid(RIGHT)[1])}, solved("4.31")]
    return [cell | {"metadata": {}} if isinstance(cell, dict) else cell for cell in cells]


@entry("partial", BOTH)
def heading_removed_but_the_id_of_nbgrader_is_there():
    return [first("04"), stub("4.3") | {"id": "x", "source": _without_heading(sigmoid(RIGHT)[1])}, solved("4.31")]


@entry("partial", BOTH)
def heading_and_ids_removed_but_the_name_is_there():
    return [first("04"), _without_heading(sigmoid(RIGHT)[1]), solved("4.31")]


@entry("partial", BOTH)
def windows_line_ends():
    cells = [c if isinstance(c, dict) else code(c) for c in sigmoid(RIGHT)]
    cells = [c | {"source": c["source"].replace("\n", "\r\n")} for c in cells]
    return json.dumps(book(cells), indent=1).replace("\n", "\r\n").encode()


@entry("partial", BOTH)
def byte_order_mark():
    return b"\xef\xbb\xbf" + json.dumps(book(sigmoid(RIGHT))).encode()


@entry("partial", BOTH)
def non_ascii_names():
    body = "größe = np.abs(z)  # 大きさ, ∂\nε = np.exp(-größe)\nreturn np.where(z >= 0, 1 / (1 + ε), ε / (1 + ε))"
    return json.dumps(book(sigmoid(body, before="Übung = 'é ü 漢字 \U0001f600'")), ensure_ascii=False).encode()


@entry("partial", BOTH, note="julia")
def wrong_kernel_name():
    return json.dumps(book(sigmoid(RIGHT), kernelspec={"name": "julia-1.9", "language": "julia"})).encode()


@entry("partial", BOTH)
def notebook_of_format_3():
    cells = [{"cell_type": "code", "input": (c if isinstance(c, str) else c["source"]).splitlines(keepends=True)}
             for c in sigmoid(RIGHT)]
    return json.dumps({"worksheets": [{"cells": cells}], "nbformat": 3}).encode()


@entry("partial", BOTH)
def odd_things_among_the_cells():
    odd = [None, 7, {}, {"cell_type": "code"}, {"cell_type": "code", "source": 5}, {"cell_type": "poem", "source": "x"}]
    whole = book(sigmoid(RIGHT))
    return json.dumps(whole | {"cells": odd + whole["cells"], "metadata": [1]}).encode()


@entry("partial", BOTH)
def magics_and_shell_lines():
    before = "%matplotlib inline\n!ls\nt = %timeit -o -n1 -r1 1 + 1"
    return sigmoid(RIGHT, before=before, after="%%time\nsigmoid(np.zeros(3))")


@entry("partial", BOTH)
def prints_in_the_answer():
    return sigmoid("print('here', z)\n" + RIGHT)


@entry("partial", OTHER, said={"4.3": "error"})
def builtin_shadowed_by_accident():
    return sigmoid("return 1 / (1 + np.exp(-sum(z)))", before="sum = 3")


@entry("partial", {"4.25": 1, "4.27": 1})
def one_name_for_two_answers():
    return [first("04"), solved("4.25"), check("4.25"), solved("4.27"), check("4.27")]


@entry("partial", {"3.8": 3}, said={"3.7": "mistake"})
def wrong_answer_that_a_right_one_builds_on():
    wrong = "# Exercise 3.7: perceptron_update\ndef perceptron_update(x, y, w, b, lr):\n    e = y - (x @ w + b >= 0)\n"
    return [first("03"), wrong + "    return w - lr * e * x, b - lr * e", check("3.7"), solved("3.8"), check("3.8")]


@entry("partial", {"3.12": 1, "3.8": 3})
def value_that_is_computed_with_another_answer():
    return [first("03"), solved("3.8"), check("3.8"), solved("3.12"), check("3.12")]


@entry("partial", {"3.12": 1})
def value_that_needs_an_answer_which_is_not_there():
    return [first("03"), solved("3.12"), check("3.12")]


@entry("partial", BOTH)
def figures_and_experiments_round_the_answer():
    picture = "fig, (a, b) = style.figure(1, 2)\na.plot([1]); a.set(title='x')\nfor ax in style.figure(2, 3)[1].flat:\n"
    picture += "    ax.grid(False)\nstyle.show(fig, alt='')\nassert True"
    return sigmoid(RIGHT, before=picture, after="print(experiments.xor_success(hidden=3))\nsigmoid(2)")


@entry("partial", OTHER, note="experiments")
def value_from_an_experiment_that_is_not_there():
    text = "# Exercise 4.30: XOR\nrate = experiments.xor_success(hidden=4, start='normal', lr=0.1)\n"
    text += "settings = {'hidden': 4 if rate > 0.9 else 2, 'start': 'normal', 'lr': 0.1}"
    return [first("04"), text, solved("4.31")]


# --- wrong, each in its way ---


@entry("partial", OTHER, said={"4.3": "mistake"})
def named_mistake():
    return sigmoid("return np.tanh(z)")


@entry("partial", OTHER, said={"4.3": "SIG-2"})
def overflow():
    return sigmoid(NAIVE.replace("1 / (1 + np.exp(-z))", "np.exp(z) / (1 + np.exp(z))"))


@entry("partial", OTHER, said={"4.3": "wrong"})
def changed_input():
    return sigmoid("z *= 1\nz += 1\nz -= 1\nz[...] = z + 3\n" + RIGHT.replace("z", "(z - 3)"))


@entry("partial", OTHER, said={"4.3": "kind"})
def no_return():
    return sigmoid("1 / (1 + np.exp(-z))")


@entry("partial", OTHER, said={"4.3": "kind"})
def a_generator():
    return sigmoid("return (1 / (1 + np.exp(-v)) for v in z)")


@entry("partial", OTHER, said={"4.3": "error"})
def raises():
    return sigmoid("raise ValueError('no')")


@entry("partial", OTHER, said={"4.3": "missing"})
def exercise_deleted():
    return [first("04"), solved("4.31"), check("4.31")]


@entry("partial", OTHER)
def syntax_error():
    return sigmoid("return 1 / (1 + np.exp(-z)")


@entry("partial", OTHER)
def syntax_error_in_another_cell():
    return [*sigmoid("return z"), "def (:"]


@entry("partial", BOTH)
def another_cell_raises():
    return sigmoid(RIGHT, before="1 / 0")


@entry("partial", OTHER, said={"4.26": "not attempted", "4.28": "not attempted"})
def untouched_repair_tasks():
    return [first("04"), stub("4.26"), check("4.26"), stub("4.28"), solved("4.31")]


@entry("partial", OTHER, said={"4.26": "not attempted"})
def repair_task_touched_but_not_repaired():
    return [first("04"), stub("4.26") | {"source": stub("4.26")["source"] + "\n# looked at"}, solved("4.31")]


@entry("partial", {}, said={"3.1": "kind", "3.6": "kind"})
def a_value_for_a_function_and_a_function_for_a_value():
    return [first("03"), "# Exercise 3.1: neuron\nneuron = 5", "# Exercise 3.6: by hand\ndef by_hand():\n    return 1"]


@entry("partial", {}, said={"3.5": "not attempted", "3.6": "not attempted"})
def none_and_dots():
    return [first("03"), "# Exercise 3.5: nand\nnand = ...", "# Exercise 3.6: by hand\nby_hand = None\nprint(by_hand)"]


@entry("partial", OTHER, said={"4.3": "wrong"}, kind="points without an answer")
def learned_the_public_inputs_by_heart():
    """Right wherever `check` looks, which everybody can see: only the hidden instances tell."""
    from course_lib.exercises import registry
    from course_lib.exercises.expect import expected

    known = expected(registry.get("4.3"))
    table = {instance[0].tobytes().hex(): outcome.value.tolist()
             for instance, outcome in zip(known.instances, known.right, strict=True)}
    return sigmoid(f"found = {table!r}.get(z.tobytes().hex())\nreturn np.zeros_like(z) if found is None else "
                   "np.array(found)")


# --- the library's own function ---


@entry("partial", OTHER, said={"4.3": "library"})
def library_called():
    return sigmoid("return ops.sigmoid(z)")


@entry("partial", OTHER, said={"4.3": "library"})
def library_by_another_name():
    return sigmoid("return helper(z)", before="from course_lib.ops.activations import sigmoid as helper")


@entry("partial", OTHER, said={"4.3": "library"})
def library_through_use():
    return sigmoid("return use('4.3')(z)")


@entry("partial", OTHER, said={"4.3": "library"})
def library_by_a_hidden_path():
    return sigmoid("return getattr(__import__('course_lib.ops', fromlist=['x']), 'sig' + 'moid')(z)")


@entry("partial", OTHER, said={"4.3": "library"})
def library_itself():
    return [first("04"), "# Exercise 4.3: sigmoid\nsigmoid = ops.sigmoid", check("4.3"), solved("4.31")]


@entry("partial", {}, said={"3.8": "library"})
def library_in_another_form():
    body = "    run = ops.perceptron_fit(X, y, lr=lr, epochs=epochs)\n    return run.w, run.b"
    return [first("03"), f"# Exercise 3.8: perceptron_fit\ndef perceptron_fit(X, y, lr, epochs):\n{body}"]


@entry("partial", BOTH)
def compared_with_the_library_below():
    return sigmoid(RIGHT, after="z = np.linspace(-2, 2)\nassert np.allclose(sigmoid(z), ops.sigmoid(z))")


@entry("dead", BOTH, note="code cell 4 ended the kernel")
def compared_with_the_library_above_and_a_kernel_lost():
    """In each new kernel the function is borrowed anew, and once it is not to be had."""
    return sigmoid(RIGHT, before="assert ops.sigmoid(0.0) == 0.5", after="import os\nos._exit(1)")


# --- files that are no notebook ---

FILES = "reading: files and zips"


def attacks_on(kind):
    """`entry` for attacks of one kind; without other points, what is not attacked gets its one point."""
    def attack(status, points=None, **more):
        usual = {} if status == "unreadable" else OTHER
        return entry(status, usual if points is None else points, kind=kind, **more)

    return attack


attack = attacks_on(FILES)
attack("unreadable", name="truncated", note="cut off")(lambda: json.dumps(book(sigmoid(RIGHT))).encode()[:-300])
attack("unreadable", name="not JSON")(lambda: b"%PDF-1.7\n\xe2\xe3\xcf\xd3" + bytes(range(256)))
attack("unreadable", name="empty file", note="empty")(lambda: b"")
attack("unreadable", name="JSON, no notebook")(lambda: b"[1, 2, 3]")
attack("unreadable", name="nested too deeply")(lambda: b"[" * 100_000)
attack("unreadable", name="50 MB", note="50 MB")(lambda: json.dumps(book([code("x = 1")])).encode() + b" " * 50_000_000)
attack("unreadable", name="notebook of another course", note="no exercise")(lambda: ["x = 1", markdown("# Biology")])
attack("unreadable", name="a pickle")(lambda: pickle.dumps({"cells": []}))
attack("partial", BOTH, name="20 MB of outputs")(lambda: [
    *sigmoid(RIGHT), code("pass", outputs=[{"output_type": "stream", "name": "stdout", "text": "x" * 20_000_000}])])


# --- hostile: time, memory, processes ---


attack = attacks_on("running: time, memory, processes, disk")


attack("partial", name="endless loop in the answer", said={"4.3": "time"})(
    lambda: sigmoid("while True:\n    pass"))
attack("partial", name="endless loop that catches everything", said={"4.3": "time"})(
    lambda: sigmoid("while True:\n    try:\n        while True: pass\n    except BaseException: pass"))
attack("time-out", BOTH, name="endless loop at top level", hangs=True)(
    lambda: sigmoid(RIGHT, before="while True:\n    pass"))
attack("time-out", BOTH, name="endless loop that cannot be interrupted", hangs=True)(
    lambda: sigmoid(RIGHT, before="while True:\n    try:\n        while True: pass\n    except BaseException: pass"))
attack("time-out", BOTH, name="endless loop in C code at top level", hangs=True)(
    lambda: sigmoid(RIGHT, before="sum(iter(int, 1))"))
attack("time-out", name="endless loop in C code in the answer", hangs=True, said={"4.3": "time"})(
    lambda: sigmoid("return sum(iter(int, 1))"))
attack("time-out", name="endless loop in the cell of the answer", hangs=True, said={"4.3": "time"})(
    lambda: [first("04"), "# Exercise 4.3: sigmoid\ndef sigmoid(z):\n    return z\nwhile True: pass", solved("4.31")])
attack("time-out or partial", name="sleeps for ever", said={"4.3": "time"}, hangs=True)(
    lambda: sigmoid("import time\ntime.sleep(1e6)"))
attack("partial", BOTH, name="waits for input")(lambda: sigmoid(RIGHT, before="name = input('your name? ')"))
THREADS = "import threading\nfor _ in range(3):\n    threading.Thread(target=lambda: {}, daemon=True).start()"
attack("partial", BOTH, name="threads that never end")(
    lambda: sigmoid(RIGHT, before=THREADS.format("any(_ for _ in iter(int, 1))")))
# What an answer still finds of the memory is chance: it may be refused what it needs.
attack("partial or dead", BOTH, name="threads that fill the memory")(
    lambda: sigmoid(RIGHT, before=THREADS.format("[None for _ in iter(int, 1)]")))
FORKS = "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass"
attack("time-out", BOTH, name="fork bomb at top level", hangs=True)(lambda: sigmoid(RIGHT, before=FORKS))
attack("time-out", OTHER, name="fork bomb in the answer", hangs=True)(lambda: sigmoid(FORKS))
attack("partial or time-out", BOTH, name="fork bomb of the shell", hangs=True)(
    lambda: sigmoid(RIGHT, before="import subprocess\nsubprocess.Popen(['/bin/sh', '-c', 'b(){ b|b& };b'])"))
attack("partial", name="memory creep in the answer", said={"4.3": "error or time"})(
    lambda: sigmoid("kept = []\nwhile True:\n    kept.append(np.ones(30_000_000))"))
attack("partial", BOTH, name="memory creep at top level")(
    lambda: sigmoid(RIGHT, before="kept = []\nwhile True:\n    kept.append(bytearray(200_000_000))", after="del kept"))
attack("time-out or partial or dead", BOTH, name="output flood", hangs=True)(
    lambda: sigmoid(RIGHT, before="while True:\n    print('x' * 100_000)"))
attack("partial", name="output flood in the answer", said={"4.3": "time"})(
    lambda: sigmoid("while True:\n    print('x' * 100_000)"))
attack("partial", BOTH, name="fills the disk")(
    lambda: sigmoid(RIGHT, before="for k in range(1000):\n    open(f'f{k}', 'wb').write(bytes(50_000_000))"))

# --- hostile: ends ---

attack = attacks_on("running: the end of the kernel")

for _name, _end in {
    "os._exit": "import os\nos._exit(0)",
    "kill of itself": "import os\nos.kill(os.getpid(), 9)",
    "crash in C": "import ctypes\nctypes.string_at(0)",
}.items():
    attack("dead", BOTH, name=f"{_name} at top level")(lambda end=_end: sigmoid(RIGHT, before=end))
    attack("dead", name=f"{_name} in the answer", said={"4.3": "dead"})(lambda end=_end: sigmoid(end))
KILLS = "import os\nfor pid in (os.getppid(), 1, -1):\n    os.kill(pid, 9)"
attack("partial", BOTH, name="kill of the parent and of everything")(lambda: sigmoid(RIGHT, before=KILLS))
attack("partial", name="kill of the parent in the answer", said={"4.3": "error"})(lambda: sigmoid(KILLS))
attack("partial", BOTH, name="exit and SystemExit")(lambda: sigmoid(RIGHT, before="import sys\nsys.exit(0)"))
attack("partial", name="SystemExit in the answer", said={"4.3": "error"})(lambda: sigmoid("raise SystemExit"))
attack("dead", {}, name="dies in every cell, one after the other", hangs=True)(
    lambda: [first("04"), *["import os; os._exit(0)"] * 20, "# Exercise 4.3: sigmoid\ndef sigmoid(z):\n    return z"])


# --- hostile: points without an answer ---

attack = attacks_on("points without an answer")

ALWAYS = "class Yes(np.ndarray):\n    def __eq__(self, other): return np.ones(1, bool)\n    __ne__ = __sub__ = __eq__\n"
attack("partial", name="array whose comparison is always true", said={"4.3": "wrong"})(
    lambda: sigmoid("return z.view(Yes)", before=ALWAYS + "    __array__ = __float__ = __sub__"))
attack("partial", name="object that is equal to everything", said={"4.3": "kind"})(
    lambda: sigmoid("return Any()", before="class Any:\n    __eq__ = lambda self, other: True\n    __bool__ = "
                    "lambda self: True\n    __array__ = lambda self, *a: np.zeros(3)"))
attack("tampered", name="builtins replaced", note="builtins", hangs=True)(
    lambda: sigmoid("return z", before="import builtins\nbuiltins.abs = lambda x: -1\nbuiltins.all = builtins.any = "
                    "lambda *a: True\nbuiltins.len = lambda x: 0\nbuiltins.isinstance = lambda *a: True"))
attack("partial", name="abs redefined")(lambda: sigmoid("return z", before="abs = lambda x: -1\nall = lambda x: True"))
attack("tampered", {}, name="input transformer", note="input_transformers")(
    lambda: sigmoid("return z", before="get_ipython().input_transformers_post.append("
                    "lambda lines: ['sigmoid = ops.sigmoid\\n'])"))
attack("tampered", name="NumPy patched", note="numpy")(
    lambda: sigmoid("return z", before="np.allclose = np.array_equal = np.isclose = lambda *a, **k: True\n"
                    "np.testing.assert_allclose = lambda *a, **k: None"))
attack("tampered", name="library patched", note="course_lib.ops")(
    lambda: sigmoid("return z", before="ops.sigmoid = lambda z: z\nops.activations.sigmoid = lambda z: z"))
attack("tampered", {}, name="its own measure of accuracy", said={"4.33": "DIG-g"})(
    lambda: [first("04"), "ops.accuracy = lambda *args: 1.0\nnp.allclose = lambda *args, **more: False",
             "# Exercise 4.33: digit_classifier\ndef digit_classifier(X, y, X_val, y_val):\n"
             "    a, b, c = (nn.Linear(*s, rng=np.random.default_rng(0)) for s in ((64, 48), (48, 32), (32, 10)))\n"
             "    return nn.Sequential(a, nn.ReLU(), b, nn.ReLU(), c), None"])
attack("tampered", name="check defined anew", note="check")(
    lambda: sigmoid("return z", before="def check(id, answer=None):\n    return 'right'"))
attack("tampered", name="check edited", note="4.3")(
    lambda: [*sigmoid("return z")[:2], check("4.3") | {"source": 'check("4.3", ops.sigmoid)'}, solved("4.31")])
attack("tampered", {}, name="grader's own code patched")(
    lambda: sigmoid("return z", before="import course_lib.exercises.collect as c\n"
                    "c.collect = lambda e, a, instances, s: [c.Outcome(value=1.0) for _ in instances]"))
attack("tampered", {}, name="grader's own messages damaged")(
    lambda: [first("04"), "import sys\nfrom course_lib.grading.inside import data\n"
             "data.pack = lambda value: ('{\"right\": true}', [])", solved("4.3"), solved("4.31")])
attack("tampered", {}, name="kernel's handler replaced")(
    lambda: [first("04"), "k = get_ipython().kernel\nasync def all_right(stream, ident, parent):\n"
             "    k.session.send(stream, 'course_reply', {'status': 'right', 'points': 100, 'data': 'null'}, parent,\n"
             "                   ident=ident)\nk.shell_handlers['course_request'] = all_right", solved("4.3")])
attack("partial", name="a forged result on the output")(
    lambda: sigmoid("print('{\"4.3\": \"right\", \"points\": 1}')\nreturn z",
                    after="print('4.3 sigmoid: right (1 point)')"))
attack("partial", name="a result that is a pickle", said={"4.3": "kind"})(
    lambda: sigmoid("import pickle\nclass Evil:\n    def __reduce__(self):\n        import os\n"
                    "        return os.system, ('touch /tmp/escaped',)\nreturn pickle.dumps(Evil())"))
attack("partial", name="an array of objects", said={"4.3": "kind"})(
    lambda: sigmoid("return np.array([object()] * z.size, dtype=object).reshape(z.shape)"))
attack("partial", name="NaN and infinity", said={"4.3": "not finite"})(lambda: sigmoid("return z * np.nan + np.inf"))
attack("partial", name="an array of a billion zeros", said={"4.3": "kind"})(
    lambda: sigmoid("return np.broadcast_to(0.0, (10**5, 10**4))"))
attack("partial", name="a dict of a million colliding keys", said={"4.3": "kind"})(
    lambda: sigmoid("return {k * (2**61 - 1): k for k in range(3_000)} | {k: k for k in range(1_000_000)}"))
attack("partial", name="a number of a million digits", said={"4.3": "kind"})(lambda: sigmoid("return 1 << 4_000_000"))
attack("partial", name="nested without end", said={"4.3": "kind"})(
    lambda: sigmoid("a = []\na.append(a)\nreturn a"))
attack("partial", {}, name="value that puts itself to work", said={"3.5": "kind"})(
    lambda: [first("03"), "class Value(dict):\n    def __getitem__(self, key): return 1\n",
             "# Exercise 3.5: nand\nnand = Value()"])
attack("partial", name="exception that never ends", said={"4.3": "error"})(
    lambda: sigmoid("class E(Exception):\n    def __str__(self):\n        raise self\nraise E"))
attack("partial", name="a reply of a gigabyte", said={"4.3": "error"})(
    lambda: sigmoid("raise ValueError('x' * 300_000_000)"))

# --- hostile: out of the sandbox ---

attack = attacks_on("out of the sandbox: files, network, answers")

SEARCH = """
import os
found = []
for folder, folders, files in os.walk('/'):
    folders[:] = [f for f in folders if os.path.join(folder, f) not in ('/proc', '/usr', '/dev')
                  and f not in ('site-packages', 'lib')]
    for file in files:
        if file.endswith(('.py', '.ipynb', '.pyc')):
            path = os.path.join(folder, file)
            try:
                text = open(path, errors='replace').read()
            except OSError:
                continue
            if 'BEGIN SOLUTION' in text or 'AFF-2' in text or 'id="4.3"' in text:
                found.append(path)
"""
attack("partial", name="searches the disk for answers", said={"4.3": "wrong"})(
    lambda: sigmoid("return ops.sigmoid(z) if found else z", before=SEARCH))
attack("tampered", name="imports the answers", note="is imported")(
    lambda: sigmoid("return get('4.3').reference(z)", before="from course_lib.exercises.registry import get"))
attack("partial", name="asks the network", said={"4.3": "error"})(
    lambda: sigmoid("import socket\nsocket.create_connection(('127.0.0.1', 22), 2)\nreturn z"))
attack("partial", BOTH, name="deletes everything it can")(
    lambda: sigmoid(RIGHT, before="import shutil\nfor f in ('/root', '/home', '/etc', '/usr', '/var', '/tmp/home', "
                    "'/work'):\n    shutil.rmtree(f, ignore_errors=True)"))
attack("partial", BOTH, name="shell commands")(
    lambda: sigmoid(RIGHT, before="import os\nos.system('touch /tmp/escaped; kill -9 1; rm -rf / 2>/dev/null')"))
