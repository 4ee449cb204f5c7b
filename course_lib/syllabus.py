"""Where each topic lives: reads `syllabus.toml` and shows it as a searchable index."""

import tomllib
from functools import cache
from html import escape
from pathlib import Path

FILE = Path(__file__).with_name("syllabus.toml")


@cache
def load() -> dict:
    """The whole file as a dict with the lists "topic", "figure", "task" and "chapter"."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def topics() -> list[dict]:
    """The rows `[[topic]]`, in the order of the file."""
    return load().get("topic", [])


def chapter_title(chapter: str) -> str:
    """ "The perceptron" for "03"; empty when the syllabus does not name it."""
    return next((row["title"] for row in load().get("chapter", []) if row["id"] == chapter), "")


def chapter_file(chapter: str) -> str | None:
    """The notebook's file name, "03_perceptron.ipynb"."""
    return next((row["file"] for row in load().get("chapter", []) if row["id"] == chapter), None)


def chapter_link(chapter: str, heading: str = "") -> str:
    """HTML: the chapter's number and title, or a heading of it, linked to the notebook beside the start page."""
    text = escape(heading or f"{chapter} {chapter_title(chapter)}".strip())
    file = chapter_file(chapter)
    if file is None:
        return text
    anchor = "#" + escape(heading.replace(" ", "-"), quote=True) if heading else ""
    return f'<a href="{escape(file, quote=True)}{anchor}">{text}</a>'


def matches(topic: dict, words: str) -> bool:
    """Whether every word occurs somewhere in the topic's row."""
    return all(word in _text(topic) for word in words.lower().split())


def _text(topic):
    places = [topic["title"], topic.get("section", "")]
    for field in ("functions", "exercises", "demos"):
        places += topic.get(field, [])
    return " ".join(places).lower()


def table(words: str = "") -> str:
    """HTML table of the topics that hold all the words."""
    rows = [topic for topic in topics() if matches(topic, words)]
    if not rows:
        return f"<p>No topic of the course holds {escape(repr(words))}. Try a shorter word.</p>"
    body = "".join(_row(topic) for topic in rows)
    heads = "".join(f'<th style="text-align:left">{head}</th>' for head in ("topic", "section", "functions", "practice"))
    return (
        f'<div style="max-height:420px;overflow:auto"><table style="border-collapse:collapse;text-align:left">'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(topic):
    section = topic.get("section", "")
    chapter, _, heading = (section if isinstance(section, str) else "").partition("#")
    functions = ", ".join(f"<code>{escape(name.removeprefix('course_lib.'))}</code>" for name in topic.get("functions", []))
    practice = [f"exercise {escape(id)}" for id in topic.get("exercises", [])]
    practice += [f"<code>demos.{escape(name)}</code>" for name in topic.get("demos", [])]
    cells = (escape(topic["title"]), chapter_link(chapter, heading) if heading else "", functions, ", ".join(practice))
    return "<tr>" + "".join(f'<td style="text-align:left;padding:2px 14px 2px 0">{cell}</td>' for cell in cells) + "</tr>"


class Index:
    """The searchable index. Where widgets cannot run, the whole table is shown."""

    def __init__(self):
        import ipywidgets

        self.search = ipywidgets.Text(placeholder="a word, such as softmax", description="Search",
                                      continuous_update=True)
        self.found = ipywidgets.HTML(table())
        self.box = ipywidgets.VBox([self.search, self.found])
        self.search.observe(self._show, names="value")

    def _show(self, change):
        self.found.value = table(change["new"])

    def __repr__(self):
        return f"index of {len(topics())} topics"

    def _repr_mimebundle_(self, **kwargs):
        bundle = self.box._repr_mimebundle_(**kwargs) or {}
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        return {**data, "text/plain": repr(self), "text/html": table()}


def index() -> Index:
    """All topics of the course with a search field, linked to their chapters."""
    return Index()
