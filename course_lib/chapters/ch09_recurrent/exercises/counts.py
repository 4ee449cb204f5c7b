"""Exercises without a function: parameters, patterns, gradients after fifty steps."""

import numpy as np

from course_lib.chapters.ch09_recurrent.exercises.common import numbered
from course_lib.exercises.define import all_filled, letter
from course_lib.exercises.model import Exercise, Mistake

# --- parameters ---

_D, _H = 38, 128


def _cells(blocks, D=_D, H=_H, biases=1):
    """Parameters of a cell with so many blocks, each with so many biases a unit."""
    return blocks * H * (D + H + biases)


_COUNTS = {
    "rnn": _cells(1),
    "output": _D * (_H + 1),
    "lstm": _cells(4),
    "gru_no_bias": _cells(3, biases=0),
    "gru_pytorch": _cells(3, biases=2),
    "lstm_2_layers": _cells(4) + _cells(4, D=_H),
    "lstm_both_ways": 2 * _cells(4),
}


def _counted(id, key, value, say):
    """A mistake in one of the numbers."""
    return Mistake(id, _COUNTS | {key: value}, f"{key}: {say}")


PARAMETERS = Exercise(
    id="9.12",
    title="how many parameters",
    debrief="The upper LSTM layer has one and a half times the weights of the lower one, 131,584 against 85,504: it "
            "reads 128 numbers a step, not 38.",
    kind="value",
    reference=_COUNTS,
    instances=lambda rng: [()],
    call=numbered(*_COUNTS),
    rtol=0,
    atol=0.1,
    mistakes=(
        _counted("RCN-a", "rnn", _cells(1, biases=0), "that is without the biases. Each unit has one."),
        _counted("RCN-b", "rnn", _D * _H + _H, "these are Wx and b. What carries the past?"),
        _counted("RCN-c", "rnn", _cells(1) + _COUNTS["output"], "that is with the output layer, which is asked for by "
                 "itself."),
        _counted("RCN-d", "rnn", 25 * _cells(1), "every step uses the same weights: they count once."),
        _counted("RCN-e", "rnn", _cells(1, biases=2), "that is with two biases a unit, as PyTorch has them. Ours has "
                 "one."),
        _counted("RCN-f", "rnn", _D * _H + _H + 1, "Wh has a weight from each unit to each unit."),
        _counted("RCN-g", "output", _D * _H, "the 38 scores have a bias each."),
        _counted("RCN-h", "output", _H * (_D + 1), "one bias for each score, not for each unit."),
        _counted("RCN-i", "output", (_D + _H) * _D, "the output reads the state alone."),
        _counted("RCN-j", "lstm", _cells(4, biases=0), "that is without the biases. Each unit has one in each block."),
        _counted("RCN-k", "lstm", _cells(1), "that is one block. How many scores has a unit of an LSTM?"),
        _counted("RCN-l", "lstm", _cells(3), "three gates, and the candidate: that makes four blocks."),
        _counted("RCN-m", "lstm", 4 * (_D * _H + _H), "each block reads the state as well."),
        _counted("RCN-n", "lstm", _cells(4, biases=2), "that is with two biases in each block, as PyTorch has them. "
                 "Ours has one."),
        _counted("RCN-o", "lstm", 4 * _H * (_D + _H) + _H, "each of the four blocks has biases of its own."),
        _counted("RCN-p", "lstm", _cells(4) + _COUNTS["output"], "that is with the output layer."),
        _counted("RCN-q", "lstm", _cells(4) + 2 * _H, "state and cell are numbers that come and go with a text; "
                 "nothing in them is learned."),
        _counted("RCN-r", "gru_no_bias", _cells(3), "that is with biases."),
        _counted("RCN-s", "gru_no_bias", _cells(4, biases=0), "a GRU has two gates and a candidate: how many blocks?"),
        _counted("RCN-t", "gru_no_bias", _cells(2, biases=0), "the candidate has weights as well as the two gates."),
        _counted("RCN-u", "gru_pytorch", _cells(3), "that is with one bias for each block. PyTorch has one beside W "
                 "and one beside U."),
        _counted("RCN-v", "gru_pytorch", _cells(3) + _H, "a second bias in the candidate alone would be enough, but "
                 "PyTorch has it in all three blocks."),
        _counted("RCN-w", "gru_pytorch", _cells(3, biases=0), "that is without biases."),
        _counted("RCN-x", "gru_pytorch", _cells(3, biases=0) + 6, "a bias is one number for each unit, not one for "
                 "each block."),
        _counted("RCN-y", "lstm_2_layers", 2 * _cells(4), "the second layer reads 128 numbers, not 38."),
        _counted("RCN-z", "lstm_2_layers", _cells(4) + _cells(4, D=2 * _H), "the second layer reads the states of the "
                 "first, 128 numbers, and its own 128."),
        _counted("RCN-aa", "lstm_2_layers", _cells(4, D=_H), "that is the second layer. The first one is there, too."),
        _counted("RCN-ab", "lstm_2_layers", _cells(4, H=2 * _H), "that is one layer with 256 units."),
        _counted("RCN-ac", "lstm_both_ways", _cells(4), "the way back has weights of its own."),
        _counted("RCN-ad", "lstm_both_ways", _cells(4, H=2 * _H), "256 units in one direction read each other; here "
                 "two times 128 do not."),
        _counted("RCN-ae", "lstm_both_ways", _cells(4) + _cells(4, D=_H), "these are two layers, one on the other. "
                 "Both directions read the characters themselves."),
        _counted("RCN-ag", "output", _H * (_H + 1), "that is a layer from 128 units to 128. How many scores are "
                "there?"),
        _counted("RCN-ah", "gru_pytorch", _cells(4), "that is an LSTM. A GRU has three blocks, PyTorch's with two "
                 "biases each."),
        _counted("RCN-ai", "rnn", _cells(1) + _D, "that is with the biases of the output. The cell has one for each of "
                 "its units."),
        _counted("RCN-al", "rnn", _D * _H + _H * _H + _D, "that is with a bias for each input. There is one for each "
                 "unit."),
        _counted("RCN-aj", "lstm_2_layers", _cells(4) + _cells(4, D=_D + _H), "the second layer reads the states of "
                 "the first alone, and not the characters once more."),
        _counted("RCN-ak", "lstm_both_ways", 2 * _cells(4) + _D * (2 * _H + 1), "that is with an output layer, which "
                 "is not asked for here."),
        Mistake("RCN-af", _COUNTS | {"rnn": 21_376 * 2, "lstm": 85_504 * 2}, "rnn: twice as many as there are, and "
                "lstm as well. How often does a unit read each input?"),
    ),
    hints=(
        "Count one block first: each of the 128 units has a weight for each input, one for each unit, and a bias.",
        "one block H (D + H + 1): the plain net has 1, the GRU 3, the LSTM 4; output V (H + 1).",
        "rnn = 128 * (38 + 128 + 1)",
    ),
    reminders={"type": "a dict of seven whole numbers", "value": "blocks times units times (inputs + units + biases)"},
    points=2,
    minutes=10, level=2, core=False,
    skeleton='counts = {"rnn": ..., "output": ..., "lstm": ..., "gru_no_bias": ..., "gru_pytorch": ...,\n'
             '          "lstm_2_layers": ..., "lstm_both_ways": ...}',
)

# --- patterns ---

_TASKS = {"sentiment": "c", "caption": "b", "translation": "d", "tags": "e", "picture": "a", "forecast": "c",
          "video": "e", "music": "b"}


def _patterns(answer):
    all_filled(answer, _TASKS, ", each with a letter a to e")
    return {key: letter(answer, key, "abcde") for key in _TASKS}


def _taken_for(id, key, value, say):
    return Mistake(id, _TASKS | {key: value}, f"{key}: {say}")


PATTERNS = Exercise(
    id="9.13",
    title="which pattern",
    debrief="The pattern decides at which steps there is a loss, and so how many steps its gradient has to travel.",
    kind="value",
    reference=_TASKS,
    instances=lambda rng: [()],
    call=_patterns,
    mistakes=(
        _taken_for("PTN-a", "sentiment", "e", "one answer for the review, at its end, and not one after each word."),
        _taken_for("PTN-b", "sentiment", "a", "what goes in is a sequence of words."),
        _taken_for("PTN-c", "sentiment", "b", "the sequence is on the other side: what goes in, and what comes out?"),
        _taken_for("PTN-d", "caption", "a", "a sentence is a sequence: what comes out has many words."),
        _taken_for("PTN-e", "caption", "c", "the sequence is on the other side: what goes in, and what comes out?"),
        _taken_for("PTN-f", "caption", "d", "only the sentence is a sequence here; the picture is there at once."),
        _taken_for("PTN-g", "caption", "e", "there is one picture, and not one for each word."),
        _taken_for("PTN-h", "translation", "e", "word by word would force both languages into one order and one "
                   "length."),
        _taken_for("PTN-i", "translation", "c", "a whole sentence comes out, not one answer."),
        _taken_for("PTN-j", "translation", "b", "a whole sentence goes in, word after word."),
        _taken_for("PTN-k", "tags", "d", "every word gets its tag: the answers are as many as the words and in their "
                   "order."),
        _taken_for("PTN-l", "tags", "c", "one answer for each word is wanted."),
        _taken_for("PTN-m", "picture", "c", "the picture is there at once: nothing comes step by step, and no network "
                   "with a memory is needed."),
        _taken_for("PTN-n", "picture", "b", "one word comes out, no sequence."),
        _taken_for("PTN-o", "forecast", "e", "one value for a window of twelve is asked for."),
        _taken_for("PTN-p", "forecast", "a", "twelve values go in, one after the other."),
        _taken_for("PTN-q", "forecast", "d", "one value comes out; a sequence would be a forecast of several months."),
        _taken_for("PTN-r", "video", "d", "the answer to a frame may not wait until the film is over."),
        _taken_for("PTN-s", "video", "c", "one answer for each frame is wanted."),
        _taken_for("PTN-t", "video", "a", "a frame is understood better with what came before; there is a sequence of "
                   "them."),
        _taken_for("PTN-u", "music", "c", "the sequence is on the other side: what goes in, and what comes out?"),
        _taken_for("PTN-v", "music", "e", "one name goes in, and not one for each note."),
        _taken_for("PTN-w", "music", "a", "a melody is a sequence of notes."),
        _taken_for("PTN-x", "music", "d", "one name goes in; it is no sequence that has to be read first."),
        _taken_for("PTN-aa", "sentiment", "d", "one word comes out, whether kind or not: no sequence."),
        _taken_for("PTN-ab", "translation", "a", "a sentence is a sequence of words, before and after."),
        _taken_for("PTN-ac", "tags", "a", "a sentence goes in word by word, and a tag depends on the words before."),
        _taken_for("PTN-ad", "tags", "b", "the words are a sequence as well, and not only the tags."),
        _taken_for("PTN-ae", "picture", "d", "neither is a sequence: one picture goes in, one word comes out."),
        _taken_for("PTN-af", "picture", "e", "neither is a sequence: one picture goes in, one word comes out."),
        _taken_for("PTN-ag", "forecast", "b", "the sequence is on the other side: what goes in, and what comes out?"),
        _taken_for("PTN-ah", "video", "b", "the frames that go in are a sequence as well."),
        Mistake("PTN-y", _TASKS | {"tags": "d", "video": "d", "translation": "e"}, "translation: the letters d and e "
                "are exchanged. In which task are the answers in step with the inputs?"),
        Mistake("PTN-z", _TASKS | {"sentiment": "b", "forecast": "b", "caption": "c", "music": "c"}, "sentiment: the "
                "letters b and c are exchanged. Which of the two words says what goes in?"),
    ),
    hints=(
        "Ask twice: is what goes in a sequence? Is what comes out one? And if both are: may the first answer come "
        "before the last input?",
        "one in, many out: b; many in, one out: c; both many, in step: e; both many, but read to the end first: d.",
        '"sentiment": "c", since many words go in and one answer comes out',
    ),
    reminders={"type": "a dict with a letter a to e for each task", "value": "what goes in, what comes out, and when"},
    points=2,
    minutes=6, level=1, core=True,
    skeleton='patterns = {"sentiment": ..., "caption": ..., "translation": ..., "tags": ..., "picture": ..., '
             '"forecast": ...,\n            "video": ..., "music": ...}',
)

# --- fifty steps back ---

_LEFT = {"predicted_09": 0.9**50, "predicted_11": 1.1**50, "tanh_09": 5.3181e-8, "tanh_11": 8.5233e-5,
         "tanh_16": 4.5471, "relu_09": 2.1799e-12, "why": "b"}
_LENGTHS = [key for key in _LEFT if key != "why"]


def _lengths(answer):
    all_filled(answer, _LEFT)
    chosen = letter(answer, "why", "abcd")
    return numbered(*_LENGTHS)({key: answer[key] for key in _LENGTHS}) | {"why": chosen}


def _misjudged(id, key, value, say):
    return Mistake(id, _LEFT | {key: value}, f"{key}: {say}")


def _in_logs(log):
    return _LEFT | {key: float(log(_LEFT[key])) for key in _LENGTHS}


VANISHING = Exercise(
    id="9.14",
    title="fifty steps back",
    debrief="At radius 1.1 the slopes of tanh outweigh the growth: of a gradient of length 1 the linear net makes "
            "117, tanh leaves 0.000085.",
    kind="value",
    reference=_LEFT,
    instances=lambda rng: [()],
    call=_lengths,
    rtol=0.03,
    atol=0.0,
    mistakes=(
        _misjudged("VAN-a", "predicted_09", 45.0, "0.9 times 50? Each step multiplies once more: what is left after "
                   "two steps?"),
        _misjudged("VAN-b", "predicted_11", 55.0, "1.1 times 50? Each step multiplies once more: what is left after "
                   "two steps?"),
        _misjudged("VAN-c", "predicted_09", 0.9**49, "that is after 49 steps."),
        _misjudged("VAN-d", "predicted_11", 1.1**49, "that is after 49 steps."),
        _misjudged("VAN-e", "predicted_09", 0.1**50, "at each step 0.9 is left, and 0.1 lost."),
        _misjudged("VAN-f", "predicted_09", 0.9, "that is after one step. There are fifty."),
        _misjudged("VAN-g", "predicted_11", 1.1, "that is after one step. There are fifty."),
        _misjudged("VAN-h", "predicted_11", 1.0, "above 1 it grows at each step. By how much after fifty?"),
        _misjudged("VAN-i", "tanh_09", 0.9**50, "that is the prediction for a linear net. The measured one has passed "
                   "fifty slopes of tanh as well."),
        _misjudged("VAN-j", "tanh_11", 1.1**50, "that is the prediction for a linear net. The measured one has passed "
                   "fifty slopes of tanh as well."),
        _misjudged("VAN-k", "tanh_16", 1.6**50, "that is the prediction for a linear net. The measured one has passed "
                   "fifty slopes of tanh as well."),
        _misjudged("VAN-l", "relu_09", 0.9**50, "that is the prediction for a linear net. What does ReLU do to units "
                   "with a negative score?"),
        _misjudged("VAN-m", "why", "a", "for a positive score, however large, the slope of ReLU is 1."),
        _misjudged("VAN-n", "why", "c", "nothing is clipped here."),
        _misjudged("VAN-o", "why", "d", "rounding loses about one part in 10^16 at each step."),
        Mistake("VAN-p", _LEFT | {"tanh_09": _LEFT["relu_09"], "relu_09": _LEFT["tanh_09"]}, "tanh_09: the numbers of "
                "tanh and ReLU at 0.9 are exchanged."),
        Mistake("VAN-q", _LEFT | {"predicted_09": _LEFT["predicted_11"], "predicted_11": _LEFT["predicted_09"]},
                "predicted_09: the two predictions are exchanged. Below 1 a product of many factors shrinks."),
        Mistake("VAN-r", _in_logs(np.log10), "predicted_09: these are powers of ten. The lengths themselves are asked "
                "for."),
        Mistake("VAN-s", _in_logs(np.log), "predicted_09: these are logarithms. The lengths themselves are asked for."),
        Mistake("VAN-t", _LEFT | {"tanh_09": _LEFT["tanh_11"], "tanh_11": _LEFT["tanh_09"]}, "tanh_09: the numbers of "
                "radius 0.9 and 1.1 are exchanged."),
        _misjudged("VAN-aa", "predicted_09", 0.9**51, "that is after 51 steps."),
        _misjudged("VAN-ab", "predicted_11", 1.1**51, "that is after 51 steps."),
        _misjudged("VAN-ac", "predicted_09", 0.9**100, "that is after a hundred steps, or the square: a length is "
                   "multiplied by the radius once a step."),
        _misjudged("VAN-ad", "predicted_09", 100 * 0.9**50, "in percent? The first length was 1: which part of it is "
                   "left?"),
        _misjudged("VAN-ae", "predicted_09", 50**0.9, "base and exponent are exchanged: 0.9 is multiplied with itself, "
                   "and 50 says how often."),
        _misjudged("VAN-af", "relu_09", _LEFT["tanh_09"], "that is the number of the tanh. The activation is the "
                   "second argument of length_left."),
        _misjudged("VAN-ag", "tanh_09", _LEFT["relu_09"], "that is the number of ReLU. The activation is the second "
                   "argument of length_left."),
        _misjudged("VAN-ah", "tanh_11", _LEFT["tanh_16"], "that is the number of radius 1.6."),
        _misjudged("VAN-ai", "tanh_16", _LEFT["tanh_11"], "that is the number of radius 1.1."),
        _misjudged("VAN-aj", "predicted_09", 0.01, "that is rounded to two places behind the point, which leaves no "
                   "digit that counts: print it with :.2e."),
        _misjudged("VAN-ak", "relu_09", 1.5355e-7, "that is the number of radius 1.1."),
        _misjudged("VAN-al", "tanh_16", 1.6, "that is the radius. The length after fifty steps is asked for."),
        _misjudged("VAN-am", "tanh_09", 0.9, "that is the radius. The length after fifty steps is asked for."),
        _misjudged("VAN-an", "tanh_09", 5e-8, "that is rounded to one digit. Two are asked for: print it with :.1e."),
        _misjudged("VAN-ao", "tanh_11", 9e-5, "that is rounded to one digit. Two are asked for: print it with :.1e."),
        _misjudged("VAN-ap", "relu_09", 2e-12, "that is rounded to one digit. Two are asked for: print it with :.1e."),
        _misjudged("VAN-aq", "predicted_09", 0.9**-50, "that grows. Below 1 a product of many factors shrinks: which "
                   "way round is the fraction?"),
        _misjudged("VAN-ar", "predicted_11", 1.1**-50, "that shrinks. Above 1 a product of many factors grows: which "
                   "way round is the fraction?"),
        _misjudged("VAN-as", "predicted_09", 0.9**25, "that is after 25 steps. There are fifty."),
        _misjudged("VAN-at", "predicted_11", 1.1**25, "that is after 25 steps. There are fifty."),
        _misjudged("VAN-w", "predicted_09", 1 - 50 * 0.1, "each step takes a tenth of what is left, not of what was "
                   "there at first."),
        _misjudged("VAN-x", "predicted_11", 1 + 50 * 0.1, "each step adds a tenth of what is there, not of what was "
                   "there at first."),
        _misjudged("VAN-y", "predicted_09", _LEFT["tanh_09"], "that is what is measured with tanh. The prediction is "
                   "for a linear net, where a step multiplies by the radius alone."),
        _misjudged("VAN-z", "tanh_11", 0.0, "small, but not zero: print more digits, such as with :.2e."),
        _misjudged("VAN-u", "relu_09", 0.0, "small, but not zero: print more digits, such as with :.2e."),
        _misjudged("VAN-v", "tanh_09", 0.0, "small, but not zero: print more digits, such as with :.2e."),
    ),
    hints=(
        "A rotation keeps lengths, so in a linear net only the radius is left at each step. Then call the function "
        "for the four measured numbers.",
        "without tanh: radius^50; with it fifty slopes below 1 come as factors as well.",
        '"predicted_09": 0.9**50',
    ),
    reminders={"type": "a dict of six numbers and a letter", "value": "lengths after fifty steps, two digits are "
               "enough"},
    points=2,
    minutes=12, level=2, core=True,
    skeleton='vanishing = {"predicted_09": ..., "predicted_11": ..., "tanh_09": ..., "tanh_11": ..., "tanh_16": ..., '
             '"relu_09": ...,\n             "why": ...}',
)

EXERCISES = (PARAMETERS, PATTERNS, VANISHING)
