"""What a student is asked at the place that was found, one question a kind of edit, and how likely each kind is."""

from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of step that can go wrong."""

    cost: float  #: the likelier, the less; edits are tried in the order of their cost
    question: str


KINDS = {
    "axis": Kind(1.0, "along which axis does this run? Write down the shape before and after."),
    "keepdims": Kind(1.0, "which shape is left after this step, and which shape does it meet next?"),
    "transpose": Kind(1.0, "write down the shapes of both sides. Does one of them lie on its side?"),
    "reduction": Kind(1.0, "how are the entries put together: added, averaged, counted, the largest, all or any?"),
    "order": Kind(1.1, "which side comes first in the formula? The order matters here."),
    "operator": Kind(1.2, "which operation stands between these two parts in the formula?"),
    "sign": Kind(1.0, "follow the sign of this part through a small example."),
    "which case": Kind(1.0, "in which cases does this hold, and in which should it?"),
    "ratio": Kind(1.1, "what is divided by what? Perhaps one of them stands upside down."),
    "condition": Kind(1.0, "try a case on each side of the border, and one on the border itself."),
    "logic": Kind(1.0, "and, or, any, all, not: how do these conditions go together?"),
    "brackets": Kind(1.0, "in which order does Python work this out? Brackets decide."),
    "nesting": Kind(1.2, "two steps follow each other here. Which of them comes first?"),
    "constant": Kind(1.3, "compare this number with the formula."),
    "start value": Kind(1.3, "with what does this have to begin?"),
    "bounds": Kind(1.2, "where does it begin, and where does it end? Count through a small case."),
    "index": Kind(1.3, "which entry, row or column is picked here, and which one is meant?"),
    "name": Kind(1.6, "is this the quantity that belongs here?"),
    "exchanged": Kind(1.6, "two quantities may have changed places. Which one belongs where?"),
    "old value": Kind(1.35, "this step needs the value from before an earlier line changed it."),
    "extra": Kind(1.4, "does the formula have this part?"),
    "missing": Kind(3.0, "a quantity of the formula is missing here."),
    "divisor": Kind(1.8, "compare the factor with the formula: samples, entries, two, or none?"),
    "count": Kind(1.4, "which number of things belongs here? Count them in the smallest input."),
    "n - 1": Kind(1.4, "N or N - 1? The text above says which."),
    "function": Kind(2.2, "before the next step the formula has one more function, power, comparison or 1 minus it."),
    "extra function": Kind(1.4, "does the formula have this function or power?"),
    "other function": Kind(1.3, "is this the function of the formula?"),
    "size": Kind(1.2, "which measure is asked for: the largest, the sum of sizes, or the root of the squares?"),
    "shape": Kind(2.0, "which shape should these numbers have at the next step?"),
    "layout": Kind(1.6, "the shape may fit, but does each number stand where it belongs? Follow one row."),
    "copy": Kind(1.4, "is this the array itself or a copy? What is written into a copy, nobody else sees."),
    "gathered": Kind(2.2, "before the next step entries are put together: added or averaged, and along which axis?"),
    "arguments": Kind(1.3, "in which order do these belong?"),
    "in place": Kind(1.1, "this changes an array that somebody else still holds."),
    "accumulate": Kind(1.1, "is the old value replaced here, or added to?"),
    "which end": Kind(1.1, "at which end does the new one belong, in front or behind? Count through three."),
    "drawn order": Kind(1.3, "in which order should these come, as they stand or as they are drawn?"),
    "statement order": Kind(1.2, "does this line belong before or after its neighbor?"),
    "loop level": Kind(1.1, "how often should this line run? Look at its indentation."),
    "stale": Kind(1.5, "when does this get its next value?"),
    "leave": Kind(1.1, "does this end the whole loop, or this round alone?"),
    "extra line": Kind(1.5, "what would be different without this line?"),
    "results": Kind(1.2, "compare what is handed back, and in which order, with the docstring."),
    "dtype": Kind(1.8, "whole numbers, numbers with decimals, or True and False: which are wanted?"),
}
LONGEST = 60  #: of the student's own text that is repeated


def sentence(kind: str, line: int, own: str, around: str = "", places: int = 1) -> str:
    """'Line 3, at `own text`: along which axis does this run? ...'

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    line : int
        Number of the line in the student's cell.
    own : str
        The student's text there; of several lines the first.
    around : str
        The expression in which `own` stands, where that alone would not tell the place.
    places : int
        In how many places the same slip was made.
    """
    where = f"`{_short(own)}` in `{_short(around)}`" if around else f"`{_short(own)}`"
    more = f" (and at {places - 1} more like it)" if places > 1 else ""
    return f"Line {line}, at {where}{more}: {KINDS[kind].question}"


def _short(text):
    text = text.strip().partition("\n")[0]
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
