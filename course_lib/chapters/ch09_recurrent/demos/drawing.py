"""What the diagrams of chapter 09 share: arrows between nodes."""

import numpy as np

from course_lib.viz.live import Line


def arrow(panel: int, start, end, head: float = 0.16, gap: float = 0.0, **look) -> Line:
    """A line from start to end, its point `gap` before the end; `head` is the point's size in units of the axes."""
    start, end = np.asarray(start, float), np.asarray(end, float)
    along = (end - start) / np.linalg.norm(end - start)
    end = end - gap * along
    across = head * 0.6 * np.array([-along[1], along[0]])
    back = end - head * along
    x, y = np.transpose([start, end, back + across, end, back - across])
    return Line(panel, x, y, **look)
