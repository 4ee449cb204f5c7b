"""A chapter is found by its folder, a live figure by its class; what stands twice is an error, not an overwrite."""

import pytest

from course_lib.exercises import registry
from course_lib.viz import demos
from course_lib.viz.live import Demo


def folder(place, name, **files):
    (place / name).mkdir()
    for stem, text in {"__init__": "", **files}.items():
        (place / name / f"{stem}.py").write_text(text)


def test_a_folder_is_a_chapter_by_being_there(tmp_path):
    folder(tmp_path, "ch03_perceptron")
    folder(tmp_path, "scratch")
    (tmp_path / "ch07_empty").mkdir()
    (tmp_path / "ch08_notes.py").write_text("")
    assert registry.folders.__wrapped__(tmp_path) == {"03": "ch03_perceptron"}


def test_two_folders_of_one_number_are_an_error(tmp_path):
    folder(tmp_path, "ch03_perceptron")
    folder(tmp_path, "ch03_perceptron_old")
    with pytest.raises(ImportError, match="ch03_perceptron and ch03_perceptron_old"):
        registry.folders.__wrapped__(tmp_path)


@pytest.mark.parametrize("head", ["class Gates(Demo):", "class Gates:"])
def test_two_live_figures_of_one_name_are_an_error(tmp_path, head):
    folder(tmp_path, "ch03_perceptron", demos=f"{head}\n    pass\n\nclass _Helper:\n    pass\n")
    assert demos.places.__wrapped__(tmp_path) == {"Gates": "course_lib.chapters.ch03_perceptron.demos"}
    folder(tmp_path, "ch04_backpropagation", demos=f"{head}\n    pass\n")
    with pytest.raises(ImportError, match="two live figures are called Gates"):
        demos.places.__wrapped__(tmp_path)


def test_all_that_is_found_is_a_live_figure():
    assert set(demos.ALL) == set(demos.places()) <= set(dir(demos))
    assert all(issubclass(figure, Demo) for figure in demos.ALL.values())
    with pytest.raises(AttributeError, match="no live figure 'Nobody'"):
        demos.Nobody  # noqa: B018
