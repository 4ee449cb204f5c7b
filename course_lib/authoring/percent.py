"""Reader of chapter sources: Python files in jupytext's percent format.

Only what the chapters use: `# %%` and `# %% [markdown]` cells with `key=value` metadata (values in JSON), an optional
YAML header, Markdown in line comments. The exercise markers are ordinary lines here.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

CELL = re.compile(r"^# %%(?P<rest>.*)$")
OPTION = re.compile(r"\s*(?P<key>[A-Za-z_][\w-]*)=")


class SourceError(ValueError):
    """A chapter source that cannot be turned into a notebook; names the file and the line."""


@dataclass
class SourceCell:
    """One cell of a chapter source."""

    kind: str  #: "code" or "markdown"
    source: str
    line: int  #: line of its `# %%`, for messages
    metadata: dict = field(default_factory=dict)

    @property
    def tags(self) -> list[str]:
        return self.metadata.get("tags", [])


def read(path: Path) -> list[SourceCell]:
    """Cells of the chapter source at `path`."""
    return parse(path.read_text(encoding="utf-8"), str(path))


def parse(text: str, name: str = "source") -> list[SourceCell]:
    """Cells of a chapter source given as text; `name` is used in messages."""
    lines = text.splitlines()
    start = _header_end(lines)
    cells: list[SourceCell] = []
    body: list[str] = []
    for number, line in enumerate(lines[start:], start + 1):
        marker = CELL.match(line)
        if marker:
            _finish(cells, body, name)
            kind, metadata = _options(marker["rest"], f"{name}:{number}")
            cells.append(SourceCell(kind, "", number, metadata))
            body = []
        elif cells:
            body.append(line)
        elif line.strip():
            raise SourceError(f"{name}:{number}: text before the first '# %%' cell: {line!r}")
    _finish(cells, body, name)
    return cells


def _header_end(lines: list[str]) -> int:
    """Number of lines of the YAML header, `# ---` to `# ---`."""
    if not lines or lines[0].strip() != "# ---":
        return 0
    for number, line in enumerate(lines[1:], 1):
        if line.strip() == "# ---":
            return number + 1
    raise SourceError("the header that line 1 opens with '# ---' is not closed by a second '# ---'")


def _options(rest: str, where: str) -> tuple[str, dict]:
    """Kind and metadata of a cell from what follows `# %%`."""
    kind = "code"
    if "[markdown]" in rest:
        kind, rest = "markdown", rest.replace("[markdown]", "", 1)
    metadata, rest = {}, rest.strip()
    decoder = json.JSONDecoder()
    while rest:
        option = OPTION.match(rest)
        try:
            if not option:
                raise ValueError
            value, end = decoder.raw_decode(rest, option.end())
        except ValueError:
            raise SourceError(f'{where}: after "# %%" expected [markdown] and key=JSON, got {rest!r}') from None
        metadata[option["key"]] = value
        rest = rest[end:].strip()
    return kind, metadata


def _finish(cells: list[SourceCell], body: list[str], name: str) -> None:
    """Give the last cell its text, without the blank lines around it."""
    if not cells:
        return
    cell = cells[-1]
    if cell.kind == "markdown":
        body = [_uncomment(line, f"{name}:{cell.line + 1 + i}") for i, line in enumerate(body)]
    cell.source = "\n".join(body).strip("\n")


def _uncomment(line: str, where: str) -> str:
    if line.startswith("# "):
        return line[2:]
    if line == "#" or not line.strip():
        return ""
    raise SourceError(f"{where}: a line of a markdown cell begins with '# ', got {line!r}")
