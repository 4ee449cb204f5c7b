"""CPU time from a slider message to the bytes sent, retraining included: `python -m benchmarks.frames [Demo ...]`."""

import argparse
import statistics
import time

from course_lib.viz import demos
from course_lib.viz.live import Demo, Image

#: milliseconds of CPU for a tick; a demo that draws an image is a boundary demo
BOUNDARY_TARGET, LINE_TARGET = 25.0, 15.0


def ticks(demo: Demo, count: int) -> list[float]:
    """Milliseconds of CPU of `count` messages that move the demo's controls in turn."""
    for control in demo.controls:  # the first tick compiles; a background that was drawn is kept
        for value in control.sample(8):
            demo.set(**{control.name: value})
        demo.reset()
    times, seq = [], 0
    while len(times) < count:
        for control in demo.controls:
            for value in control.sample(8):
                seq += 1
                start = time.process_time()
                demo._receive(None, {"client": "bench", "seq": seq, "values": {control.name: value}})
                times.append(1e3 * (time.process_time() - start))
            demo.reset()
    return times


def background(demo: Demo, count: int = 5) -> float:
    """Milliseconds of CPU of drawing the background: added to the first visit of a menu choice it depends on."""
    times = []
    for _ in range(count):
        demo._backgrounds.clear()
        start = time.process_time()
        demo._look(demo.size[0], False)
        times.append(1e3 * (time.process_time() - start))
    return statistics.median(times)


def measure(names=(), count: int = 60) -> list[dict]:
    """One row a demo: name, kind, median, 90th percentile, a new background, target, ok."""
    rows = []
    for name in names or demos.ALL:
        demo = demos.ALL[name]()
        demo._look(demo.size[0], False)
        times = ticks(demo, count)
        image = any(isinstance(layer, Image) for layer in demo.layers(demo.current))
        target = BOUNDARY_TARGET if image else LINE_TARGET
        median = statistics.median(times)
        rows.append({"demo": name, "kind": "boundary" if image else "lines", "median": median,
                     "p90": statistics.quantiles(times, n=10)[8], "background": background(demo), "target": target,
                     "ok": median < target})
    return rows


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("demos", nargs="*", help="names of demos; default all")
    parser.add_argument("--count", type=int, default=60, help="messages a demo")
    options = parser.parse_args(arguments)
    rows = measure(options.demos, options.count)
    print("CPU time from slider message to bytes sent, milliseconds")
    print(f"{'demo':22}{'kind':10}{'median':>8}{'p90':>8}{'background':>12}{'target':>8}  verdict")
    for row in rows:
        print(f"{row['demo']:22}{row['kind']:10}{row['median']:8.1f}{row['p90']:8.1f}{row['background']:12.0f}"
              f"{row['target']:8.0f}  {'ok' if row['ok'] else 'over target'}")
    return 0 if all(row["ok"] for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
