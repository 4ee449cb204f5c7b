"""What all tests share: Numba blocked on demand, skips for stated reasons, and a report that `course test` reads.

COURSE_BLOCK_NUMBA=1 runs the tests as on a machine where Numba does not exist (a browser, an odd processor); what is
about compiled code is then no part of the run. COURSE_REQUIRE_ALL=1 makes every skip a failure. COURSE_REPORT names a
file for the counts and the reasons of the skips.
"""

import gc
import json
import os
import sys
from collections import Counter

import needs
import pytest

BLOCKED = os.environ.get("COURSE_BLOCK_NUMBA") == "1"
if BLOCKED:
    sys.modules["numba"] = None


def pytest_collection(session):
    """Thousands of tests are collected, none of which is garbage: to look for some takes a third of that time."""
    gc.disable()


def pytest_collection_finish(session):
    gc.collect()
    gc.freeze()  # nor is it later, when garbage of the tests is looked for
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    if BLOCKED:
        about_numba = [item for item in items if any("Numba" in mark.args for mark in item.iter_markers("needs"))]
        config.hook.pytest_deselected(items=about_numba)
        items[:] = [item for item in items if item not in set(about_numba)]
    # xdist 3.8 writes the group of a test into its id, where pytest 9.2 does not read it any more: without this the
    # tests of one group, which share what is dear to make, would go to several processes
    if getattr(config.option, "loadgroup", False) and hasattr(pytest.Item, "id"):
        for item in items:
            group = "_".join(str(mark.args[0]) for mark in item.iter_markers("xdist_group"))
            if group and not item.nodeid.endswith(f"@{group}"):
                item._id = type(item.id).parse(f"{item.nodeid}@{group}")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    for mark in item.iter_markers("needs"):
        for name in mark.args:
            needs.require(name)


def reason(report) -> str:
    """Why a test or a file was skipped."""
    return str(report.longrepr[2]).removeprefix("Skipped: ")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    return _forbidden((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return _forbidden((yield))


def _forbidden(report):
    if os.environ.get("COURSE_REQUIRE_ALL") and report.skipped and not reason(report).startswith(needs.SYSTEM):
        report.outcome, report.longrepr = "failed", f"COURSE_REQUIRE_ALL=1 forbids this skip: {reason(report)}"
    return report


class Demos(dict):
    """name -> the live figure, made when it is first asked for."""

    def __missing__(self, name):
        from course_lib.viz import demos

        self[name] = demos.ALL[name]()
        return self[name]


@pytest.fixture(scope="session")
def made():
    """One object of each live figure for all tests, which begin with a reset; its backgrounds are drawn once."""
    return Demos()


class Tally:
    """Counts outcomes and reasons, in the one process that hears of all of them."""

    def __init__(self, path):
        self.path, self.counts, self.skipped = path, Counter(), Counter()

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or not report.passed:
            self.counts[report.outcome] += 1
        if report.skipped:
            self.skipped[reason(report)] += 1

    def pytest_collectreport(self, report):
        if not report.passed:
            self.counts[report.outcome] += 1
        if report.skipped:
            self.skipped[reason(report)] += 1

    def pytest_sessionfinish(self):
        with open(self.path, "w", encoding="utf-8") as file:
            json.dump({**self.counts, "reasons": self.skipped}, file)


def pytest_configure(config):
    config.addinivalue_line("markers", "needs(name, ...): skipped where one of these is missing; see needs.py")
    path = os.environ.pop("COURSE_REPORT", "")  # not for a pytest that a test starts
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Tally(path))
