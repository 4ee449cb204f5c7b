"""Pictures: one style, static figures, and the live figures a reader moves by hand."""

from course_lib.viz import graph
from course_lib.viz.predict import predict

__all__ = ["graph", "predict"]
