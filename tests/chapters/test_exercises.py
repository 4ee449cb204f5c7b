"""Every exercise of the course: the reference passes, each mistake is rejected and named, no two coincide."""

import sys
from dataclasses import replace
from itertools import combinations

import mutants
import numpy as np
import pytest

from course_lib.exercises import registry
from course_lib.exercises.collect import collect
from course_lib.exercises.compare import matches
from course_lib.exercises.contract import boundary
from course_lib.exercises.expect import expect, expected, seeded_instances
from course_lib.exercises.judge import judge
from course_lib.exercises.model import Contract, Exercise, Prediction
from course_lib.viz import demos

EXERCISES = registry.all_exercises()


def _trains(exercise) -> bool:
    """Whether each of its answers trains a network: one seed is enough, and without compiled kernels it takes minutes.

    That training is the same without them is proven where the training is (`tests/unit/test_convnet.py`, ...).
    """
    return exercise.seconds > 2


def _marks(exercise):
    return [pytest.mark.needs("Numba")] if _trains(exercise) else []


MISTAKES = [pytest.param(e, m, id=f"{e.id}-{m.id}", marks=_marks(e)) for e in EXERCISES for m in e.mistakes]


def each(exercises):
    return pytest.mark.parametrize("exercise", [pytest.param(e, id=e.id, marks=_marks(e)) for e in exercises])


each_exercise = each(EXERCISES)
each_quick_exercise = each([e for e in EXERCISES if not _trains(e)])


def verdict(exercise, answer, seed=0):
    known = expected(exercise, seed)
    return judge(exercise, collect(exercise, answer, known.instances, 60), known)


@each_exercise
def test_reference_passes_with_all_points(exercise):
    result = verdict(exercise, exercise.reference)
    assert (result.status, result.points) == ("right", exercise.points), result.message


@pytest.mark.parametrize("exercise, mistake", MISTAKES)
def test_mistake_is_rejected_and_named(exercise, mistake):
    result = verdict(exercise, mistake.answer)
    assert result.points == 0
    if mistake.id == exercise.untouched:
        assert result.status == "not attempted"
    else:
        assert (result.status, result.mistake) == ("mistake", mistake.id), result.message
        assert mistake.say in result.message


@each([e for e in EXERCISES if e.variants])
def test_right_answers_written_otherwise_are_right(exercise):
    assert len(exercise.variants) >= 2
    for seed in range(1 if _trains(exercise) else 3):
        for number, answer in enumerate(exercise.variants):
            result = verdict(exercise, answer, seed)
            assert result.status == "right", f"variant {number}, seed {seed}: {result.message}"


def test_every_chapter_proves_right_answers_written_otherwise():
    proven = [e.id.partition(".")[0] for e in EXERCISES if e.variants]
    assert len(proven) >= 20 and {f"{int(chapter):02}" for chapter in proven} == set(registry.chapters()) - {"00"}


@each([e for e in EXERCISES if not callable(e.reference)])
def test_a_cell_that_asks_for_a_value_holds_a_skeleton_in_the_form_of_the_answer(exercise):
    names = {}
    exec(exercise.skeleton, {}, names)
    ((name, answer),) = names.items()
    assert verdict(exercise, answer).status == "not attempted"
    assert name == mutants.name_of(exercise), "the check asks for another name"
    model = mutants.answer(exercise, compile(mutants.cell_of(exercise), "<model answer>", "exec"))
    if isinstance(model, dict | tuple | list):
        assert type(answer) is type(model) and len(answer) == len(model)
        assert not isinstance(model, dict) or set(answer) == set(model)


@each([e for e in EXERCISES if e.kind in ("value", "choice")])
@pytest.mark.parametrize("kind", [list, tuple, np.array])
def test_of_a_value_lists_tuples_and_arrays_are_equally_welcome(exercise, kind):
    assert verdict(exercise, _made_of(kind, exercise.reference)).status == "right"


def _made_of(kind, value):
    """The same numbers in lists, tuples or arrays."""
    if isinstance(value, dict):
        return {key: _made_of(kind, item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, tuple | list):
        return np.array(value) if kind is np.array else kind(_made_of(kind, item) for item in value)
    return value


def test_every_function_exercise_states_what_its_arguments_may_be_or_why_it_does_not():
    for exercise in [e for e in EXERCISES if callable(e.reference)]:
        if not isinstance(exercise.contract, Contract):
            assert len(exercise.contract) > 20, f"{exercise.id} states neither a contract nor a reason"
            continue
        known, hidden = expected(exercise), seeded_instances(exercise, 7)
        edges = boundary(exercise, known.instances)
        number = len(edges)
        assert number and repr(hidden[-number:]) == repr(known.instances[-number:]), exercise.id
        labels = [instance.label for instance in edges]
        by_hand = {getattr(instance, "label", "") for instance in known.instances[:-number]}
        assert len(set(labels)) == number and by_hand.isdisjoint(labels), exercise.id
        assert all(map(_is_finite, (outcome.value for outcome in known.right[-number:]))), exercise.id


def test_of_two_sizes_either_is_the_larger_one_somewhere():
    """Else a loop that runs over the other one is right on every input."""
    for exercise in [e for e in EXERCISES if callable(e.reference) and isinstance(e.contract, Contract)]:
        found = [_sizes(exercise, instance) for instance in expected(exercise).instances]
        for a, b in combinations(sorted({letter for sizes in found for letter in sizes}), 2):
            both = [(sizes[a], sizes[b]) for sizes in found if a in sizes and b in sizes]
            assert len(both) < 2 or (min(x - y for x, y in both) < 0 < max(x - y for x, y in both)), (exercise.id, a, b)


def _sizes(exercise, instance) -> dict[str, int]:
    """The sizes of a call by the letters of the contract, and the number of classes."""
    sizes = {}
    for name, value in zip(exercise.arguments, instance, strict=False):
        letters = exercise.contract.shapes.get(name)
        if isinstance(letters, str) and isinstance(value, np.ndarray) and len(letters) == value.ndim:
            sizes |= {letter: n for letter, n in zip(letters, value.shape, strict=True) if letter != "."}
        elif name == "C":
            sizes["C"] = value
    return sizes


def _is_finite(value) -> bool:
    if isinstance(value, dict | tuple | list):
        return all(map(_is_finite, value.values() if isinstance(value, dict) else value))
    return not isinstance(value, float | np.ndarray) or bool(np.isfinite(value).all())


@each_exercise
def test_no_two_answers_coincide(exercise):
    known = expected(exercise)
    answers = {"the reference": known.right, **known.mistakes}
    assert len(known.mistakes) == len(exercise.mistakes), "two mistakes share an id"
    for (a, one), (b, two) in combinations(answers.items(), 2):
        assert not matches(one, two, exercise), f"{a} and {b} give the same outcomes"


@each_quick_exercise
def test_reference_is_finite_and_passes_on_other_seeds(exercise):
    for seed in range(1, 21):
        instances = seeded_instances(exercise, seed)
        right = collect(exercise, exercise.reference, instances, 60)
        assert all(not o.error and not o.timed_out and o.attempted for o in right)
        again = collect(exercise, exercise.reference, instances, 60) if seed <= 3 else right
        assert matches(again, right, exercise)


@each_quick_exercise
def test_mistakes_are_rejected_on_other_seeds(exercise):
    """A grader draws fresh instances: no wrong answer may pass there."""
    for seed in (11, 12):
        known = expect(exercise, seeded_instances(exercise, seed))
        for mistake in exercise.mistakes:
            assert judge(exercise, known.mistakes[mistake.id], known).status != "right", mistake.id


@each_exercise
def test_reference_leaves_its_inputs_alone(exercise):
    assert not any(outcome.changed for outcome in expected(exercise).right)


@each_exercise
def test_instances_depend_on_the_seed_alone(exercise):
    once, again = (repr(seeded_instances(exercise, 5)) for _ in range(2))
    assert once == again


@each_exercise
def test_stub_is_not_attempted(exercise):
    def stub(*arguments):
        raise NotImplementedError

    for answer in (stub if callable(exercise.reference) else None, None, ...):
        result = verdict(exercise, answer)
        assert (result.status, result.points) == ("not attempted", 0)


@each_exercise
def test_definition_is_complete(exercise):
    assert exercise.points > 0
    assert len(exercise.hints) == 3 and all(map(str.strip, exercise.hints))
    assert len(set(exercise.hints)) == 3
    assert exercise.mistakes or exercise.versions
    assert exercise.kind in ("function", "value", "bug", "choice", "test")
    if exercise.untouched is not None:
        assert exercise.untouched in {m.id for m in exercise.mistakes}
    for text in (*exercise.hints, *(m.say for m in exercise.mistakes), *exercise.reminders.values()):
        assert "!" not in text.replace("!=", ""), text


@each([e for e in EXERCISES if e.call is None and callable(e.reference)])
def test_a_change_of_one_entry_is_not_right(exercise):
    """A reference with one number moved is rejected: a check fails for more than the known mistakes.

    Only where the answer is not put to work by the exercise itself."""

    def nearly(*arguments):
        return _moved(exercise.reference(*arguments))

    result = verdict(exercise, nearly)
    assert result.status in ("wrong", "factor", "mistake", "kind", "not finite"), result
    assert result.message


def _moved(value):
    if isinstance(value, tuple | list):
        return type(value)([_moved(value[0]), *value[1:]])
    if isinstance(value, np.ndarray) and value.ndim:
        moved = value.astype(float)
        moved.flat[-1] += 1.001
        return moved
    return value + 1.001


def test_every_exercise_that_is_defined_is_offered():
    """One that is not in EXERCISES of its chapter does not exist for the notebooks."""
    for chapter, folder in registry.folders().items():
        offered = registry.exercises(chapter)
        for name in [name for name in sys.modules if name.startswith(f"course_lib.chapters.{folder}.exercises")]:
            defined = [thing for thing in vars(sys.modules[name]).values() if isinstance(thing, Exercise)]
            assert set(defined) <= set(offered), name


def test_every_module_of_exercises_is_imported():
    for file in registry.FOLDER.glob("*/exercises/*.py"):
        parts = file.relative_to(registry.FOLDER).with_suffix("").parts
        assert ".".join(("course_lib.chapters", *parts)).removesuffix(".__init__") in sys.modules, file.name


def test_one_id_of_a_mistake_says_one_thing():
    """Ids with a number are of one slip in several exercises; all others say one thing."""
    said = {}
    for exercise in EXERCISES:
        for mistake in exercise.mistakes:
            if not any(map(str.isdigit, mistake.id)):
                said.setdefault(mistake.id, {}).setdefault(mistake.say, []).append(exercise.id)
    assert not {id: list(texts.values()) for id, texts in said.items() if len(texts) > 1}


def test_ids_are_unique_and_found():
    ids = [e.id for e in EXERCISES]
    assert len(ids) == len(set(ids))
    assert all(registry.get(e.id) is e for e in EXERCISES)
    predictions = [p for c in registry.chapters() for p in registry.predictions(c)]
    assert all(registry.get_prediction(p.id) is p and 0 <= p.right < len(p.choices) for p in predictions)


@pytest.mark.parametrize("chapter", [number for number in registry.chapters() if number != "00"])
def test_the_right_prediction_has_no_favorite_place(chapter):
    places = [prediction.right for prediction in registry.predictions(chapter)]
    assert all(0 <= p.right < len(p.choices) for p in registry.predictions(chapter))
    assert max(map(places.count, places), default=0) <= max(1, len(places) / 2)


def unfinished(prediction) -> list[str]:
    """What is missing or wrong in the replies to the choices and in the situation that the figure unlocks in."""
    wrong, controls = [], {}
    if len(prediction.replies) != len(prediction.choices):
        wrong.append(f"{len(prediction.replies)} replies to {len(prediction.choices)} choices")
    wrong += [
        f"no reply to wrong choice {index}"
        for index, reply in enumerate(prediction.replies)
        if not reply and index != prediction.right
    ]
    if prediction.demo:
        controls = {control.name: control for control in getattr(demos, prediction.demo).controls}
    for name, value in prediction.values.items():
        try:
            controls[name].clean(value)
        except KeyError:
            wrong.append(f"{prediction.demo or 'no figure'} has no control {name!r}; it has {', '.join(controls)}")
        except ValueError as error:
            wrong.append(str(error))
    return wrong


def test_each_choice_has_its_reply_and_the_figure_its_situation():
    predictions = [p for chapter in registry.chapters() for p in registry.predictions(chapter)]
    missing = [f"{p.id}: {'; '.join(wrong)}" for p in predictions if (wrong := unfinished(p))]
    assert not missing, "\n".join(missing)


def test_an_unfinished_prediction_is_seen():
    asked = Prediction("9.a", "Which?", ("left", "right"), 1, "So.", demo="Gates")
    assert unfinished(asked) == ["0 replies to 2 choices"]
    assert unfinished(replace(asked, replies=("", ""))) == ["no reply to wrong choice 0"]
    assert unfinished(replace(asked, replies=("Left is where it came from.", ""))) == []
    outside, unknown = unfinished(replace(asked, replies=("Left.", ""), values={"w1": 1e9, "speed": 1}))
    assert "w1" in outside and "no control 'speed'" in unknown
