"""Grading a class: submissions in, points, feedback and exports out; nothing of it is needed to learn."""
