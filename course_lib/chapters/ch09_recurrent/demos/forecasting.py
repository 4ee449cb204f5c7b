"""Live figures of chapter 09: a seasonal series, forecast by a recurrent network and by last year."""

from functools import lru_cache

import numpy as np

from course_lib import datasets, recurrent
from course_lib.viz import style
from course_lib.viz.figures import legend
from course_lib.viz.live import Demo, Handle, Line, Menu, Points, Slider, Text, term
from course_lib.viz.numbers import fixed

_N, _LAST, _LENGTH, _PERIOD, _FARTHEST = 300, 60, 24, 12, 24
_EPOCHS, _EVERY = 100, 2
_TARGETS = ("change against last year", "the value itself")
_CELLS = {"GRU": "gru", "LSTM": "lstm", "plain (tanh)": "rnn"}


def _standardized(noise: float):
    """The series, mean and spread of the part that may be learned, and the series in these units."""
    series = datasets.seasonal_series(_N, noise=noise)
    mean, sd = series[:-_LAST].mean(), series[:-_LAST].std()
    return series, mean, sd, (series - mean) / sd


@lru_cache(maxsize=12)
def _runs(cell: str, hidden: int, target: str, noise: float) -> list:
    """The network after 0, 2, 4, ... passes over the windows before the last values."""
    z, runs = _standardized(noise)[3], []
    windows = np.lib.stride_tricks.sliding_window_view(z, _LENGTH + 1)[:-_LAST]
    X, y = windows[:, :_LENGTH, None], windows[:, _LENGTH]
    if target == _TARGETS[0]:
        y = y - windows[:, _LENGTH - _PERIOD]
    runs.append(recurrent.train(X, y, cell, hidden, epochs=0, lr=0.005))

    def look(run):
        if run.epochs % _EVERY == 0:
            runs.append(run)

    if recurrent.train(X, y, cell, hidden, epochs=_EPOCHS, lr=0.005, on_epoch=look).epochs < _EPOCHS:
        raise KeyboardInterrupt  # `train` ends early then, and half a training is none for a figure
    return runs


class Forecast(Demo):
    """The last values of a seasonal series, forecast some steps before."""

    title = "A forecast has to beat last year"
    alt = ("First: the last sixty values of a seasonal series, the forecast of a recurrent network made the chosen "
           "number of steps before, and the seasonal-naive forecast. Second: root mean squared error of both against "
           "the number of steps ahead.")
    controls = (
        Slider("horizon", "Steps ahead", 1, _FARTHEST, 1, 1, ticks=(1, 6, 12, 18, 24)),
        Slider("epoch", "Epoch", 0, _EPOCHS, _EVERY, _EPOCHS, play=True, ticks=(0, 50, 100)),
        Menu("target", "It learns", _TARGETS, _TARGETS[0]),
        Slider("hidden", "Units", 8, 32, 8, 16, more=True, ticks=(8, 16, 24, 32)),
        Menu("cell", "Cell", tuple(_CELLS), "GRU", more=True),
        Slider("noise", "Noise of the series", 0.0, 2.0, 0.25, 0.5, more=True),
    )
    presets = {
        "One step ahead": {},
        "A year ahead": {"horizon": 12},
        "Untrained": {"epoch": 0},
        "It learns the value itself": {"target": _TARGETS[1]},
        "Less noise": {"noise": 0.25},
    }
    panels = (
        ("The last 60 values", "step", "value", (_N - _LAST - 1, _N), (14, 34)),
        ("Error on these values", "steps ahead", "root mean squared error", (0.5, _FARTHEST + 0.5), (0, 3.2)),
    )
    widths = (400, 270)
    size = (820, 320)
    caption_lines = 3
    handles = (Handle(1, "steps ahead", x="horizon", click=True,
                      at=lambda s: (s["horizon"], min(s["errors"][s["horizon"] - 1], 3.2))),)

    def background(self, axes, values):
        axes[1].set_xticks((1, 6, 12, 18, 24))
        legend(axes[0], {label: {"color": color, "linestyle": dash, "linewidth": 2.2} for label, color, dash in
                         (("series", style.GREY, "solid"), ("network", style.BLUE, "solid"),
                          ("last year", style.ORANGE, "dashed"))}, "upper center", 3)
        axes[0].set_yticks(range(15, 31, 5))

    @staticmethod
    @lru_cache(maxsize=64)
    def _forecasts(cell, hidden, target, noise, epoch) -> np.ndarray:
        """(24, 60): row h - 1 is the forecast of the last values, each from what was known h steps before. What lies
        between is forecast too, and taken for true."""
        run, (_, mean, sd, z) = _runs(cell, hidden, target, noise)[epoch // _EVERY], _standardized(noise)
        # origin k knows the values before index first + k
        first = _N - _LAST - _FARTHEST + 1
        origins = first + np.arange(_LAST + _FARTHEST - 1)
        known = np.stack([z[at - _LENGTH:at] for at in origins])
        said = np.empty((_FARTHEST, _LAST))
        for h in range(1, _FARTHEST + 1):
            new = run.predict(known[:, -_LENGTH:, None])
            if target == _TARGETS[0]:
                new = new + known[:, -_PERIOD]
            known = np.column_stack([known, new])
            start = _FARTHEST - h  # the origin that knows the values before the first of the last ones, h - 1 earlier
            said[h - 1] = new[start:start + _LAST]
        return mean + sd * said

    def state(self, horizon, epoch, target, hidden, cell, noise):
        series, said = _standardized(noise)[0], self._forecasts(_CELLS[cell], hidden, target, noise, epoch)
        true, at = series[-_LAST:], np.arange(_N - _LAST, _N)
        ahead = np.arange(1, _FARTHEST + 1)
        naive = np.stack([series[at - _PERIOD * -(-h // _PERIOD)] for h in ahead])
        error = lambda forecasts: np.sqrt(np.mean((forecasts - true) ** 2, axis=1))
        errors, naive_errors = error(said), error(naive)
        return {"at": at, "true": true, "forecast": said[horizon - 1], "naive": naive[horizon - 1], "errors": errors,
                "naive_errors": naive_errors, "horizon": horizon, "epoch": epoch, "noise": noise, "cell": cell,
                "hidden": hidden, "rmse": float(errors[horizon - 1]), "naive_rmse": float(naive_errors[horizon - 1])}

    def layers(self, s):
        ahead, now = np.arange(1, _FARTHEST + 1), s["horizon"]
        return [
            Line(0, s["at"], s["true"], color=style.GREY, width=2.6, label="series"),
            Line(0, s["at"], s["naive"], color=style.ORANGE, dash="dashed", width=1.6, label="as last year",
                 key="naive"),
            Line(0, s["at"], s["forecast"], width=2, label="network", key="network"),
            Line(1, [0.5, _FARTHEST + 0.5], [s["noise"]] * 2, color=style.GREY, dash="dotted", width=1.5,
                 label="noise of the series"),
            Text(1, _FARTHEST + 0.3, s["noise"] - 0.03 if s["noise"] else 0.42, "noise of the series",
                 color=style.for_text(style.GREY), size=11, ha="right", va="top"),
            Line(1, ahead, s["naive_errors"], color=style.ORANGE, dash="dashed", width=2, label="as last year",
                 key="naive"),
            Points(1, now, s["naive_rmse"], color=style.ORANGE, marker="s", size=9, label="as last year", key="naive"),
            Line(1, ahead, np.minimum(s["errors"], 5), width=2.4, label="network", key="network", ghost=True),
            Points(1, now, min(s["rmse"], 5), size=11, label="network", key="network"),
        ]

    def caption(self, s):
        steps = "step" if s["horizon"] == 1 else "steps"
        ratio = s["rmse"] / s["naive_rmse"]
        verdict = "better than" if ratio < 0.95 else "worse than" if ratio > 1.05 else "no better than"
        cell = s["cell"][0].upper() + s["cell"][1:]
        return (f"{cell} of {s['hidden']} units, epoch {s['epoch']}, {s['horizon']} {steps} ahead: error "
                f"{term(fixed(s['rmse']), 'network')}, as last year {term(fixed(s['naive_rmse']), 'naive')}, ratio "
                f"{fixed(ratio)}: {verdict} last year. The noise of the series, {fixed(s['noise'])}, nobody can "
                "forecast. It saw none of these 60 values in training.")

    def code(self):
        v = self.values
        change = v["target"] == _TARGETS[0]
        return "\n".join([
            "import numpy as np", "from course_lib import datasets, recurrent", "",
            f"series, horizon = datasets.seasonal_series({_N}, noise={v['noise']}), {v['horizon']}",
            f"mean, sd = series[:-{_LAST}].mean(), series[:-{_LAST}].std()",
            f"windows = np.lib.stride_tricks.sliding_window_view((series - mean) / sd, {_LENGTH + 1})",
            f"X, y = windows[:-{_LAST}, :-1, None], windows[:-{_LAST}, -1]"
            + (f" - windows[:-{_LAST}, -{_PERIOD + 1}]" if change else ""),
            f'run = recurrent.train(X, y, "{_CELLS[v["cell"]]}", {v["hidden"]}, epochs={v["epoch"]}, lr=0.005)',
            "first = len(windows) - horizon + 1",
            f"known = windows[first - {_LAST}:first, :-1]  # what was known so many steps before",
            "for _ in range(horizon):  # a forecast is taken for true",
            f"    new = run.predict(known[:, -{_LENGTH}:, None])" + (f" + known[:, -{_PERIOD}]" if change else ""),
            "    known = np.column_stack([known, new])",
            "forecast = mean + sd * new",
            f"rmse = np.sqrt(np.mean((forecast - series[-{_LAST}:]) ** 2))",
            "print(rmse)",
        ])
