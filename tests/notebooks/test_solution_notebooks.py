"""The saved solution notebooks: every check is right. That their results are still true, nbval holds by running them:
`pytest --nbval-lax solutions`.
"""

from conftest import read

from course_lib.authoring import execute
from course_lib.exercises import registry


def test_every_saved_verdict_is_right(chapter):
    expected = {exercise.id: "right" for exercise in registry.exercises(chapter.number)}
    assert execute.verdicts(read(chapter.solution)) == expected


def test_saved_pictures_are_small_enough_for_a_chapter_of_many(chapter):
    pages = [output.data["text/html"] for cell in read(chapter.solution).cells for output in cell.get("outputs", [])
             if "course-picture" in output.get("data", {}).get("text/html", "")]
    assert max(map(len, pages), default=0) <= 100_000
    assert chapter.solution.stat().st_size <= 3_000_000
