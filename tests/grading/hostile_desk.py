"""A worker with tasks that do what a stranger's file could lead to; see test_reading.py."""

import ast
import os
import sys
import time

import numpy as np

from course_lib.grading import desk

SHORT = 1.0


def adds(watch, a, b):
    return (a + b,)


def who(watch):
    return (os.getpid(),)


def spins(watch):
    with watch.reading("x", SHORT):
        while True:
            pass


def sleeps(watch):
    watch.waiting("x", SHORT)
    time.sleep(1_000)


def grows(watch):
    kept = []
    with watch.reading("x", 60.0):
        while True:
            kept.append(np.empty(10**8))


def floods(watch):
    return None, *[bytes(70_000_000)] * 2


def ends(watch):
    os._exit(7)


def crashes(watch):
    os.abort()


def recurses(watch):
    return (recurses(watch),)


def deep(watch, terms):
    node, depth = ast.parse(" + ".join(["1"] * terms)).body[0].value, 1
    ast.unparse(node)  # calls itself at every level
    while isinstance(node, ast.BinOp):
        node, depth = node.left, depth + 1
    return (depth,)


if __name__ == "__main__":
    tasks = (adds, who, spins, sleeps, grows, floods, ends, crashes, recurses, deep)
    desk.TASKS |= {task.__name__: task for task in tasks}
    desk.main(sys.argv[1:])
