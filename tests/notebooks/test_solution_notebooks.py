"""The saved solution notebooks: every check is right. That their results are still true, nbval holds by running them:
`pytest --nbval-lax solutions`.
"""

from conftest import read

from course_lib.authoring import execute
from course_lib.exercises import registry


def test_every_saved_verdict_is_right(chapter):
    expected = {exercise.id: "right" for exercise in registry.exercises(chapter.number)}
    assert execute.verdicts(read(chapter.solution)) == expected
