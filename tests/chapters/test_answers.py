"""Wrong answers as students write them: none is accepted, and each message still has the judgement of a person."""

import answers
import pytest

KEPT = answers.read()
ANSWERS = answers.answers()


def test_every_answer_is_known_once_and_judged():
    assert [answer.key for answer in ANSWERS] == list(KEPT)
    assert len({answer.key for answer in ANSWERS}) == len(ANSWERS) > 200
    open_ones = [key for key, entry in KEPT.items() if entry["judged"] not in answers.WORDS]
    assert not open_ones, "python tests/chapters/answers.py --open shows them; judge them in judgements.toml"


def test_none_is_accepted_and_few_mislead():
    judged = [entry["judged"] for entry in KEPT.values()]
    assert judged.count("accepted") == 0
    assert judged.count("misleading") <= len(judged) / 200


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.key)
def test_the_message_is_the_one_that_was_judged(answer):
    by, says = answers.said(answer)
    assert by != "right"
    assert (by, says) == (KEPT[answer.key]["by"], KEPT[answer.key]["says"])
