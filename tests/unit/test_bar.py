"""How far a long run is: in a notebook a bar that stays there, elsewhere nothing."""

from types import SimpleNamespace

import IPython
import pytest

from course_lib.nn import bar


@pytest.fixture
def shown(monkeypatch):
    """What a notebook was given, first and in each update."""
    pictures = []
    display = SimpleNamespace(update=lambda picture, raw: pictures.append(picture))
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=True))
    monkeypatch.setattr(IPython.display, "display", lambda picture, **_: pictures.append(picture) or display)
    return pictures


def test_the_last_state_stays_without_a_widget(shown):
    progress = bar.Bar(12)
    for epoch in range(1, 13):  # faster than ten times a second
        progress.show(epoch, f"epoch {epoch} of 12, loss < 1")
    assert 1 <= len(shown) < 6
    progress.draw()
    assert set(shown[-1]) == {"text/html", "text/plain"}
    assert 'max="12" value="12"' in shown[-1]["text/html"] and "epoch 12 of 12, loss &lt; 1" in shown[-1]["text/html"]
    assert shown[-1]["text/plain"] == "12 of 12: epoch 12 of 12, loss < 1"


def test_outside_of_a_notebook_nothing_is_shown(shown, monkeypatch):
    monkeypatch.setattr(IPython, "get_ipython", lambda: None)
    progress = bar.Bar(3)
    progress.show(3, "done")
    progress.draw()
    assert shown == []
