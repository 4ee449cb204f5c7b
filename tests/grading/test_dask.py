"""A real Dask cluster of two worker processes: the same bytes as without it, and a killed worker loses nothing."""

import os
import signal
import threading
import time
from pathlib import Path

import fake
import pytest
from needs import imported
from test_grade import files, key_file, statuses

from course_lib.grading import grade, sandbox
from course_lib.grading.grade import main

distributed = imported("Dask")


@pytest.fixture
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0", silence_logs="CRITICAL"
    ) as made:
        yield made


@pytest.fixture(autouse=True)
def sandbox_is_there(monkeypatch):
    monkeypatch.setattr(sandbox, "choose", lambda wanted, trust: "none")


def handed_in(tmp_path, names) -> Path:
    folder = tmp_path / "class"
    folder.mkdir()
    for name in names:
        (folder / f"{name}.ipynb").write_bytes(fake.notebook(name))
    return folder


def test_a_killed_worker_loses_nothing(cluster, tmp_path, capsys):
    names = [f"student{i:02}" for i in range(16)]
    folder, key = handed_in(tmp_path, names), ["--course-key", key_file(tmp_path)]
    out = tmp_path / "out"
    with distributed.Client(cluster) as client:
        workers = list(client.run(os.getpid).values())
    assert len(set(workers)) == 2
    killed = []

    def kill_one_worker():
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and len(list((out / "cache").glob("*.json"))) < 3:
            time.sleep(0.02)
        os.kill(workers[0], signal.SIGKILL)
        killed.append(len(list((out / "cache").glob("*.json"))))

    killer = threading.Thread(target=kill_one_worker)
    killer.start()
    assert main([str(folder), "--out", str(out), *key, "--dask", cluster.scheduler_address], fake.slow_run) == 0
    killer.join()
    assert 3 <= killed[0] < len(names), "the worker was to be killed in the middle of the run"
    assert statuses(out) == dict.fromkeys(names, "ok")
    alone = tmp_path / "alone"
    assert main([str(folder), "--out", str(alone), *key, "-j", "1"], fake.run) == 0
    assert files(out) == files(alone)
    assert "Traceback" not in capsys.readouterr().err


def test_a_submission_that_kills_every_worker_costs_only_itself(cluster, tmp_path, capsys):
    names = ["a1", "a2", "kills", "z1", "z2", "z3"]
    folder, out = handed_in(tmp_path, names), tmp_path / "out"
    assert main([str(folder), "--out", str(out), "--dask", cluster.scheduler_address], fake.killing_run) == 0
    assert statuses(out) == {**dict.fromkeys(names, "ok"), "kills": "dead"}


def test_a_worker_with_other_checks_is_refused(cluster, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(grade, "checks_version", lambda chapter: "f" * 40)
    folder = handed_in(tmp_path, ["a"])
    assert main([str(folder), "--out", str(tmp_path / "out"), "--dask", cluster.scheduler_address], fake.run) == 2
    assert "differs from this machine: checks: " in capsys.readouterr().err


def test_no_scheduler(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(grade, "PATIENCE", 1)
    folder = handed_in(tmp_path, ["a"])
    assert main([str(folder), "--out", str(tmp_path / "out"), "--dask", "tcp://127.0.0.1:1"], fake.run) == 2
    assert "no Dask scheduler answers at tcp://127.0.0.1:1" in capsys.readouterr().err
