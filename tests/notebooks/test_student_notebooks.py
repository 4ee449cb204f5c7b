"""A student who opens a chapter, runs all cells with nothing solved yet, and moves every slider."""

import json

import pytest
from conftest import BUDGET, ROOT, ask, read

from course_lib.authoring import execute
from course_lib.exercises import registry

# What the page sends when a control moves: the message itself goes through the widget's own handler. The picture or the
# text must change, at the start or in one of the presets. Of a figure of the library the first control is enough here:
# that each of them moves its picture, tests/widgets shows once, and the notebook has no part in it.
MOVE = """
import json
from course_lib.viz.live import Demo, Slider

def sample(control):
    if hasattr(control, "sample"):
        return control.sample(9)
    slider = control.widget  # of a figure that is built in the notebook
    if hasattr(slider, "options"):
        return list(slider.options)
    positions = [slider.min + k * (slider.max - slider.min) / 8 for k in range(9)]
    return [type(slider.value)(slider.base**p if hasattr(slider, "base") else p) for p in positions]

# picture, text, and the background where another one is drawn for this control
def shown(demo, control):
    ground = demo._look(demo.size[0], False)["png"] if control.name in demo.background_depends else b""
    return demo.frame, demo.message, ground

def nudge(demo, control, sequence):
    now = demo.values[control.name]
    for value in [v for v in sample(control) if v != now]:
        sequence += 1
        before = shown(demo, control)
        content = {"client": "test", "seq": sequence, "values": {control.name: value}}
        demo._handle_custom_msg(content, [])
        assert not demo.reply["failed"], (demo.title, control.name, value, demo.reply["caption"])
        if shown(demo, control) != before:
            return sequence, True
    return sequence, False

def drive(demo):
    still, sequence = [], 0
    of_the_library = type(demo).__module__.startswith("course_lib.chapters.")
    for control in demo.controls[: 1 if of_the_library else None]:
        # a patience acts under one schedule only, a momentum under some rules: then some preset shows it
        for situation in (getattr(control, "needs", {}), *demo.presets.values()):
            demo.reset().set(**situation)
            sequence, moved = nudge(demo, control, sequence)
            if moved:
                break
        else:
            still.append(control.name)
    return still

figures = {f"{type(d).__name__} [{n}]": d for n, d in Out.items() if isinstance(d, Demo)}
print(json.dumps({name: [drive(demo), demo.model_id] for name, demo in figures.items()}))
"""


@pytest.fixture(scope="module")
def opened(chapter):
    """The student's notebook executed, its kernel still running."""
    with execute.running(read(chapter.student), ROOT) as client:
        client.execute()
        yield client


def test_unsolved_it_runs_to_the_last_cell(chapter, opened):
    expected = {exercise.id: "not attempted" for exercise in registry.exercises(chapter.number)}
    assert execute.verdicts(opened.nb) == expected


def processor_seconds(client) -> float:
    return float(ask(client, "import time; print(time.process_time())")[0].text)


def test_it_stays_within_the_budget(chapter, opened):
    if processor_seconds(opened) < BUDGET:
        return
    with execute.running(read(chapter.student), ROOT) as client:  # the first compiled kernels; now they are warm
        client.execute()
        assert processor_seconds(client) < BUDGET


def test_every_figure_moves_as_its_controls_do(chapter, opened):
    before = {model: repr(buffers) for model, buffers in opened.widget_buffers.items()}
    shown = json.loads(ask(opened, MOVE)[-1].text)
    assert shown, "the chapter shows no live figure"
    assert {name: still for name, (still, _) in shown.items() if still} == {}
    # and the page was told: the bytes that travelled are others than before
    for name, (_, model) in shown.items():
        assert repr(opened.widget_buffers[model]) != before[model], name
