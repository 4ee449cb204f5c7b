"""Stub until the helper's file is merged."""


def add(comm_id: str) -> None: ...


def discard(comm_id: str) -> None: ...
