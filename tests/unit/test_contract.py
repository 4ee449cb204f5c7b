"""Boundary inputs follow from what an exercise says of its arguments."""

from dataclasses import replace

import numpy as np
import pytest

from course_lib.exercises.compare import same_value
from course_lib.exercises.contract import boundary
from course_lib.exercises.expect import seeded_instances
from course_lib.exercises.model import Contract, Exercise, case

AFFINE = Exercise(
    id="0.90",
    title="affine",
    reference=lambda x, W, b: x @ W + b,
    instances=lambda rng: [
        (np.array([[1.0, 2.0]]), np.array([[1.0], [2.0]]), 0.5),
        case("labelled", np.ones((3, 2)), np.ones((2, 4)), 0.5),
        (np.array([[1.0, -2.0], [3.0, 4.0]]), np.array([[1.0, 5.0], [2.0, 6.0]]), 1.0),
        (rng.normal(size=(3, 2)), rng.normal(size=(2, 5)), float(rng.normal())),
    ],
    arguments=("x", "W", "b"),
    mistakes=(),
    hints=("", "", ""),
)


def made(contract, exercise=AFFINE):
    """{label: arguments} of the boundary instances."""
    stated = replace(exercise, contract=contract)
    return {instance.label: tuple(instance)
            for instance in boundary(stated, stated.instances(np.random.default_rng(0)))}


def test_a_size_goes_down_to_one_wherever_its_letter_stands():
    found = made(Contract(shapes={"x": "ND", "W": "DM"}, whole=""))
    assert list(found) == ["one sample", "one feature", "one output"]
    assert same_value(found["one sample"], (np.array([[1.0, -2.0]]), np.array([[1.0, 5.0], [2.0, 6.0]]), 1.0), 0, 0)
    assert same_value(found["one feature"][:2], (np.array([[1.0], [3.0]]), np.array([[1.0, 5.0]])), 0, 0)
    assert found["one output"][1].shape == (2, 1)


def test_numbers_become_zero_negative_large_tied_and_given_ones():
    found = made(Contract(whole="", zero="x, b", negative="W", large="x", ties="x", values={
        "b": (2.0, lambda given: given["b"] + 2.5), "W": {"the same twice": lambda given: given["x"]}}))
    assert list(found) == ["two equal largest entries in x", "nothing but 0 in x", "b = 0", "all of W below 0",
                           "all of W above 0", "very large numbers in x", "b = 2.0", "b = 3.0", "the same twice"]
    assert not found["nothing but 0 in x"][0].any() and found["b = 0"][2] == 0
    assert (found["all of W above 0"][1] > 0).all()
    assert (found["all of W below 0"][1] < 0).all() and np.abs(found["very large numbers in x"][0]).min() >= 1000
    tied = found["two equal largest entries in x"][0]
    assert ((tied == tied.max(axis=1, keepdims=True)).sum(axis=1) == 2).all()
    assert found["the same twice"][1] is found["the same twice"][0]


def test_whole_numbers_meet_fractions_in_the_other_arguments():
    """Else a result that takes its type from them would go unnoticed."""
    x, W, _ = made(Contract(shapes={"x": "ND"}, whole="x"))["whole numbers in x"]
    assert x.dtype.kind == "i" and x.any() and not np.array_equal(W, np.rint(W))
    alone = made(Contract(shapes={"x": "ND"}, whole="x, W, b"))["whole numbers in x and W and b"]
    assert isinstance(alone[2], int) and all(a.dtype.kind == "i" for a in alone[:2])


def test_unless_stated_all_arrays_of_floats_hold_whole_numbers_at_once():
    mixed = replace(AFFINE, arguments=("x", "y", "flags", "params", "cache", "none", "lr"), instances=lambda rng: [
        (rng.normal(size=3), np.arange(3), np.array([True]), [(np.full(2, 0.4),)], (np.ones(2), 3), [], 0.25)])
    label, = found = made(Contract(), mixed)
    assert label == "whole numbers in x and params"
    x, y, flags, params, cache, none, lr = found[label]
    assert x.dtype.kind == "i" and same_value(params, [(np.array([1, 1]),)], 0, 0)
    assert (flags.dtype, cache[0].dtype, none, lr) == (bool, float, [], 0.25) and same_value(y, np.arange(3), 0, 0)
    assert not made(Contract(whole=""), mixed)


def test_tuples_are_changed_inside_and_all_of_it_holds_for_each_convention():
    instances = [((np.ones((2, 3)), 4), "a"), ((np.zeros((2, 3)), 5), "b"), ((np.zeros((5, 3)), 5), "b")]
    cached = replace(AFFINE, arguments=("cache", "kind"), instances=lambda rng: instances)
    found = made(Contract(shapes={"cache": ("N.", "")}, each="kind"), cached)
    assert list(found) == ["one sample, kind = 'a'", "one sample, kind = 'b'"]
    assert [part[0][0].shape for part in found.values()] == [(1, 3), (1, 3)]
    assert [part[0][1] for part in found.values()] == [4, 5]


def test_drawn_inputs_change_with_the_seed_and_those_of_the_contract_do_not():
    stated = replace(AFFINE, contract=Contract(shapes={"x": "N."}, whole="x"))
    public, hidden = seeded_instances(stated), seeded_instances(stated, 7)
    assert len(public) == len(hidden) == 6
    assert not same_value(public[:4], hidden[:4], 0, 0) and same_value(public[4:], hidden[4:], 0, 0)


def test_without_a_contract_nothing_follows():
    assert seeded_instances(replace(AFFINE, contract="there is a reason")) and not made("there is a reason")


def test_a_contract_that_fits_no_instance_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="speaks of y, the arguments are x, W, b"):
        made(Contract(zero="y"))
    with pytest.raises(ValueError, match="no instance without a label has more than one"):
        made(Contract(shapes={"x": "NDT"}))
