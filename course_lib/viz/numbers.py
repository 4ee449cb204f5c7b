"""Numbers in captions and labels: a true minus sign, no minus zero, as few digits as needed."""


def fixed(value, places: int = 2) -> str:
    """A number with so many decimals: 0.25, −1.30."""
    return f"{round(float(value), places) + 0.0:.{places}f}".replace("-", "−")


def signed(value, places: int = 2) -> str:
    """As `fixed`, with a plus sign before positive numbers."""
    return f"{round(float(value), places) + 0.0:+.{places}f}".replace("-", "−")


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def short(value, digits: int = 3) -> str:
    """A number of any size in so many digits: 0.25, 12300, 3.1·10⁻⁹."""
    text, _, power = f"{float(value) + 0.0:.{digits}g}".partition("e")
    times = f"·10{str(int(power)).translate(_RAISED)}" if power else ""
    text = (text + times).replace("-", "−")
    return text[2:] if text.startswith("1·10") else text
