"""Answers as students write them: none that is wrong is accepted, none that is right refused, and what is said to each
still has the judgement of a person.
"""

import answers
import pytest

KEPT = answers.read()
ANSWERS = answers.answers()
RIGHT = answers.answers({"right": "right.txt"})


def test_every_answer_is_known_once_and_judged():
    assert [answer.key for answer in ANSWERS] == list(KEPT)
    assert len({answer.key for answer in ANSWERS}) == len(ANSWERS) > 500
    open_ones = [key for key, entry in KEPT.items() if answers.in_all(entry) not in answers.WORDS]
    assert not open_ones, "python tests/chapters/answers.py --open shows them; judge them in judgements.toml"


@pytest.mark.parametrize("which", answers.SETS)
def test_none_is_accepted_and_few_mislead(which):
    words = [answers.in_all(KEPT[answer.key]) for answer in ANSWERS if answer.set == which]
    assert words.count("accepted") == 0
    assert words.count("misleading") <= len(words) / 200
    if which != "mended":
        assert words.count("true") + words.count("useful") >= 0.95 * len(words)


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.key)
def test_the_message_is_the_one_that_was_judged(answer):
    by, says = answers.said(answer)
    assert by != "right"
    assert (by, says) == (KEPT[answer.key]["by"], KEPT[answer.key]["says"])


@pytest.mark.parametrize("answer", [a for a in ANSWERS if "look" in KEPT[a.key]], ids=lambda answer: answer.key)
def test_the_place_is_the_one_that_was_judged(answer):
    assert answers.look(answer) == KEPT[answer.key]["look"]


@pytest.mark.parametrize("answer", [
    a for a in ANSWERS if a.set == "mended" and "look" not in KEPT[a.key]
    and KEPT[a.key]["by"] not in answers.NOT_SEARCHED], ids=lambda answer: answer.key)
def test_where_a_place_was_misleading_none_is_told(answer):
    assert not answers.look(answer)


@pytest.mark.parametrize("answer", RIGHT, ids=lambda answer: answer.key)
def test_what_is_right_is_accepted_however_it_is_written(answer):
    assert answers.said(answer) == ("right", "Right on every test.")
