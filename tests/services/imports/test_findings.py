"""The number of a row: its own cell, without what a spreadsheet or an export put before it."""

import pytest

from messaging.models import ImportJob, ImportRow
from messaging.services.imports.findings import Refused, number_of, phone_cells, unguarded


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("'+34612345678", "+34612345678"),
        ("'0034612345678", "0034612345678"),
        ("'=1+1", "=1+1"),
        ("'t was", "'t was"),
        ('="+34612345678"', "+34612345678"),
        ('=""', '=""'),
        ("'", "'"),
        ("", ""),
    ],
)
def test_the_apostrophe_of_an_export_goes_away(text, plain):
    assert unguarded(text) == plain


@pytest.mark.parametrize(
    ("text", "region", "found"),
    [
        pytest.param("612 34 56 78", "ES", "34612345678", id="national"),
        pytest.param("+44 7700 900123", "ES", "447700900123", id="with a country code"),
        pytest.param("0044 7700 900123", "ES", "447700900123", id="with 00"),
        pytest.param("07911 123456", "GB", "447911123456", id="with a leading zero"),
        pytest.param("13800138000", "CN", "8613800138000", id="chinese"),
        pytest.param("３４６１２３４５６７８", "", "34612345678", id="wide digits"),
        pytest.param("3.46E+10", "ES", "number_not_part", id="as a spreadsheet ruined it"),
        pytest.param("", "ES", "number_empty", id="nothing"),
    ],
)
def test_a_number_is_read_as_people_of_a_country_write_it(text, region, found):
    row = ImportRow(cells=["x", text], phone_cell=1)
    try:
        result = number_of(row, job=ImportJob(region=region))
    except Refused as refused:
        result = refused.reason

    assert result == found


def test_each_cell_with_a_number_is_a_row():
    columns = ["name", "phone", "", "phone"]

    assert phone_cells(["a", "1", "2", "3"], columns=columns) == [1, 3]
    assert phone_cells(["a", "", "2", ""], columns=columns) == [-1]
    assert phone_cells(["a"], columns=columns) == [-1]
