"""Numbers in captions and labels: a true minus sign, no minus zero, as few digits as needed."""


def fixed(value, places: int = 2) -> str:
    """A number with so many decimals: 0.25, −1.30."""
    return f"{round(float(value), places) + 0.0:.{places}f}".replace("-", "−")


def signed(value, places: int = 2) -> str:
    """As `fixed`, with a plus sign before positive numbers."""
    return f"{round(float(value), places) + 0.0:+.{places}f}".replace("-", "−")


def short(value, digits: int = 3) -> str:
    """A number of any size in so many digits: 0.25, 12300, 3.1e−09."""
    return f"{float(value) + 0.0:.{digits}g}".replace("-", "−")
