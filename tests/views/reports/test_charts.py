"""Charts as geometry: round axes, bars that add up, lines that break where nothing is."""

import pytest

from messaging.views.reports import values
from messaging.views.reports.charts import HEIGHT, WAITS, Chart, Column, Row, round_top


def chart(kind, *rows, **options):
    columns = (Column("In", "in", 1), Column("Out", "out", 2))
    made = [
        Row(f"r{n}", f"r{n}", tuple(values.count(value) for value in row))
        for n, row in enumerate(rows)
    ]
    return Chart("c", "C", "", kind, "Row", "row", columns, made, **options)


@pytest.mark.parametrize(
    ("top", "steps", "expected"),
    [
        (0, (), (1.0, [0.0, 1.0])),
        (340, (), (400, [0, 100, 200, 300, 400])),
        (7, (), (8, [0, 2, 4, 6, 8])),
        (90, WAITS, (90, [0, 30, 60, 90])),
        (260_000, WAITS, (345_600, [0, 86_400, 172_800, 259_200, 345_600])),
    ],
)
def test_an_axis_ends_at_a_round_number(top, steps, expected):
    assert round_top(top, steps=steps) == expected


@pytest.mark.parametrize(
    ("top", "expected"),
    [
        (1, [0, 1]),
        (2, [0, 1, 2]),
        (3, [0, 1, 2, 3]),
        (5, [0, 2, 4, 6]),
        (9, [0, 5, 10]),
        (90, [0, 25, 50, 75, 100]),
    ],
)
def test_an_axis_of_counts_has_no_halves(top, expected):
    assert round_top(top, is_whole=True) == (expected[-1], expected)


def test_bars_stand_on_each_other_and_reach_the_sum():
    drawing = chart("bars", (10, 30), (0, 40)).drawing

    first, second = drawing["series"][0]["bars"][0], drawing["series"][1]["bars"][0]
    assert (first["y"] + first["height"], first["y"]) == (HEIGHT, second["y"] + second["height"])
    assert second["y"] == 0
    assert len(drawing["series"][0]["bars"]) == 1  # none for a nought
    assert second["tip"] == "r0: Out 30"


def test_a_line_breaks_where_there_is_no_value():
    drawing = chart("lines", (1, 1), (2, 1), (None, 1), (4, 1), (3, 1)).drawing

    assert [len(series["runs"]) for series in drawing["series"]] == [2, 1]
    assert [len(series["dots"]) for series in drawing["series"]] == [4, 5]


def test_rows_show_their_parts_one_after_the_other():
    entries = chart("rows", (1, 3), (2, 0)).drawing["entries"]

    assert [part["x"] for part in entries[0]["parts"]] == ["0.00%", "25.00%"]
    assert entries[1]["text"] == "2 · 0"


def test_the_darkest_hour_is_the_busiest():
    fields = chart("hours", (0, 10), (1, 5)).drawing["fields"]

    assert [field["shade"] for field in fields] == [0, 5, 1, 3]


def test_without_rows_nothing_is_drawn():
    assert chart("bars").drawing == {}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.42, "0.4 s"), (5, "5 s"), (59.6, "60 s"), (75, "1 min"), (3600, "1 h"), (7500, "2 h 5 min"),
     (86_400, "1 d"), (100_000, "1 d 4 h")],
)  # fmt: skip
def test_waits_in_words(seconds, words):
    assert values.wait_in_words(seconds) == words


def test_a_value_has_a_form_for_programs_and_one_for_people(settings):
    from decimal import Decimal

    settings.CURRENCY = "EUR"
    assert (values.count(1234).plain, values.count(1234).text) == ("1234", "1,234")
    assert (values.percent(0.964).plain, values.percent(0.964).text) == ("96.4", "96.4%")
    money = values.money(Decimal("1234.5"))
    assert (money.plain, money.text) == ("1234.500000", "1,234.50\u00a0EUR")
    assert values.seconds(None).plain == values.count(None).plain == ""


def test_every_text_of_a_chart_is_escaped():
    hostile = '<b title="x">'
    for kind in ("bars", "lines", "rows", "hours"):
        drawn = chart(kind, (1, 2))
        drawn.rows[0] = Row(hostile, hostile, drawn.rows[0].values, href=f"/{hostile}")
        drawn.__post_init__()

        for markup in (drawn.markup, drawn.bars, drawn.table_rows):
            assert "<b" not in markup
            assert 'title="x"' not in markup
