"""A student's page: everything is text, nothing runs, nothing is fetched, nothing hidden is shown."""

import re
from html.parser import HTMLParser

import numpy as np
from fake import HOSTILE, answer, exercise, record

from course_lib.exercises.verdict import counter_example
from course_lib.grading.exports import Given, Gradebook
from course_lib.grading.feedback import LONGEST, POLICY, feedback, question, text

ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "strong", "bdi", "table", "tr", "td", "th",
    "div", "caption", "pre", "span", "code", "svg", "text", "rect", "ul", "li", "img", "details",
    "summary",
}  # fmt: skip


class Page(HTMLParser):
    """Collects tags and attributes, and notes what is never closed."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.open = [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def expect_harmless(html: str, policy=POLICY) -> Page:
    page = Page(html)
    assert page.open == []
    assert set(page.tags) <= ALLOWED
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in ("href", "action", "srcset")]
    assert not re.search(r"url\(|@import|https?:", re.sub(r'xmlns="http://www.w3.org/2000/svg"', "", html))
    assert ("content", policy) in page.attributes
    return page


def hostile_record():
    evil = exercise(status="error", message=f"raised {HOSTILE}\u202e\x00", mistake=HOSTILE, picture=HOSTILE,
                    inputs=HOSTILE, look=HOSTILE)
    answers = [answer(f"</pre><img src=x onerror=alert(1)>{HOSTILE}", 2, HOSTILE)]
    return record(HOSTILE, evil, name=f"{HOSTILE}\u202e\ud800", notes=[HOSTILE], answers=answers)


def test_hostile_names_and_code_stay_text():
    book = Gradebook((hostile_record(),))
    for html in (feedback(book, list(book.records)), question(book, "4.Q1")):
        expect_harmless(html)
        assert "<script" not in html and "\u202e" not in html and "\x00" not in html
        html.encode("utf-8")


def test_pages_say_points_mistakes_and_comments():
    results = [
        exercise("4.1"),
        exercise("4.2", "mistake", mistake="AFF-2", message="Look at the sum over the batch."),
        exercise("4.3", "library", message="uses course_lib.ops.sigmoid"),
        exercise("4.4", "wrong", look="Line 3, at `x < 0`: try a case on each side of the border."),
    ]
    own = record("s1", *results, name="Ana", answers=[answer("my <answer>", 4, "well argued")])
    html = feedback(Gradebook((own,)), [own])
    expect_harmless(html)
    for words in ("Feedback for Ana", "6 of 14 points", "✓ right", "a named mistake",
                  "Look at the sum over the batch.", "uses the library", "well argued", "4 of 6 points",
                  "my &lt;answer&gt;", "Where to look: Line 3, at `x &lt; 0`: try"):  # fmt: skip
        assert words in html, words
    assert "AFF-2" not in html, "a code resolves to nothing that a student has"


def test_what_waits_is_said():
    own = record("s1")
    assert "still to be read by a person: 4.Q1" in feedback(Gradebook((own,)), [own])
    lost = record("s2", exercise(status="dead"), status="dead", answers=())
    assert "not graded yet" in feedback(Gradebook((lost,)), [lost])
    given = Gradebook((lost,), given={("s2", "4.total"): Given(1, "shown in class")})
    assert "1 of 2 points" in feedback(given, [lost]) and "shown in class" in feedback(given, [lost])


def test_the_counter_example_is_shown_for_public_instances_only():
    picture = counter_example("dx", np.array([[1.0, 2.0]]), np.array([[1.0, 3.0]]))
    assert picture
    for public in (True, False):
        own = record("s1", exercise(status="wrong", picture=picture, inputs="x = 3", public=public))
        html = feedback(Gradebook((own,)), [own])
        expect_harmless(html)
        assert (picture in html) == public
        assert ("x = 3" in html) == public


def test_notes_for_the_instructor_are_not_for_the_student():
    own = record("s1", notes=["same answers as s7"])
    assert "s7" not in feedback(Gradebook((own,)), [own])


def test_endless_text_is_shortened():
    assert len(text("x" * 10 * LONGEST)) < LONGEST + 100


def test_question_page_shows_every_answer_once_and_who_gave_none():
    records = tuple(record(f"s{i}", answers=[answer(f"words {i}")]) for i in range(3))
    html = question(Gradebook((*records, record("empty", answers=[answer("  ")]))), "4.Q1")
    expect_harmless(html)
    assert [html.count(f"words {i}") for i in range(3)] == [1, 1, 1]
    assert "Why is it so?" in html and "No answer: <bdi>empty</bdi>" in html and "3 answers" in html
