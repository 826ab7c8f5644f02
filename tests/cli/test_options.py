"""Texts of options become values, or an error that says what is accepted."""

import argparse

import pytest

from chemopt.cli.options import numbers


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("0.5", [0.5]),
        ("0.5,1", [0.5, 1]),
        ("0:1:0.25", [0, 0.25, 0.5, 0.75, 1]),
        ("1:0:-0.5", [1, 0.5, 0]),
        ("0:1:0.3,1", [0, 0.3, 0.6, 0.9, 1]),
        ("0:1:0.1", [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]),
    ],
)
def test_numbers(text, values):
    """Lists and ranges of decimal numbers, both ends included."""
    assert numbers(text) == values


@pytest.mark.parametrize(
    "text", ["", "a", "0:1", "0:1:0", "0:1:x", "1:0:0.1", "0:1:1e-9", "0:nan:1", "0:inf:1"]
)
def test_bad_numbers(text):
    """No number, no step, no value and too many values are errors."""
    with pytest.raises(argparse.ArgumentTypeError):
        numbers(text)
