"""The right results in another order."""

from course_lib.exercises.compare import same_value
from course_lib.exercises.diagnoses.evidence import Evidence, Finding, parts_of
from course_lib.exercises.diagnoses.words import named


def exchanged_results(seen: Evidence) -> Finding | None:
    """The results are the right ones, in an order that is the same on all instances with as many of them."""
    exercise = seen.exercise
    if not exercise.outputs or exercise.kind in ("value", "choice") or not seen.has_values:
        return None
    groups: dict[int, list[tuple[list, list]]] = {}
    for got, want in zip(seen.outcomes, seen.known.right, strict=True):
        if not isinstance(got.value, tuple | list) or not isinstance(want.value, tuple | list):
            return None
        if not 2 <= len(want.value) == len(got.value):
            return None
        groups.setdefault(len(want.value), []).append((list(got.value), list(want.value)))
    orders = [other_order(rows, exercise) for rows in groups.values()]
    if not all(orders) or all(order == sorted(order) for order in orders):
        return None
    names = [name for name, _ in parts_of(exercise, seen.want.value)]
    order = next(order for order in orders if order != sorted(order))
    j = next(j for j, k in enumerate(order) if k != j)
    place = f" What is expected as {names[j]} comes as number {order[j] + 1}." if j < len(names) else ""
    return Finding("kind", f"Right results in another order, expected{named(exercise)}.{place}")


def other_order(rows: list[tuple[list, list]], exercise) -> list[int]:
    """Which of the results each expected one is, the same in all rows (got, want); empty where one is missing."""
    n, order = len(rows[0][1]), []
    for j in range(n):
        fits = [k for k in range(n) if k not in order and all(
            same_value(got[k], want[j], exercise.rtol, exercise.atol) for got, want in rows)]
        if not fits:
            return []
        order.append(j if j in fits else fits[0])
    return order
