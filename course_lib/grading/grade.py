"""`course grade`: run what is new, read what is known, write everything anew.

In DIR stand `cache/` (one record for each notebook, checks and environment; a run that was interrupted goes on from
there), `records/`, `feedback/`, `questions/`, the tables and the overview. All but `timings.json` and `times.svg` are
the same bytes whatever the number of workers.
"""

import argparse
import contextlib
import hashlib
import json
import os
import platform
import re
import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, replace
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path

from course_lib.exercises import registry, variants
from course_lib.files import create_file, replace_file
from course_lib.grading import exports, feedback, overview, records, runner, sandbox
from course_lib.grading.exports import Given, Gradebook
from course_lib.grading.intake import Found, Intake, intake
from course_lib.grading.records import Record, Submission
from course_lib.roster import IntakeError, Person

PACKAGE = Path(__file__).resolve().parents[1]
PATIENCE = 20  #: seconds for a Dask scheduler to answer
Run = Callable[[bytes, Submission, runner.Options], tuple[Record, dict]]


class GradeError(Exception):
    """The command cannot go on; the message says why and what helps."""


# --- what makes two runs the same ---


@cache
def checks_version(chapter: str) -> str:
    """A hash of what decides whether an answer to a chapter ("03") is right: the engine of the checks, the grader, the
    library both compute with, and the definitions of this chapter. Those of another are left out: a hint mended there
    makes no class run again here.
    """
    digest = hashlib.sha256()
    rooms = {room for room in sandbox.ROOMS if not room.startswith("chapters/")}
    rooms |= {"exercises", "grading", "grammar.py", "chapters/shared.py", f"chapters/ch{chapter}_*"}
    for place in sorted({place for room in rooms for place in PACKAGE.glob(room)}):
        for path in [place] if place.is_file() else sorted(place.rglob("*.py")):
            digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0")
            digest.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()


@lru_cache(maxsize=1)
def environment() -> str:
    """What answers are computed with."""
    parts = [f"{sys.platform} {platform.machine()}", f"python {platform.python_version()}"]
    for name in ("numpy", "numba", "ipykernel"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            parts.append(f"{name} {metadata.version(name)}")
    return ", ".join(parts)


def key_of(submission: Submission, options: runner.Options) -> str:
    """The name of a record: the same notebook of the same student under the same checks and environment."""
    chapter = submission.chapter
    parts = [submission.sha256, submission.student, chapter, checks_version(chapter), environment()]
    return hashlib.sha256(json.dumps([*parts, asdict(options)]).encode()).hexdigest()[:40]


def key_in(course_key: Path) -> bytes:
    """The course key in a file.

    Raises
    ------
    GradeError
    """
    try:
        return variants.read_key(course_key)
    except OSError as error:
        raise GradeError(f"{course_key}: cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise GradeError(str(error)) from None


def seed_of(out: Path, course_key: Path | None) -> int:
    """The secret from which hidden instances are drawn: the course key, else one drawn for this DIR and kept in it."""
    if course_key:
        return int.from_bytes(hashlib.sha256(key_in(course_key)).digest()[:8], "big")
    path = out / "seed"
    create_file(path, f"{secrets.randbits(63)}\n", secret=True)
    try:
        return int(path.read_text())
    except ValueError:
        raise GradeError(f"{path}: expected a whole number; remove the file to draw a new seed") from None


# --- files ---


def read_record(path: Path) -> Record | None:
    """A record that was written before; None for none, and for one that is damaged."""
    try:
        return records.from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def file_name(name: str) -> str:
    """A student's id as a file name: what could be taken for a path, or for another's, gets a hash, behind a sign that
    no other name holds.
    """
    if re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,59}", name):
        return name
    short = re.sub(r"[^A-Za-z0-9_-]+", "_", name)[:40].strip("_") or "student"
    return f"{short}~{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"


# --- running ---


@dataclass
class Item:
    """One submission on its way."""

    submission: Submission
    key: str
    notes: tuple[str, ...] = ()
    problem: str = ""
    found: Found | None = None
    record: Record | None = None
    failed: bool = False  #: by the grader's fault, so that another run tries again


def one(run: Run, data: bytes, submission: Submission, options: runner.Options) -> tuple[Record, dict]:
    """What a worker does. A fault of the grader itself is an answer too."""
    try:
        return run(data, submission, options)
    except Exception as error:
        return failure(submission, error), {"failed": 1}


def failure(submission: Submission, error: BaseException) -> Record:
    """The record of a submission on which the grader itself failed."""
    said = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    return Record("", submission, "dead", (f"the grader failed on this submission; grade it again ({said})",))


def run_all(
    items: Iterable[Item],
    executor: Executor,
    width: int,
    run: Run,
    options: runner.Options,
    done: Callable,
    stop: threading.Event | None = None,
) -> None:
    """Run all items, `width` at a time; `done(item, record, timings)` is called in this thread as results come.

    A result that a broken worker took with it is asked for again, alone, at the end. After `stop` nothing more is
    started; what runs is waited for and kept.
    """
    stop = stop or threading.Event()
    for item, _ in _drive(iter(items), executor, width, run, options, done, stop):
        for _, error in _drive(iter([item]), executor, 1, run, options, done, stop):
            done(item, failure(item.submission, error), {"failed": 1})


def _drive(waiting, executor, width, run, options, done, stop) -> list[tuple[Item, Exception]]:
    """Run items; those whose worker was lost come back, with the reason."""
    running: dict[Future, Item] = {}
    lost: list[tuple[Item, Exception]] = []
    while True:
        while len(running) < width and not stop.is_set() and (item := next(waiting, None)):
            _start(item, executor, run, options, running, done)
        if stop.is_set():
            running = {future: item for future, item in running.items() if not future.cancel()}
        if not running:
            return lost
        _take(running, lost, done)


@contextlib.contextmanager
def stoppable():
    """An event that the first Ctrl-C sets; the second one interrupts as usual."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def first(number, frame):
        stop.set()
        signal.signal(signal.SIGINT, before)
        print("\nStopped. Waiting for what runs now; it is kept.", file=sys.stderr, flush=True)

    before = signal.signal(signal.SIGINT, first)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def _start(item, executor, run, options, running, done) -> None:
    try:
        data = item.found.read()
    except (OSError, IntakeError) as error:
        done(item, failure(item.submission, error), {"failed": 1})
        return
    running[executor.submit(one, run, data, item.submission, options)] = item


def _take(running, lost, done) -> None:
    for future in wait(running, return_when=FIRST_COMPLETED).done:
        item = running.pop(future)
        try:
            result = future.result()
        except Exception as error:
            lost.append((item, error))
        else:
            done(item, *result)


class Progress:
    """How far it is and how long it will take: one line that changes on a terminal, now and then a line elsewhere."""

    def __init__(self, total: int, stream=None, clock=time.monotonic):
        self.total, self.stream, self.clock = total, stream or sys.stderr, clock
        self.count, self.start = 0, clock()
        self.terminal = bool(getattr(self.stream, "isatty", lambda: False)())
        self.said = self.start

    def advance(self) -> None:
        """One more is done."""
        self.count += 1
        now, last = self.clock(), self.count == self.total
        if self.terminal:
            filled = 30 * self.count // self.total
            line = f"\r[{'#' * filled}{'.' * (30 - filled)}] {self.text(now)}"
            self.stream.write(f"{line:<72}" + ("\n" if last else ""))
        elif last or now - self.said >= 10:
            self.stream.write(self.text(now) + "\n")
            self.said = now
        self.stream.flush()

    def text(self, now: float) -> str:
        left = (now - self.start) / self.count * (self.total - self.count)
        return f"{self.count} of {self.total}, {_duration(left)} left"


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


@contextlib.contextmanager
def executor_for(jobs: int, address: str = "", wanted: str = "none"):
    """(executor, how many submissions to keep under way): threads of this process, or a Dask cluster."""
    if not address:
        with ThreadPoolExecutor(jobs, thread_name_prefix="grade") as executor:
            yield executor, jobs
        return
    try:
        from distributed import Client
    except ImportError:
        raise GradeError("--dask needs the optional packages: pip install 'course-lib[dask]'") from None
    try:
        client = Client(address, timeout=PATIENCE)
    except (OSError, TimeoutError, ValueError) as error:
        raise GradeError(f"no Dask scheduler answers at {address} ({type(error).__name__})") from None
    with client:
        _expect_same(client, address, wanted)
        threads = sum(client.nthreads().values())
        # A worker that dies takes no result with it: its submissions go to another one.
        yield client.get_executor(pure=False), max(1, 2 * threads)


def _expect_same(client, address, wanted: str) -> None:
    """Every worker has our checks, environment and sandbox: else records would depend on who made them."""
    ours = identity(wanted)
    try:
        theirs = client.run(identity, wanted)
    except Exception as error:
        raise GradeError(f"a worker of {address} cannot import this course ({type(error).__name__}: {error})") from None
    if not theirs:
        raise GradeError(f"the cluster at {address} has no workers")
    for worker, found in theirs.items():
        differing = [name for name in ours if found[name] != ours[name]]
        if differing:
            text = "; ".join(f"{name}: {found[name]}, here {ours[name]}" for name in differing)
            raise GradeError(f"the worker {worker} differs from this machine: {text}")


def identity(wanted: str) -> dict[str, str]:
    """What must agree between machines."""
    works = sandbox.probe().ok if wanted == "bwrap" else True
    works = "works" if works else "does not work"
    versions = "".join(checks_version(chapter) for chapter in registry.chapters())
    checks = hashlib.sha256(versions.encode()).hexdigest()[:12]
    return {"checks": checks, "environment": environment(), f"sandbox {wanted}": works}


# --- the whole command ---


def _one_row_each(made: list[tuple[Item, Record]]) -> list[Record]:
    """One record for each student and chapter. Two notebooks can turn out to be of one chapter when they are read
    closely; the one counts of which that was known before.
    """
    rows: dict[tuple[str, str], Record] = {}
    for item, record in sorted(made, key=lambda pair: pair[0].submission.chapter != pair[1].submission.chapter):
        key = record.submission.student, record.submission.chapter
        if first := rows.get(key):
            note = f"not counted: {item.submission.file}, which is of this chapter too"
            rows[key] = replace(first, notes=(*first.notes, note))
        else:
            rows[key] = record
    return list(rows.values())


class Class:
    """The state of one DIR."""

    def __init__(self, out: Path):
        self.out = out
        self.items: list[Item] = []
        self.people: dict[str, Person] = {}
        self.missing: tuple[str, ...] = ()
        self.remarks: tuple[str, ...] = ()
        self.timings = self._timings_before()

    def take(self, taken: Intake, options: runner.Options) -> None:
        """What was handed in now, with the records that are there already."""
        self.people, self.missing, self.remarks = taken.people, taken.missing, taken.remarks
        for found in taken.found:
            key = key_of(found.submission, options)
            self._add(Item(found.submission, key, found.notes, found.problem, found))
        entries = [
            {"submission": asdict(i.submission), "key": i.key, "notes": i.notes, "problem": i.problem}
            for i in self.items
        ]
        known = {
            "people": [asdict(person) for person in self.people.values()],
            "missing": self.missing,
            "remarks": self.remarks,
            "submissions": entries,
        }
        replace_file(self.out / "class.json", json.dumps(known, ensure_ascii=False, indent=1) + "\n")

    def recall(self) -> None:
        """What was handed in at the last run."""
        try:
            known = json.loads((self.out / "class.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise GradeError(f"{self.out}: nothing was graded here yet; name the submissions") from None
        self.people = {entry["student"]: Person(**entry) for entry in known["people"]}
        self.missing, self.remarks = tuple(known["missing"]), tuple(known["remarks"])
        for entry in known["submissions"]:
            submission = Submission(**entry["submission"])
            self._add(Item(submission, entry["key"], tuple(entry["notes"]), entry["problem"]))

    def _add(self, item: Item) -> None:
        if item.problem:
            item.record = Record("", item.submission, "unreadable", (item.problem,))
        else:
            item.record = read_record(self.out / "cache" / f"{item.key}.json")
        self.items.append(item)

    def run(self, run: Run, options: runner.Options, jobs: int, address: str = "") -> None:
        """Run what has no record yet; every result is kept as soon as it is there."""
        todo = [item for item in self.items if item.record is None]
        if not todo:
            return
        progress = Progress(len(todo))

        def done(item: Item, record: Record, timings: dict) -> None:
            item.record, item.failed = record, "failed" in timings
            if not item.failed:
                replace_file(self.out / "cache" / f"{item.key}.json", records.to_json(replace(record, key=item.key)))
                self.timings[item.key] = timings
            progress.advance()

        try:
            with executor_for(jobs, address, options.sandbox) as (executor, width), stoppable() as stop:
                run_all(todo, executor, width, run, options, done, stop)
        finally:
            self._write_timings()
        if stop.is_set():
            raise KeyboardInterrupt

    def _timings_before(self) -> dict[str, dict]:
        try:
            entries = json.loads((self.out / "timings.json").read_text(encoding="utf-8"))
            return {entry["key"]: entry["seconds"] for entry in entries}
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def _write_timings(self) -> None:
        entries = [
            {"student": i.submission.student, "chapter": i.submission.chapter, "key": i.key,
             "seconds": self.timings[i.key]}
            for i in self.items if i.key in self.timings
        ]  # fmt: skip
        replace_file(self.out / "timings.json", json.dumps(entries, ensure_ascii=False, indent=1) + "\n")

    def finished(self) -> list[Record]:
        """The records of all submissions, without points given by hand."""
        made = []
        for item in self.items:
            record = item.record or failure(item.submission, RuntimeError("it was not run"))
            chapter = record.submission.chapter or item.submission.chapter
            submission = replace(item.submission, chapter=chapter)
            made.append((item, replace(record, key=item.key, submission=submission, notes=record.notes + item.notes)))
        return sorted(_one_row_each(made), key=lambda record: (record.submission.chapter, record.submission.student))

    def book(self, merge: Iterable[Path] = ()) -> Gradebook:
        """The gradebook with the points that were given by hand, now and before; new ones are kept."""
        made = self.finished()
        plain = Gradebook(tuple(made), self.people, self.missing)
        given = self._given_before()
        for path in merge:
            given |= exports.read_points(path, made, plain.possible)
        if given:
            rows = [[of, "", item, own.points, "", own.comment, ""] for (of, item), own in sorted(given.items())]
            replace_file(self.out / "given.csv", exports.table(exports.POINTS, rows))
        return replace(plain, records=tuple(exports.moderated(record, given) for record in made), given=given)

    def _given_before(self) -> dict[tuple[str, str], Given]:
        """Points of earlier merges, also those of students who are not in this run."""
        if not (self.out / "given.csv").exists():
            return {}
        _, rows = exports.read_table(self.out / "given.csv")
        cells = [{name: exports.unsafe(cell) for name, cell in row.items()} for _, row in rows]
        return {(row["student"], row["item"]): Given(float(row["points"]), row["comment"]) for row in cells}

    def report(self, book: Gradebook) -> None:
        """Write everything that people read."""
        files = exports.files(book)
        by_student: dict[str, list[Record]] = {}
        for record in book.records:
            student, chapter = record.submission.student, record.submission.chapter or "unknown"
            by_student.setdefault(student, []).append(record)
            files[f"records/{file_name(student)}_{chapter}.json"] = records.to_json(record)
        for student, own in by_student.items():
            files[f"feedback/{file_name(student)}.html"] = feedback.feedback(book, own)
        for item in sorted({answer.id for record in book.records for answer in record.open_answers}):
            files[f"questions/{item}.html"] = feedback.question(book, item)
        files["overview.html"] = overview.overview(book, self.remarks)
        files["times.svg"] = overview.times({i.key: self.timings[i.key] for i in self.items if i.key in self.timings})
        for name, text in files.items():
            replace_file(self.out / name, text)
        self._remove_stale(set(files))

    def sheets(self, book: Gradebook) -> list[str]:
        """Write the sheets for points by hand; one with points in it that were not merged is kept. Returns those."""
        unmerged = []
        for name, text in exports.points_sheets(book).items():
            path = self.out / "questions" / name
            if path.exists() and _has_more(path, book):
                unmerged.append(str(path))
            else:
                replace_file(path, text)
        return unmerged

    def _remove_stale(self, current: set[str]) -> None:
        """Pages and records of an earlier run that this one does not have."""
        for folder, ending in (("records", ".json"), ("feedback", ".html"), ("questions", ".html")):
            for path in (self.out / folder).glob(f"*{ending}"):
                if f"{folder}/{path.name}" not in current:
                    path.unlink()


def _has_more(path: Path, book: Gradebook) -> bool:
    """Whether somebody wrote points into a sheet that the gradebook does not have."""
    try:
        _, rows = exports.read_table(path)
    except IntakeError:
        return True
    for _, row in rows:
        points, said = exports.unsafe(row.get("points", "")), exports.unsafe(row.get("comment", ""))
        own = book.given.get((exports.unsafe(row.get("student", "")), exports.unsafe(row.get("item", ""))))
        same = own is not None and points.replace(",", ".") == exports.number(own.points) and said == own.comment
        if points and not same and (points, said) != ("0", "no answer"):
            return True
    return False


def summary(book: Gradebook, out: Path, unmerged: list[str]) -> str:
    """What the person at the terminal needs to know."""
    counts = {status: sum(record.status == status for record in book.records) for status in records.STATUSES}
    statuses = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    used = ", ".join(sorted({record.sandbox for record in book.records if record.sandbox})) or "nothing was run"
    lines = [f"{len(book.records)} submissions: {statuses or 'none'}. Sandbox: {used}."]
    waiting = sum(bool(book.waiting(record)) for record in book.records)
    if waiting:
        lines.append(f"{waiting} wait for points by hand: fill in {out / 'questions'}/*.csv, then --merge them.")
    if book.missing:
        lines.append(f"{len(book.missing)} students of the roster handed in nothing.")
    lines += [f"{path} holds points that were not merged; it was left as it is (--merge {path})." for path in unmerged]
    lines.append(f"Read {out / 'overview.html'} first.")
    return "\n".join(lines)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="course grade",
        description="Grade notebooks: every answer runs in a sandbox and is judged outside of it. Run the same command "
        "again to go on after an interruption; what is known is not run again.",
    )
    add = made.add_argument
    add(
        "submissions", nargs="*", type=Path, metavar="SUBMISSIONS",
        help="folders, notebooks, zip files as Canvas and Moodle give them; none: only write the reports again",
    )  # fmt: skip
    add("--out", required=True, type=Path, metavar="DIR", help="where everything is written")
    add("--roster", type=Path, metavar="CSV", help="students: our own columns, or an export of Canvas or Moodle")
    add(
        "--sandbox", choices=("auto", "bwrap", "rlimit", "none"), default="auto",
        help="what runs round a notebook; auto: bubblewrap, or a stop that says what is missing",
    )  # fmt: skip
    add(
        "--trust-submissions", action="store_true",
        help="your word for a sandbox weaker than bubblewrap: notebooks may then read and write your files",
    )  # fmt: skip
    add("-j", "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="notebooks at a time")
    add("--cell-seconds", type=float, default=60.0, metavar="S", help="for one cell; a class with endless loops waits")
    add("--dask", default="", metavar="ADDRESS", help="a Dask scheduler, tcp://host:port, instead of -j")
    add(
        "--merge", type=Path, action="append", default=[], metavar="CSV",
        help="points given by hand, a filled-in sheet of DIR/questions; may be repeated",
    )  # fmt: skip
    add("--course-key", type=Path, metavar="FILE", help="secret from which hidden tests are drawn")
    add(
        "--own-numbers", action="store_true",
        help="the notebooks come from `course build --student` with this course key: judge everybody by their own",
    )  # fmt: skip
    return made


def main(argv: list[str], run: Run = runner.run) -> int:
    """`course grade`"""
    if argv[:1] == ["--install-kernel"]:
        from course_lib.grading import for_nbgrader

        return for_nbgrader.install(argv[1:])
    options = parser().parse_args(argv)
    if options.jobs < 1:
        parser().error(f"-j {options.jobs}: at least 1 notebook at a time")
    try:
        return _grade(options, run)
    except (GradeError, IntakeError, sandbox.SandboxError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename or options.out}: {error.strerror or error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("The same command goes on from here.", file=sys.stderr)
        return 130


def _grade(options, run: Run) -> int:
    state = Class(options.out)
    if options.submissions:
        taken = intake(options.submissions, options.roster)
        if not taken.found:
            raise GradeError(f"no notebook in {', '.join(map(str, options.submissions))}")
        chosen = sandbox.choose(options.sandbox, options.trust_submissions)
        if chosen == "bwrap" and not (limited := sandbox.probe_groups()).ok:
            print(f"warning: {limited.what}. {limited.remedy}", file=sys.stderr)
        if options.own_numbers and not options.course_key:
            raise GradeError("--own-numbers needs the course key they were drawn from: --course-key FILE")
        key = key_in(options.course_key).hex() if options.own_numbers else ""
        seed = seed_of(options.out, options.course_key)
        settings = runner.Options(sandbox=chosen, seed=seed, cell_seconds=options.cell_seconds, course_key=key)
        state.take(taken, settings)
        state.run(run, settings, options.jobs, options.dask)
    else:
        state.recall()
    book = state.book(options.merge)
    state.report(book)
    print(summary(book, options.out, state.sheets(book)))
    return 0
