"""The class overview: right numbers, plots with words, hostile names as text."""

from xml.etree import ElementTree

from fake import HOSTILE, exercise, record
from test_feedback import expect_harmless, hostile_record

from course_lib.grading import overview
from course_lib.grading.exports import Gradebook
from course_lib.grading.feedback import POLICY


def a_class() -> Gradebook:
    wrong = exercise("4.2", "mistake", mistake="AFF-2")
    records = [record(f"s{i}", exercise("4.1"), wrong if i < 3 else exercise("4.2"), answers=()) for i in range(4)]
    blank = exercise("4.1", "not attempted"), exercise("4.2", "not attempted")
    records.append(record("blank", *blank, status="partial"))
    return Gradebook(tuple(records), missing=("absent",))


def test_numbers():
    html = overview.overview(a_class(), remarks=["a link, left out"])
    expect_harmless(html, f"{POLICY}; img-src 'self' file:")
    assert "4.2 title of 4.2: 1 of 4 right; 4.1 title of 4.1: 4 of 4 right" in html
    assert "AFF-2 in 4.2: 3" in html
    assert "absent" in html and "a link, left out" in html and "sandbox: bwrap" in html


def test_score_distribution_counts_everybody_once():
    html = overview.scores([0, 0.5, 5, 9.9, 10], 10)
    assert "0 to 10 %: 2; " in html and "50 to 60 %: 1; " in html and "90 to 100 %: 2" in html
    assert "mean 5.1, median 5" in html


def test_plots_are_svg_with_alternative_text():
    svg = overview.bars("What <it> is", [("a & b", 3, "3"), (HOSTILE, 0, "0")])
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img" and root.get("aria-label").startswith("What <it> is: a & b: 3; ")
    widths = [float(node.get("width")) for node in root.iter("{http://www.w3.org/2000/svg}rect")]
    assert widths[0] > 100 and widths[1] == 0


def test_hostile_names_stay_text():
    html = overview.overview(Gradebook((hostile_record(),), missing=(HOSTILE,)), remarks=[HOSTILE])
    expect_harmless(html, f"{POLICY}; img-src 'self' file:")


def test_an_empty_class_has_a_page():
    expect_harmless(overview.overview(Gradebook(())), f"{POLICY}; img-src 'self' file:")


def test_times():
    svg = overview.times({"a": {"wall": 1.0}, "b": {"wall": 7.5}, "c": {}})
    assert "0 to 2 s: 1" in svg and "5 to 10 s: 1" in svg and "2 submissions, 8 s together" in svg
    ElementTree.fromstring(svg)
