"""Notebooks of an earlier edition: all that their cells took from the course is still found."""

import json
from pathlib import Path

import pytest

EARLIER = json.loads((Path(__file__).parent / "earlier_edition.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", EARLIER)
def test_names_of_an_earlier_notebook_resolve(name):
    found: dict = {}
    for line in EARLIER[name]["imports"]:
        exec(line, found)
    for dotted in EARLIER[name]["names"]:
        module, attribute = dotted.split(".")
        assert getattr(found[module], attribute) is not None, dotted


def test_what_never_was_is_not_found():
    with pytest.raises(ImportError):
        exec("from course_lib.experiments import ch77")
    with pytest.raises((ImportError, AttributeError)):
        exec("from course_lib.doctor import nobody")
