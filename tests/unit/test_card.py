"""What a card shows at which try: its order, what a first failure does not say, and what is said after success."""

import json
import re
from collections import Counter
from dataclasses import replace
from html import unescape

import numpy as np
import pytest

from course_lib.exercises import (
    check,
    export_progress,
    import_progress,
    progress,
    registry,
    report,
    reset,
    solution,
    tries,
    use,
    worked,
)
from course_lib.exercises import session as notebook
from course_lib.exercises.expect import expected
from course_lib.exercises.verdict import Verdict

QUIZ = "4.35"
MOST_SAID = 180  #: characters after success: one sentence, not a second lesson


@pytest.fixture(autouse=True)
def fresh(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.json"))
    for module, names in ((notebook, ("_passed", "_said", "_hints_given", "_own")), (tries, ("_last", "_until"))):
        for name in names:
            monkeypatch.setattr(module, name, {})
    return tmp_path


def answers():
    """Wrong sigmoids of which no two are the same text; each is a cell's function."""
    for k in range(2, 20):
        yield eval(f"lambda z: 1 / (1 + np.exp(-z)) / {k} + z ** 2", {"np": np})


def right(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))


def page_of(verdict):
    return re.sub(r"<style>.*?</style>", "", verdict._repr_html_(), flags=re.DOTALL)


# --- the order ---


EVERYTHING = Verdict(
    "4.3", "sigmoid", "wrong", "WHAT YOU DID", max_points=1, differs="WHERE IT DIFFERS",
    picture="<b>PICTURE</b>", look="WHERE EXACTLY", example="EXAMPLE", inputs="INPUT", printed="PRINTED",
    warned=("WARNED",), mistake="SIG-1", by="a_diagnosis", failed=3, remark="REMARK")


def test_code_in_a_sentence_is_set_as_code_and_stays_harmless():
    card = replace(EVERYTHING, message="`B @ a`: (3, 1) times (3,)", look="Line 3, at `x < <b>`: which?")
    html = page_of(card)
    assert "<code>B @ a</code>: (3, 1)" in html and "at <code>x &lt; &lt;b&gt;</code>: which?" in html


def test_one_card_in_one_order():
    words = ["WHAT YOU DID", "WHERE IT DIFFERS", "PICTURE", "WHERE EXACTLY", "EXAMPLE", 'hint("4.3")',
             "INPUT", "PRINTED", "WARNED", "report(&quot;4.3&quot;)", "REMARK"]
    page = page_of(EVERYTHING)
    places = [page.index(word) for word in words]
    assert places == sorted(places)
    assert "SIG-1" not in page and "a_diagnosis" not in page


@pytest.mark.parametrize("failed, shown, hidden", [
    (1, ["WHAT YOU DID", "INPUT", "hint("], ["DIFFERS", "PICTURE", "EXACTLY", "EXAMPLE", "report("]),
    (2, ["WHAT YOU DID", "DIFFERS", "PICTURE", "EXACTLY", "report("], ["EXAMPLE"]),
    (3, ["WHAT YOU DID", "DIFFERS", "PICTURE", "EXACTLY", "EXAMPLE", "report("], []),
])
def test_each_failed_try_says_more(failed, shown, hidden):
    page = page_of(replace(EVERYTHING, failed=failed))
    assert all(word in page for word in shown) and not any(word in page for word in hidden)


def test_where_to_look_is_folded_and_the_input_is_taken_with_one_click():
    assert "<details><summary>Where to look</summary><div>WHERE EXACTLY</div></details>" in page_of(EVERYTHING)
    assert '<details><summary>An input to try</summary><pre tabindex="0">INPUT</pre></details>' in page_of(EVERYTHING)
    assert "user-select:all" in EVERYTHING._repr_html_()


# --- tries ---


def test_only_new_answers_are_tries():
    first, second, third, *_ = answers()
    assert [check("4.3", f).failed for f in (first, first, second, second, third)] == [1, 1, 2, 2, 3]
    kept = progress.read()["4.3"]
    assert (kept["attempts"], kept["failed"]) == (3, 3)
    assert check("4.3", right).failed == 0 and progress.read()["4.3"]["failed"] == 0
    assert check("4.3", first).failed == 1


def test_tries_last_longer_than_a_kernel(monkeypatch):
    first, second, *_ = answers()
    check("4.3", first), check("4.3", second)
    monkeypatch.setattr(tries, "_last", {})  # another kernel
    assert check("4.3", second).failed == 2
    assert check("4.3", first).failed == 3
    assert progress.read()["4.3"]["attempts"] == 3


def test_a_stub_is_no_try():
    def stub(z):
        raise NotImplementedError

    assert (check("4.3", stub).status, progress.read()) == ("not attempted", {})


def test_the_same_answer_run_again_leaves_the_file_alone(fresh):
    check("4.3", right)
    before = (fresh / "progress.json").stat().st_mtime_ns
    check("4.3", right)
    assert (fresh / "progress.json").stat().st_mtime_ns == before
    (fresh / "progress.json").unlink()
    check("4.3", right)
    assert progress.read()["4.3"]["status"] == "right"


def test_an_answer_is_told_from_another():
    one, other, same = (tries.digest({"a": np.array(values)}) for values in ([1, 2.0], [1, 2.5], [1, 2.0]))
    assert one == same != other
    assert tries.digest(np.linspace(0, 1, 5_000)) != tries.digest(np.linspace(0, 1, 5_000) ** 1.0001)
    assert tries.digest(right) == tries.digest(right) != tries.digest(fresh)
    f, g = (eval(f"lambda z: z + {k}") for k in (1, 2))  # without a text
    assert tries.digest(f) != tries.digest(g)
    for odd in (None, ..., abs, type, object(), [[]], {1: {2: 3}}):
        assert len(tries.digest(odd)) == 12


# --- statements ---


def quiz_answer(*wrong):
    truth = registry.get(QUIZ).reference
    return {key: truth[key] != (key in wrong) for key in truth}


def test_statements_cannot_be_clicked_through(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(tries.time, "monotonic", lambda: now[0])
    first, second = check(QUIZ, quiz_answer(*"abcd")), check(QUIZ, quiz_answer(*"abc"))
    assert "waits" not in first.message + second.message
    waiting = check(QUIZ, quiz_answer("a", "b"))
    assert waiting.failed == 3 and "the pointer waits for a minute" in waiting.message
    assert waiting.pointer == waiting.mistake == "" and waiting.status == "wrong"
    only_b = check(QUIZ, quiz_answer("b"))
    assert only_b.message.replace(only_b.message[-70:], "") == waiting.message.replace(waiting.message[-70:], "")
    now[0] += tries.WAIT - 1
    assert "waits" in check(QUIZ, quiz_answer("b")).message
    now[0] += 2
    shown = check(QUIZ, quiz_answer("b"))
    assert "waits" not in shown.message and shown.mistake
    assert "waits" in check(QUIZ, quiz_answer("c")).message, "a new try waits anew"
    assert check(QUIZ, quiz_answer()).status == "right", "what is right is never kept waiting"


def test_what_is_no_answer_yet_is_not_kept_waiting():
    for wrong in ("abcd", "abc", "ab"):
        said = check(QUIZ, quiz_answer(*wrong))
    assert "waits" in said.message
    for entry, words in ((..., "still to be filled in"), ("True", "without quotes")):
        assert words in check(QUIZ, quiz_answer() | {"a": entry}).message


def test_what_a_quiz_is():
    assert all(tries.is_quiz(registry.get(id)) for id in ("1.23", "1.24", "2.15", "2.30", "4.35"))
    assert not any(tries.is_quiz(registry.get(id)) for id in ("4.3", "2.1", "3.5", "4.36"))


# --- what a repeated failure and a success say ---


def test_a_small_example_from_the_third_failed_try_on():
    shown = [check("4.3", answer) for answer, _ in zip(answers(), range(3), strict=False)]
    assert [bool(verdict.example) for verdict in shown] == [False, False, True]
    names = {"np": np}
    given, _, gives = shown[2].example.partition("\n\n# gives\n")
    exec(given, names)
    assert gives == "the result = [0.5   , 0.8808, 0.2689]"
    np.testing.assert_allclose(right(names["z"]), [0.5, 0.8808, 0.2689], atol=1e-4)


@pytest.mark.parametrize("id", ["4.35", "3.5", "4.36", "2.1", "4.33"])
def test_no_example_that_would_be_the_answer(id):
    exercise = registry.get(id)
    if exercise.seconds <= worked.TRAINING:
        assert worked.example(exercise, expected(exercise)) == ""
    else:
        assert worked.example(exercise, None) == ""


def test_every_example_is_small():
    texts = [worked.example(exercise, expected(exercise)) for exercise in registry.exercises("03")]
    assert sum(map(bool, texts)) >= 10
    assert all(len(text) <= worked.LONGEST and text.count("\n") < worked.MOST_LINES for text in texts)


def test_after_success_the_sentence_of_the_exercise():
    verdict = check("4.3", right)
    assert verdict.debrief == registry.get("4.3").debrief and verdict.debrief in unescape(page_of(verdict))
    assert check("4.3", next(answers())).debrief == ""


def test_every_exercise_has_a_sentence_for_after_success():
    said = {exercise.id: exercise.debrief for exercise in registry.all_exercises()}
    assert [id for id, text in said.items() if not text.endswith(".")] == []
    assert [id for id, text in said.items() if "\n" in text or "  " in text or len(text) > MOST_SAID] == []
    assert [text for text, times in Counter(said.values()).items() if times > 1] == []


def test_the_courses_lines_only_after_success():
    with pytest.raises(ValueError, match="not passed yet"):
        solution("4.3")
    check("4.3", right)
    both = solution("4.3")
    assert "def sigmoid(z):" in both.course and "SOLUTION" not in both.course
    assert "e = np.exp(-np.abs(z))" in both.own and "def right" in both.own
    page = both._repr_html_()
    assert page.index("The course's lines") < page.index("Yours")
    with pytest.raises(KeyError):
        solution("4.999")


@pytest.mark.parametrize("exercise", registry.all_exercises(), ids=lambda exercise: exercise.id)
def test_every_exercise_has_lines_of_the_course(exercise):
    from course_lib.exercises.model_answer import course_lines

    lines = course_lines(exercise.id)
    assert lines and "#|" not in lines and "### " not in lines


# --- a message that is wrong ---


def test_a_wrong_message_is_written_into_a_file(fresh):
    with pytest.raises(ValueError, match="run its check first"):
        report("4.3")
    check("4.3", next(answers()))
    said = report("4.3")
    content = json.loads((fresh / said.name).read_text(encoding="utf-8"))
    assert content["exercise"] == "4.3" and content["message"] and content["answer"]
    assert set(content["versions"]) == {"course", "Python", "NumPy", "system"}
    text = (fresh / said.name).read_text(encoding="utf-8") + repr(said)
    assert str(fresh) not in text and "nothing was sent" in repr(said)
    assert report("4.3").name != said.name, "an earlier one is kept"


# --- begin anew, take along ---


def test_begin_anew_with_an_exercise_or_a_chapter(fresh):
    check("4.3", right), check("4.5", abs), check("3.3", abs)
    before = (fresh / "progress.json").read_text()
    assert reset("4.3").startswith("1 exercise set back")
    assert set(progress.read()) == {"4.5", "3.3"} and use("4.3") is registry.get("4.3").reference
    assert (fresh / "progress.before-reset.json").read_text() == before
    assert reset("04").startswith("1 exercise set back") and reset("4").startswith("0 exercises set back")
    assert set(progress.read()) == {"3.3"}
    assert check("4.5", abs).failed == 1
    for unknown in ("44", "4.99", "", None, 4.3, "4.²"):
        with pytest.raises(KeyError):
            reset(unknown)


def test_progress_goes_to_another_machine_and_back(fresh, monkeypatch):
    with pytest.raises(FileNotFoundError, match="check an exercise first"):
        export_progress(fresh / "mine.json")
    check("4.3", right), check("4.5", abs)
    assert export_progress(fresh / "mine.json") == "2 exercises written into mine.json."
    monkeypatch.setenv("COURSE_PROGRESS", str(fresh / "other.json"))
    check("4.3", next(answers())), check("3.3", abs)
    assert import_progress(fresh / "mine.json").startswith("2 exercises taken over from mine.json")
    kept = progress.read()
    assert {id: entry["status"] for id, entry in kept.items()} == {"3.3": "wrong", "4.3": "right", "4.5": kept["4.5"][
        "status"]}
    before = (fresh / "other.json").read_text()
    assert import_progress(fresh / "mine.json").startswith("0 exercises")
    assert (fresh / "other.json").read_text() == before


@pytest.mark.parametrize("content", ["", "[]", '{"exercises": {"4.3": 1}}', "\x00"])
def test_what_is_no_progress_file_changes_nothing(fresh, content):
    check("4.3", right)
    before = (fresh / "progress.json").read_text()
    (fresh / "theirs.json").write_text(content)
    with pytest.raises(ValueError, match=r"theirs\.json is no progress file of this course"):
        import_progress(fresh / "theirs.json")
    assert (fresh / "progress.json").read_text() == before and (fresh / "theirs.json").read_text() == content


def test_import_into_a_damaged_file_keeps_it_aside(fresh):
    check("4.3", right)
    export_progress(fresh / "mine.json")
    (fresh / "progress.json").write_text("{")
    assert "progress.damaged-1.json" in import_progress(fresh / "mine.json")
    assert progress.read()["4.3"]["status"] == "right" and (fresh / "progress.damaged-1.json").read_text() == "{"


def test_the_best_of_both():
    mine = {"status": "right", "points": 1, "attempts": 3, "first_right": "2026-02-01", "last": "2026-03-01", "note": 1}
    other = {"status": "wrong", "points": 0, "attempts": 7, "last": "2026-04-01", "badge": 1}
    both = progress._best_of_both(mine, other)
    assert both == progress._best_of_both(other, mine) == mine | other | {
        "status": "right", "points": 1, "last": "2026-04-01"}
    older = mine | {"first_right": "2026-01-01"}
    assert progress._best_of_both(mine, older)["first_right"] == "2026-01-01"


@pytest.mark.parametrize("key", ["4.²", "٤.٣", "", "4.", "x.y", "4.3.9", "-1.2"])
def test_odd_keys_in_a_file_never_matter(fresh, key):
    entry = {"status": "right", "points": 1, "attempts": 1}
    (fresh / "progress.json").write_text(json.dumps({"version": 1, "exercises": {key: entry}}))
    assert check("4.3", right).remark == ""
    assert progress.read()[key] == entry
    assert check(key, right).status == "error"


def test_a_check_never_fails_for_its_help(monkeypatch):
    def breaks(*_):
        raise RuntimeError("no")

    monkeypatch.setattr(tries, "count", breaks)
    assert check("4.3", right).status == "right" and use("4.3") is right


def test_an_example_has_few_digits_and_is_right_for_what_it_shows():
    exercise = registry.get("4.18")
    text = worked.example(exercise, expected(exercise))
    given, _, gives = text.partition("\n\n# gives\n")
    names = {"np": np}
    exec(given, names)
    exec(gives, names)
    dx, dW, db = exercise.reference(names["dout"], names["cache"])
    for name, value in (("dx", dx), ("dW", dW), ("db", db)):
        np.testing.assert_allclose(names[name], value, atol=1e-4)
    assert np.array_equal(names["dout"], np.round(names["dout"], 2)) and len(names["dout"]) > 1
