"""The exercises in which a student writes a test: it must hold for the right version and fail for enough wrong ones.

The versions stay here, where nothing of a submission runs; see `probe.py` for what the test gets in their place.
"""

import math
import re

import numpy as np

from course_lib.exercises import probe
from course_lib.exercises.collect import Foreign, Outcome, plain
from course_lib.exercises.diagnoses.evidence import Evidence
from course_lib.exercises.diagnoses.failed import no_value
from course_lib.exercises.expect import Expected
from course_lib.exercises.model import Exercise, Mistake, Versions
from course_lib.exercises.stand_ins import received
from course_lib.exercises.verdict import Verdict

#: Each version stands so often in the list that a test is put to: one that counts instead of looking is caught.
TIMES = 2
ENDLESS = (probe.TOO_OFTEN, probe.ASKS)  #: the states of a test that has not ended after as many calls as are taken
#: of all arguments of one call together; versions run where no sandbox limits them, and a product may square this
MOST_ENTRIES = 2_000
MOST_DRAWN = 1_000_000  #: numbers that a version may be asked to draw: the product of the sizes
#: characters of an input or a value in a message
LONGEST = 300
MOST_SHOWN = 10  #: numbers of an input or a result that one can follow
SIZES = re.compile(r"\.(shape|size|ndim|dtype)\b|\blen\(")  #: what is compared with == all the same


def written_test(subject: Exercise, wrong: dict[str, str], least: int, **more) -> Exercise:
    """An exercise whose answer is a test of the function that another exercise asks for.

    Parameters
    ----------
    subject : Exercise
        Its reference is the right version.
    wrong : dict
        Id of a named mistake of `subject` -> what is wrong with this version, a clause: "it takes the mean".
    least : int
        How many of these the test must catch.
    more : fields of the `Exercise`; `reference` and `variants` are tests.

    Its `arguments` are the name of the function under test and of the parameters of that.
    """
    answers = {mistake.id: mistake.answer for mistake in subject.mistakes}
    versions = Versions(subject.reference, tuple(Mistake(id, answers[id], say) for id, say in wrong.items()), least)
    n = 1 + len(wrong)
    parameters = list(subject.arguments)

    def call(test, order):
        return converse(versions, order, lambda replies: probe.put(more["title"], subject.title, parameters, test,
                                                                   replies))

    return Exercise(
        kind="test",
        instances=lambda rng: [(tuple(rng.permutation([*range(n)] * TIMES).tolist()),)],
        call=call,
        arguments=(subject.title, *parameters),
        contract="a function is what it takes",
        mistakes=(),
        versions=versions,
        **more,
    )


def converse(versions: Versions, order: tuple, put) -> list[dict]:
    """Put a test to the versions, reply by reply.

    put : runs the test once for each version: replies -> results, see `probe.put`; none where it cannot be run.
    """
    replies: list[list] = [[] for _ in order]
    results: list[dict] = [{} for _ in order]
    waiting = [*range(len(order))]  # versions of which the test has more to ask
    for _ in range(probe.MOST_CALLS + 1):
        found = put([replies[k] for k in waiting])
        if not found:  # the test did not run at all
            return []
        for k, result in zip(waiting, found, strict=True):
            results[k] = result
        waiting = [k for k in waiting if results[k]["state"] == probe.ASKS]
        if not waiting:
            break
        for k in waiting:
            asked = results[k]["asked"]
            replies[k].append([asked, answered(_version(versions, order[k]), asked)])
    return [result | {"calls": replies[k][:len(result["calls"])]} for k, result in enumerate(results)]


def is_result(value) -> bool:
    """Whether this is a result of `probe.put`: what comes out of a sandbox may be anything."""
    texts = ("state", "error", "message", "line")
    return (isinstance(value, dict) and all(isinstance(value.get(key), str) for key in texts)
            and value["state"] in probe.STATES and isinstance(value.get("asked"), tuple)
            and isinstance(value.get("calls"), list) and isinstance(value.get("line_number"), int)
            and isinstance(value.get("whole"), bool))


def _version(versions: Versions, k: int):
    return versions.right if k == 0 else versions.wrong[k - 1].answer


def answered(version, arguments: tuple) -> dict:
    """What a version gives for arguments that a stranger chose: a value, or the exception that it raises."""
    return _refused(arguments) or _given(version, plain(arguments), {})


def asked(versions: list, question) -> dict:
    """The same, and the states in which random generators are left, where a stand-in asks; see `stand_ins.py`.

    Raises
    ------
    ValueError, TypeError, KeyError, IndexError, OverflowError
        When no stand-in asks so.
    """
    number, arguments, named, generators = received(question)
    if not 0 <= number < len(versions):
        raise IndexError(f"version {number} of {len(versions)}")
    given = *arguments, *named.values()
    reply = _refused(given) or _too_many(given) or _given(versions[number], arguments, named)
    return reply | {"states": [generator.bit_generator.state for generator in generators]}


def _refused(arguments) -> dict | None:
    """Why arguments are not taken: a stranger chose them."""
    parts = list(_parts(arguments))
    entries = sum(math.prod(max(1, n) for n in np.shape(part)) for part in parts)  # none is one, too
    if entries > MOST_ENTRIES:
        return {"error": "ValueError", "message": f"the input has {entries:,} entries, at most {MOST_ENTRIES:,} are "
                                                  "taken; a small one shows more"}
    if any(isinstance(part, Foreign) for part in parts):
        return {"error": "TypeError", "message": "numbers and arrays of numbers are taken"}
    return None


def _too_many(given: tuple) -> dict | None:
    """Why arguments that are whole numbers, which may be sizes of what is drawn, are not taken."""
    whole = [abs(int(part)) for part in given if isinstance(part, int) or (
        isinstance(part, np.ndarray) and part.ndim == 0 and part.dtype.kind in "iu")]
    if math.prod(max(1, n) for n in whole) > MOST_DRAWN:
        return {"error": "ValueError", "message": f"sizes whose product is above {MOST_DRAWN:,} are not taken; a "
                                                  "smaller draw shows as much"}
    return None


def _given(version, arguments, named) -> dict:
    try:
        with np.errstate(all="ignore"):
            return {"value": plain(version(*arguments, **named))}
    except Exception as error:
        return {"error": type(error).__name__, "message": str(error)[:300]}


def _parts(value):
    if isinstance(value, tuple | list):
        for part in value:
            yield from _parts(part)
    elif isinstance(value, dict):
        yield from _parts(tuple(value.values()))
    else:
        yield value


# --- the verdict ---


def judge_test(exercise: Exercise, outcome: Outcome, order: tuple) -> Verdict:
    """The verdict on what a test says of the versions; `outcome.value` is a list of results, if there is a value."""
    if outcome.error or outcome.timed_out:
        found = no_value(Evidence(exercise, [outcome], Expected(((),), [outcome], {}), 0))
        return Verdict.on(exercise, found.status, found.message, [outcome])
    versions, name = exercise.versions, exercise.arguments[0]
    said: dict[int, list[dict]] = {}
    for k, result in zip(order, outcome.value, strict=True):
        said.setdefault(k, []).append(result)

    def no(status, message):
        return Verdict.on(exercise, status, message, [outcome])

    everything = outcome.value
    if any(result["state"] == probe.DRIFTS for result in everything):
        return no("wrong", "Your test draws other inputs each time it runs, so nobody could run it again and find what "
                           "it found. Give the generator a seed, np.random.default_rng(0), or write the numbers down.")
    if any(result["state"] in ENDLESS for result in everything):
        return no("wrong", f"Your test calls {name} more than {probe.MOST_CALLS} times. A few inputs, well chosen, are "
                           f"enough.{_not_yet_noticed(versions, said)}")
    if not any(result["calls"] for result in everything):
        failed = next((result for result in everything if result["error"]), None)
        if failed is not None and failed["error"] != "AssertionError":
            return no("error", f"Your test stops before it calls {name}: {_error(failed)}")
        return no("wrong", f"Your test never calls the {name} that it is given. Its argument is the version under "
                           f"test: call that one, {name}(...), and say what must hold for the result.")
    failed = next((result for result in said[0] if result["state"] != probe.HELD), None)
    if failed is not None:
        return no(*_fails_the_right_one(failed, name))
    passing = [wrong for k, wrong in enumerate(versions.wrong, 1)
               if any(result["state"] != probe.FAILED for result in said[k])]
    n, caught = len(versions.wrong), len(versions.wrong) - len(passing)
    if caught < versions.least:
        lets = f"Your test lets {len(passing)} of {n} wrong versions pass" if caught else (
            f"Your test lets all {n} wrong versions pass")
        may = n - versions.least
        allowed = f", and {may} may" if may else ""
        return no("wrong", f"{lets}{allowed}. One that passes: {passing[0].say}.")
    text = f"Your test holds for the right version and catches {caught} of {n} wrong ones."
    return Verdict.on(exercise, "right", text, [outcome], points=exercise.points)


def _not_yet_noticed(versions: Versions, said: dict[int, list[dict]]) -> str:
    """A wrong version that as many calls as are taken have not told from the right one, which has held so far."""
    unnoticed = [wrong for k, wrong in enumerate(versions.wrong, 1)
                 if any(result["state"] in ENDLESS for result in said[k])]
    if not unnoticed or any(result["state"] not in ENDLESS for result in said[0]):
        return ""
    return f" In the first {probe.MOST_CALLS} it has not noticed this version: {unnoticed[0].say}."


def _fails_the_right_one(result: dict, name: str) -> tuple[str, str]:
    """Status and message where a test does not hold for the right version."""
    your = f"In line {result['line_number']} of the cell, `{result['line']}`, your" if result["line"] else "Your"
    fails = f"{your} test fails the right version"
    if not result["calls"]:
        return "error", f"Your test stops before it calls {name}: {_error(result)}"
    arguments, reply = result["calls"][-1]
    given = _shown(arguments)
    if "error" in reply and result["error"] == reply["error"]:
        return "wrong", (f"{fails}: on input {given} it raises {reply['error']}: {reply['message'].rstrip('.')}. Is "
                         f"this an input that {name} takes?")
    if result["error"] in ("", "AssertionError"):
        gives = _shown((reply["value"],)) if "value" in reply else reply["error"]
        exact = "==" in result["line"] and not (result["whole"] or SIZES.search(result["line"]))
        rounded = exact and "value" in reply and gives != _shown((reply["value"],), 17)
        digits = " Printed here are six digits; the last of sixteen depend on the order of the steps, so compare " \
                 "with np.isclose, not with ==." if rounded else ""
        return "wrong", f"{fails}: on input {given} it gives {gives}.{digits}"
    return "error", f"Your test stops with an error on the right version: {_error(result)}"


def _error(result: dict) -> str:
    text = f"{result['error']}: {result['message'].rstrip('.')}" if result["message"] else result["error"]
    return f"{text}. The line: `{result['line']}` (line {result['line_number']} of the cell)." if result[
        "line"] else f"{text}."


def _shown(values: tuple, digits: int = 6) -> str:
    """Arguments or results as they are typed, where they hold so few numbers that one can follow them; else by sizes.
    """
    few = sum(np.size(part) for part in _parts(values)) <= MOST_SHOWN
    return ", ".join(_written(value, digits) if few else _sizes(value) for value in values)


def _sizes(value) -> str:
    """"array (2, 3)", also inside of a tuple; of anything else what it is."""
    if isinstance(value, np.ndarray) and value.ndim:
        return f"array {value.shape}".replace(",)", ")")
    if isinstance(value, tuple | list):
        return f"({', '.join(map(_sizes, value))})"
    return _written(value)


def _written(value, digits: int = 6) -> str:
    """A value on one line, as a student would type it, cut where it is long."""
    value = _plainly(value)
    with np.printoptions(precision=digits, threshold=20):
        text = " ".join(re.sub(r"\barray\(", "np.array(", repr(value)).split())
    return text if len(text) <= LONGEST else text[:LONGEST] + " ..."


def _plainly(value):
    """With numbers as Python has them, which are shorter to read."""
    if isinstance(value, tuple | list):
        return type(value)(map(_plainly, value))
    return value.item() if isinstance(value, np.ndarray) and not value.ndim else value
