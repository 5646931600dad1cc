"""The rows that were not imported, with reasons, as a file that no spreadsheet runs."""

import csv
import io

import pytest
from django.utils import translation

from messaging.services.imports.rejections import rejected_as_csv, why
from tests.factories import make_did
from tests.services.imports.files import checked, imported, make_supervisor, upload

pytestmark = pytest.mark.django_db


def test_rejected_rows_can_be_downloaded_and_do_nothing_in_a_spreadsheet():
    did = make_did()
    boss = make_supervisor(did)
    job = imported(
        "name,phone\nA,+34612345678\n=HYPERLINK(1),nonsense\nB,+34 612 345 678\n", by=boss, did=did
    )

    text = "".join(rejected_as_csv(job, header=job.header))

    assert list(csv.reader(io.StringIO(text.removeprefix("\ufeff")))) == [
        ["name", "phone", "Row", "Reason"],
        [
            "'=HYPERLINK(1)", "nonsense", "3",
            "“nonsense” can’t be part of a phone number. Enter one number, without an extension.",
        ],
        ["B", "'+34 612 345 678", "4", "The same as row 2."],
    ]  # fmt: skip


def test_what_was_exported_can_be_imported():
    did = make_did()
    job = checked("name,phone\nA,'+34612345678\n", by=make_supervisor(did), did=did)

    assert job.counts == {"create": 1}


@pytest.mark.parametrize(
    ("reason", "facts", "words"),
    [
        ("too_long", {"column": "Plan", "most": 300}, "“Plan”中的字符超过 300 个。"),
        ("number_too_short", {}, "号码过短。是否缺少国家代码？"),
        ("", {}, ""),
        ("of a later version", {}, ""),
    ],
)
def test_a_reason_is_in_the_language_of_its_reader(reason, facts, words):
    with translation.override("zh-hans"):
        assert why(reason, facts) == words


def test_a_file_without_names_has_rows_without_names():
    did = make_did()
    job = upload("Elena,+34612345678\nWang,+8613800138000\n", by=make_supervisor(did), did=did)

    assert (job.has_header, job.header, job.row_count) == (False, ["", ""], 2)
