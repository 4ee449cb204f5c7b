"""Where each topic of the course lives; the searchable index of the start page."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path

from course_lib import page

FILE = Path(__file__).with_name("syllabus.toml")


@dataclass(frozen=True)
class Chapter:
    """A chapter as the start page lists it."""

    number: str
    title: str
    file: str


@lru_cache(maxsize=1)
def load() -> dict:
    """The whole syllabus."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def chapters() -> dict[str, Chapter]:
    """Number -> chapter, in order."""
    return {entry["number"]: Chapter(**entry) for entry in load().get("chapter", ())}


@dataclass(frozen=True)
class Entry:
    """One line of the index."""

    title: str
    chapter: Chapter
    heading: str
    exercises: tuple[str, ...]
    demos: tuple[str, ...]

    @property
    def link(self) -> str:
        """The notebook and, in JupyterLab's form, the heading inside it."""
        return f"{self.chapter.file}#{self.heading.replace(' ', '-')}"

    def matches(self, words: str) -> bool:
        """Every word occurs somewhere in the entry."""
        text = " ".join((self.title, self.heading, self.chapter.title, *self.exercises, *self.demos)).lower()
        return all(word in text for word in words.lower().split())


def entries() -> list[Entry]:
    """One entry a topic that has a section, sorted by title."""
    known = chapters()
    found = []
    for topic in load().get("topic", ()):
        number, _, heading = topic.get("section", "").partition("#")
        if number in known:
            exercises, demos = tuple(topic.get("exercises", ())), tuple(topic.get("demos", ()))
            found.append(Entry(topic["title"], known[number], heading, exercises, demos))
    return sorted(found, key=lambda entry: entry.title.lower())


def table(words: str = "") -> str:
    """The entries that match, as HTML: a list that scrolls, and above it how many there are."""
    found = [entry for entry in entries() if entry.matches(words)]
    if not found:
        return page.html(f'<p role="status">No topic matches “{escape(words)}”.</p>')
    rows = "".join(
        f'<tr><th scope="row"><a href="{escape(entry.link)}">{escape(entry.title)}</a></th>'
        f"<td>{escape(entry.chapter.number)} {escape(entry.heading)}</td>"
        f"<td>{escape(', '.join(entry.exercises))}</td></tr>"
        for entry in found
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Topic", "Where", "Exercises"))
    return page.html(
        f'<p class="quiet" role="status">{len(found)} of {len(entries())} topics</p>'
        '<div class="scroll" tabindex="0" role="region" aria-label="Topics">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


class Index:
    """The index with a search field; a plain table where widgets cannot run."""

    def __init__(self):
        import ipywidgets

        wide = ipywidgets.Layout(width="auto", max_width="420px")
        self.field = ipywidgets.Text(placeholder="softmax, XOR, gradient check ...", description="Find", layout=wide)
        self.shown = ipywidgets.HTML(table())
        self.field.observe(lambda change: self._show(change["new"]), "value")
        self.box = ipywidgets.VBox([self.field, self.shown])

    def _show(self, words: str) -> None:
        self.shown.value = table(words)

    def __repr__(self) -> str:
        return f"Index of {len(entries())} topics"

    def _repr_mimebundle_(self, **kwargs) -> dict:
        return {**self.box._repr_mimebundle_(**kwargs), "text/html": table(), "text/plain": repr(self)}


def index() -> Index:
    """The searchable index of all topics."""
    return Index()
