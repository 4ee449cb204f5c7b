"""`course doctor` finds what is wrong and says what to do about it."""

import importlib.metadata

from course_lib.app import doctor


def test_every_failure_carries_a_remedy(capsys, monkeypatch):
    def version(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    failed = doctor.check_versions()
    assert len(failed) >= 9
    for finding in failed:
        assert not finding.ok and "pip install" in finding.remedy
        assert str(finding).startswith("[FAIL]") and "\n       -> " in str(finding)


def test_an_old_package_is_named_with_its_range(monkeypatch):
    real = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "1.0" if name == "numpy" else real(name))
    bad = [finding for finding in doctor.check_versions() if not finding.ok]
    assert len(bad) == 1 and "numpy 1.0 is outside" in bad[0].what


def test_damaged_data_is_reported(monkeypatch):
    from course_lib import datasets

    def damaged():
        raise ValueError("checksum differs")

    monkeypatch.setattr(datasets, "digits8", damaged)
    first, second = doctor.check_data()
    assert not first.ok and "checksum differs" in first.what
    assert second.ok


def test_missing_front_end_is_reported(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor.sysconfig, "get_path", lambda name: str(tmp_path))
    assert [finding.ok for finding in doctor.check_widgets()] == [False, False]


def test_unwritable_folder_is_reported(monkeypatch):
    monkeypatch.setattr(doctor.os, "access", lambda path, mode: False)
    assert not doctor.check_folder().ok


def test_report_counts_failures(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "findings", lambda: [doctor.Finding(True, "a"), doctor.Finding(False, "b", "mend b")])
    assert doctor.main([]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "[ OK ] a",
        "[FAIL] b",
        "       -> mend b",
        "1 of 2 checks failed.",
    ]
