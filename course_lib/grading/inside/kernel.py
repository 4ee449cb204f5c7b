"""The kernel that runs a submission: IPython as students know it, and one more kind of request.

It lives beside the student's code, which may read and change all of it; so it knows nothing, and whatever it sends is
judged outside.
"""

import ast
import os
import types
import warnings

import numpy as np
from ipykernel.ipkernel import IPythonKernel

from course_lib import exercises
from course_lib.exercises import adapters, collect, edited, probe, stand_ins
from course_lib.grading.inside import data


class GradingKernel(IPythonKernel):
    """IPython's kernel, and requests of type `course_request`."""

    msg_types = [*IPythonKernel.msg_types, "course_request"]  # noqa: RUF012

    async def course_request(self, stream, ident, parent):
        try:
            asked = data.unpack(parent["content"]["data"], parent["buffers"])
            answer = getattr(_Desk(self.shell.user_ns), asked.pop("do"))(**asked)
        except BaseException as error:  # the student's code may have replaced anything that is used here
            answer = {"failed": f"{type(error).__name__}: {str(error)[:300]}"}
        text, arrays = data.pack(answer)
        self.session.send(stream, "course_reply", {"data": text}, parent, ident=ident, buffers=arrays)


class _Desk:
    """What the grader can ask for."""

    def __init__(self, names: dict):
        self.names = names

    def setup(self, library: dict):
        """Take the names of the library's functions and of their adapters."""
        exercises.library.update(library)
        return {}

    def keep(self, id: str, name: str, passed: bool):
        """Remember an answer as it is now: names such as `answer` are used again."""
        exercises.answers[id] = (self.names.get(name), passed)
        return {}

    def value(self, id: str, limits: dict):
        """The answer to a value exercise, as plain data."""
        answer = exercises.answers[id][0]
        if callable(answer):
            return {"callable": True}
        if collect._is_blank(answer):
            return {"value": None}
        copier = collect._Copier()
        copier.entries, copier.items = limits["entries"], limits["items"]
        return {"value": copier.copy(answer, 0)}

    def call(self, id: str, adapter: str, seconds: float, instances: list, keep: str = "", **like):
        """What the answer to a function exercise gives on the instances; `keep` names one that is to be kept first."""
        if keep:
            self.keep(id, keep, False)
        exercise = types.SimpleNamespace(call=adapters.named(adapter), reference=_some_function, **like)
        answer = exercises.answers[id][0]
        instances = [stand_ins.handed_in(tuple(instance), exercises.ask) for instance in instances]
        with exercises.at_work(id):
            return {"outcomes": collect.collect(exercise, answer, instances, seconds)}

    def test(self, id: str, title: str, name: str, parameters: list, seconds: float, replies: list):
        """What the test that a student wrote says of versions of which only these replies are known."""
        exercise = types.SimpleNamespace(
            title=title, arguments=(name,), reference=_some_function,
            call=lambda test: probe.put(title, name, parameters, test, replies))
        return {"outcomes": collect.collect(exercise, exercises.answers[id][0], [()], seconds)}

    def edited(self, id: str, adapter: str, name: str, programs: list, instances: list, seconds: float, ticks: int,
               **like):
        """What edited programs of an answer give on the instances, each beside the student's variables.

        Of one that is no program, or whose turn did not come in time, None; and the most ticks of any call.
        """
        exercise = types.SimpleNamespace(call=adapters.named(adapter), reference=_some_function, **like)
        trees = [ast.parse(program) for program in programs]
        words = {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}
        beside = edited.Beside(exercises.answers[id][0], words)
        beside.limit, given, most = ticks, [], 0

        def work():
            nonlocal most
            warnings.simplefilter("ignore")
            with np.errstate(all="ignore"):
                for tree in trees:
                    code = edited.compiled(tree.body, edited.counted(tree.body))
                    answer = code and beside.built(code, name)
                    outcomes = [] if answer else None
                    for instance in instances if answer else ():
                        outcomes.append(beside.outcome(exercise, answer, tuple(instance)))
                        most = max(most, beside.ticks)
                    given.append(outcomes)

        with exercises.at_work(id), edited.random_numbers_kept():
            collect.in_time(work, seconds)
        given = given[: len(programs)]  # a copy
        return {"outcomes": given + [None] * (len(programs) - len(given)), "ticks": most}

    def usage(self):
        """Processor seconds of this process and of its children that have ended."""
        times = os.times()
        return {"processor": sum(times[:4])}


def _some_function():
    """Stands where the exercise's reference stands outside: only that it is a function matters here."""
