"""A student who opens a chapter and runs all cells, with nothing solved yet."""

from conftest import BUDGET, ROOT, ask, read

from course_lib.authoring import execute
from course_lib.exercises import registry


def test_unsolved_it_runs_to_the_last_cell(chapter):
    nb = read(chapter.student)
    with execute.running(nb, ROOT) as client:
        client.execute()
        seconds = float(ask(client, "import time; print(time.process_time())")[0].text)
    expected = {exercise.id: "not attempted" for exercise in registry.exercises(chapter.number)}
    assert execute.verdicts(nb) == expected
    assert seconds < BUDGET
