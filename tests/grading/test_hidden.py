"""Hidden inputs: after everything that is shown, and in nothing that is shown."""

import json

import museum
import pytest
from needs import needs

from course_lib.exercises import registry
from course_lib.exercises.expect import seeded_instances
from course_lib.grading import records, runner

SUBMISSION = records.Submission("s1", "A Student", "file.ipynb")
SEED = 77_001
REMEMBER = "import builtins\nseen = builtins.seen = []"
NOTED = f"seen.append(z.tolist())\n{museum.RIGHT}"
#: What the other answer, 4.31, does with the inputs that 4.3 was given.
TELLS = {
    "in an exception": "raise ValueError(str(seen[-1]) + str(len(seen)))",
    "in a value": "import numpy as np\n    return float(len(seen)) + float(np.ravel(seen[-1])[0])",
    "in a warning and a print":
        "import warnings\n    print(seen[-1])\n    warnings.warn(str(seen[-1]))\n    return -1.0",
    "in the line that fails": "exec(compile('assert ' + repr(seen[-1]) + ' is None', '<cell>', 'exec'))",
}


def graded(cells, **options) -> dict[str, records.ExerciseResult]:
    record, _ = runner.run(json.dumps(museum.book(cells)).encode(), SUBMISSION, runner.Options(seed=SEED, **options))
    return {result.id: result for result in record.exercises}


def numbers(seed) -> set[str]:
    instances = seeded_instances(registry.get("4.3"), seed)
    return {f"{abs(v):.3f}" for instance in instances for v in instance[0].ravel() if abs(v) % 1}


@needs("bubblewrap")
@pytest.mark.parametrize("tells", TELLS.values(), ids=TELLS)
def test_a_later_answer_does_not_know_the_hidden_inputs_of_an_earlier_one(tells):
    other = f"# Exercise 4.31: accuracy\ndef accuracy(scores, y):\n    {tells}"
    results = graded([museum.first("04"), REMEMBER, "# Exercise 4.3: sigmoid\ndef sigmoid(z):\n    " + NOTED.replace(
        "\n", "\n    "), museum.check("4.3"), other, museum.check("4.31")])
    assert results["4.3"].status == "right" and results["4.31"].points == 0
    said = json.dumps([result.message + result.picture + result.inputs for result in results.values()])
    assert not [number for number in numbers(SEED) - numbers(0) if number in said]


@needs("bubblewrap")
def test_a_name_that_a_later_cell_takes_costs_nothing():
    """The hidden inputs come at the end, where the helper is another one; at its own place the answer is right."""
    helper = "def squash(z):\n    e = np.exp(-np.abs(z))\n    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))"
    results = graded([museum.first("04"), helper, "# Exercise 4.3: sigmoid\ndef sigmoid(z):\n    return squash(z)",
                      museum.check("4.3"), "squash = None", museum.solved("4.31")])
    assert results["4.3"].status == results["4.31"].status == "right"


@needs("bubblewrap")
def test_what_is_right_on_public_inputs_alone_has_no_points_when_time_is_over():
    cells = [*museum.sigmoid(museum.RIGHT), "import time; time.sleep(30)"]
    results = graded(cells, submission_seconds=12.0, cell_seconds=30.0)
    assert (results["4.3"].status, results["4.3"].points) == ("time", 0)
