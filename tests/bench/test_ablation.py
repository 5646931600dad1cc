"""The measurement without a machinery finds what it leaves out, and reckons its ratios."""

import importlib
from pkgutil import resolve_name

import pytest

from bench import ablated
from bench.ablation import PUSHES, Case, Ratios, blocks, report
from bench.ablation_loads import Sample


@pytest.mark.parametrize("machinery", ablated.REPLACED)
def test_what_is_left_out_exists(machinery):
    name, replacement = ablated.REPLACED[machinery]

    assert resolve_name(name) is not replacement


@pytest.mark.parametrize("module", ablated.FETCH_IN)
def test_prepared_statements_are_fetched_under_the_name_that_is_replaced(module):
    assert callable(importlib.import_module(module).fetch)


def test_ratios_are_shown_by_their_median_and_quartiles():
    assert str(Ratios([1.0, 2.0, 3.0])).split() == ["2.00", "(1.00–3.00)"]
    assert str(Ratios([1.5])).split() == ["1.50"]


class Recorded:
    """A load that notes whom it was given to."""

    what = "nothing"

    def __init__(self):
        self.runs = []

    def run(self, site, name):
        self.runs.append((site, name))
        return Sample(rate=2.0 if site == "with" else 1.0, p99_ms=5.0, cpu_ms=1.0)


def test_a_block_goes_to_one_and_the_other_and_back():
    load = Recorded()

    measured = list(blocks("with", "without", Case("x", load), count=2))

    assert load.runs[:4] == [
        ("with", "0A0"),
        ("without", "1B0"),
        ("without", "2B0"),
        ("with", "3A0"),
    ]
    assert [[sample.rate for sample in block] for block in measured] == [[2.0, 1.0, 1.0, 2.0]] * 2


def test_the_table_says_what_a_machinery_gains(capsys):
    block = [Sample(2.0, 5.0, 1.0), Sample(1.0, 9.0, 3.0), Sample(1.0, 9.0, 3.0)]
    block.append(block[0])

    report("SQLite", Case("shared commit", PUSHES), [block, block])

    line = capsys.readouterr().out
    assert line.startswith("shared commit")
    assert "2.00 (2.00–2.00)" in line
    assert "3.00 (3.00–3.00)" in line
