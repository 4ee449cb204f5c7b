"""The end of code that does not end: it runs in a thread of its own, into which an exception is thrown.

A Ctrl-C stays with the person who presses it. Enters the sandbox with `collect`.
"""

import _thread
import contextlib
import ctypes
import sys
import threading
import time
from dataclasses import dataclass

from course_lib.exercises.frames import is_own, line_of

#: Seconds that code gets to stop after it was told to; a loop inside compiled code cannot be told.
GRACE = 0.5
#: Code that computes by the way, or on a machine where it hardly gets a turn, has this many times the limit.
WAITING = 5
#: A slice of which a thread uses less than this share is one of waiting; as many in a row as fill the limit end it.
IDLE = 0.02
#: What ended by itself after this many times the limit of processor time could not be looked at meanwhile.
LATE = 2
#: The thread is looked at once in so many seconds. Waiting is counted in these, not by a clock: when the whole machine
#: stands still, as on a shared server, nobody's time runs.
SLICE = 0.05


class OutOfTime(SystemExit):
    """Thrown into the student's thread; no `except Exception` catches it.

    It is built when something catches it. From then on the student's next line raises again, so that a bare `except`
    inside an endless loop does not keep the loop alive. One that comes when the thread is just about to end reaches
    nobody: as a SystemExit it ends the thread without a report.
    """

    def __init__(self):
        _arm()


def _arm() -> None:
    """From now on the next line of the student's raises, in whichever of the open calls it stands."""
    frame = sys._getframe()
    while frame is not None:
        frame.f_trace = _raise_again
        frame = frame.f_back
    sys.settrace(_raise_again)


def _raise_again(frame, event, argument):
    if event == "line" and is_own(frame):
        raise OutOfTime
    return _raise_again


@contextlib.contextmanager
def _coming_again():
    """Where one strikes inside a finalizer, or the callback of a weak reference, Python reports it and goes on.

    It is not reported, and comes again at the next line outside.
    """
    before = sys.unraisablehook

    def hook(unraisable):
        if unraisable.exc_type is OutOfTime:
            _arm()
        else:
            before(unraisable)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        if sys.unraisablehook is hook:  # of two threads that began one after the other either may end first
            sys.unraisablehook = before


@dataclass(frozen=True)
class Stopped:
    """The student's line where time was over, and what else is known about it."""

    line: str = ""
    number: int = 0
    why: str = ""
    too_late: bool = False  #: it ended by itself, when time had long been over


def run_limited(work, seconds: float) -> Stopped | None:
    """Run `work` in a thread for so many seconds of processor time; None when it ended by itself in time."""
    finished, begin = threading.Event(), time.monotonic()
    state = {"alive": True, "clock": None, "used": 0.0}

    def body():
        try:
            state["clock"] = _processor_clock()
            work()
            state["used"] = time.thread_time()
            finished.set()
        except BaseException:  # no call may follow: another OutOfTime can be waiting for one
            pass
        state["alive"] = False
        try:
            sys.settrace(None)  # what is thrown away when the thread ends may have lines of the student's to run
        except OutOfTime:  # the one that was waiting
            sys.settrace(None)

    thread = _thread.start_new_thread(body, ())
    stopped, clock = None, _Clock(seconds)
    with _coming_again():
        try:
            while state["alive"] and not finished.wait(clock.slice):
                if clock.is_over(state["clock"]):
                    line, number = _place(sys._current_frames().get(thread))
                    stopped = Stopped(line, number, clock.why())
                    break
        finally:  # also when the person at the keyboard interrupts
            if not finished.is_set():
                _stop(thread, state)
    if stopped is None and state["used"] > max(LATE * seconds, LATE * SLICE):
        return Stopped(why=_kept_python(time.monotonic() - begin), too_late=True)
    return stopped


def _processor_clock() -> int | None:
    """The clock of this thread's processor time: on a busy machine an honest answer must not run out of time."""
    return time.pthread_getcpuclockid(threading.get_ident()) if hasattr(time, "pthread_getcpuclockid") else None


def _kept_python(seconds: float) -> str:
    return f"It took {seconds:.1f} s: compiled code that keeps Python to itself is not stopped until it ends by itself."


class _Clock:
    """Tells when a thread's time is over: computing by its processor time, waiting by the slices that it waits."""

    def __init__(self, seconds: float):
        self.seconds, self.slice = seconds, min(SLICE, seconds)
        self.waited = self.idle = self.used = self.unseen = 0.0
        self.looked = time.monotonic()

    def is_over(self, clock: int | None) -> bool:
        """Count one more slice."""
        now = time.monotonic()
        self.unseen, self.looked = max(self.unseen, now - self.looked), now
        self.waited += self.slice
        if clock is None:  # not on every system
            return self.waited >= self.seconds
        try:
            used = time.clock_gettime(clock)
        except OSError:  # the thread has just ended
            return False
        # Code that hardly gets a turn has now and then a slice in which it computes.
        self.idle = self.idle + self.slice if used - self.used < IDLE * self.slice else 0.0
        self.used = used
        return used >= self.seconds or self.idle >= self.seconds or self.waited >= WAITING * self.seconds

    def why(self) -> str:
        """What is said about code that waited, or that could not be looked at."""
        if self.unseen > LATE * self.seconds:
            return _kept_python(self.unseen)
        if self.idle < self.seconds:
            return ""
        return "All that time it waited and computed nothing: in a sleep, for a lock, or for an input()."


def _place(frame) -> tuple[str, int]:
    """The student's innermost line in a running thread."""
    while frame is not None and not is_own(frame):
        frame = frame.f_back
    return ("", 0) if frame is None else line_of(frame, frame.f_lineno)


def _stop(thread: int, state: dict) -> None:
    """Throw `OutOfTime` into the thread until it ends."""
    end = time.monotonic() + GRACE
    while state["alive"] and time.monotonic() < end:
        _throw(thread, OutOfTime)
        time.sleep(0.005)
    if state["alive"]:
        _look_no_further()


def _throw(thread: int, kind: type[BaseException]) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(kind))


class _Arrived(BaseException):
    """Thrown by a thread into itself."""


def _look_no_further() -> None:
    """Let Python stop looking for whom an exception was thrown into, after one who sleeps has not taken it.

    Until one has arrived somewhere, every thread looks at every turn; with a trace function, CPython 3.11 does nothing
    else. One thrown into this thread arrives at once. Who sleeps finds the own one on waking.
    """
    try:
        _throw(threading.get_ident(), _Arrived)
        for _ in range(100):  # turns at which it can arrive
            pass
    except _Arrived:
        pass
