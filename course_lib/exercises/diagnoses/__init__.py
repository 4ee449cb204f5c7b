"""What can be said about a wrong answer: one kind of finding a file, each a pure function of the evidence.

A diagnosis takes `Evidence` and returns a `Finding`, or None when it has nothing to say; `judge.py` asks them in order.
"""
