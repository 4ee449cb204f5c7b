"""A chapter with every exercise solved: checks pass, saved results are still true, and every slider moves its picture.

One run of the saved notebook serves all. As with `nbval --nbval-lax`, which would run it once more, the cells tagged
"nbval-check-output" must give what they gave; pictures are not compared.
"""

import copy
import json

import pytest
from conftest import BUDGET, ROOT, ask, read

from course_lib.authoring import execute, notebook
from course_lib.exercises import registry

# What the page sends when a control moves: the message itself goes through the widget's own handler. A step of the
# keyboard must be enough to change the picture or the text, at one end of the range or at the other.
MOVE = """
import json
from course_lib.viz.live import Demo, Slider

def nudge(demo, control, sequence):
    now = demo.values[control.name]
    for value in [v for v in control.sample(9) if v != now]:
        sequence += 1
        before = demo.frame, demo.message, demo._background()[0]
        content = {"client": "test", "seq": sequence, "values": {control.name: value}}
        demo.widget._handle_custom_msg(content, [])
        assert not demo.widget.reply["failed"], (demo.title, control.name, value, demo.widget.reply["caption"])
        if (demo.frame, demo.message, demo._background()[0]) != before:
            return sequence, True
    return sequence, False

def drive(demo):
    still, sequence = [], 0
    for control in demo.controls:
        demo.reset()
        sequence, moved = nudge(demo, control, sequence)
        if not moved:
            still.append(control.name)
    return still

shown = {f"{type(d).__name__} [{n}]": d for n, d in Out.items() if isinstance(d, Demo)}
print(json.dumps({name: [drive(demo), demo.widget.model_id] for name, demo in shown.items()}))
"""


@pytest.fixture(scope="module")
def solved(chapter):
    """The solution notebook executed, its kernel still running."""
    nb = read(chapter.solution)
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    with execute.running(nb, ROOT) as client:
        client.execute()
        yield client


def shown(cell):
    """The texts of an executed cell, in their order."""
    texts = []
    for output in execute.clean(copy.deepcopy(cell.outputs)):
        data = {kind: text for kind, text in output.get("data", {}).items() if not kind.startswith("image/")}
        texts.append((output.output_type, output.get("text", ""), data, output.get("evalue", "")))
    return texts


def test_every_check_is_right(chapter, solved):
    expected = {exercise.id: "right" for exercise in registry.exercises(chapter.number)}
    assert execute.verdicts(solved.nb) == expected


def test_saved_results_are_still_true(chapter, solved):
    saved = read(chapter.solution)
    checked = 0
    for before, after in zip(saved.cells, solved.nb.cells, strict=False):
        if "nbval-check-output" in before.metadata.get("tags", ()):
            assert shown(after) == shown(before), before.source
            checked += 1
    assert checked >= len(registry.exercises(chapter.number))


def test_every_saved_verdict_is_right(chapter):
    expected = {exercise.id: "right" for exercise in registry.exercises(chapter.number)}
    assert execute.verdicts(read(chapter.solution)) == expected


def test_it_stays_within_the_budget(chapter, solved):
    assert float(ask(solved, "import time; print(time.process_time())")[0].text) < BUDGET


def test_every_control_moves_its_picture(chapter, solved):
    before = {model: repr(buffers) for model, buffers in solved.widget_buffers.items()}
    shown = json.loads(ask(solved, MOVE)[-1].text)
    assert shown, "the chapter shows no live figure"
    assert {name: still for name, (still, _) in shown.items() if still} == {}
    # and the page was told: the bytes that travelled are others than before
    for name, (_, model) in shown.items():
        assert repr(solved.widget_buffers[model]) != before[model], name
