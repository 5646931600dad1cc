"""The provider's codes, and what they do to a message."""

import pytest

from messaging.nxcloud.errors import (
    CODES,
    AccountRejected,
    ClockRejected,
    MessageRefused,
    NXCloudError,
    OutcomeUnknown,
    error_for,
    tidy_detail,
)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("-1", MessageRefused),
        ("1001", AccountRejected),
        ("1002", MessageRefused),
        ("1003", AccountRejected),
        ("1004", ClockRejected),
        ("1005", AccountRejected),
        ("1100", AccountRejected),
        ("1102", AccountRejected),
        ("9006", MessageRefused),
        ("9007", MessageRefused),
        ("12001", MessageRefused),
        ("12002", MessageRefused),
        ("12004", MessageRefused),
        ("12005", MessageRefused),
        ("12007", MessageRefused),
        ("12008", MessageRefused),
    ],
)
def test_each_published_code_has_its_kind(code: str, kind: type[NXCloudError]) -> None:
    error = error_for(code, "their words", 200)

    assert (type(error), error.code, error.provider_code, error.http_status, error.detail) == (
        kind,
        code,
        code,
        200,
        "their words",
    )


def test_no_published_code_is_without_a_row() -> None:
    published = (
        "-1 1001 1002 1003 1004 1005 9006 9007 1100 1102 12001 12002 12004 12005 12007 12008"
    )

    assert sorted(CODES) == sorted(published.split())


def test_an_unknown_code_refuses_the_message_in_the_providers_words() -> None:
    error = error_for("31337", "Destination\tnetwork closed\n", 200)

    assert (type(error), error.provider_code, error.detail) == (
        MessageRefused,
        "31337",
        "Destination network closed",
    )


def test_a_failure_with_the_code_of_success_leaves_the_outcome_open() -> None:
    assert type(error_for("0", "Success", 400)) is OutcomeUnknown


def test_details_are_one_bounded_line() -> None:
    assert tidy_detail("a\x00b\n" + "c" * 1000) == "a b " + "c" * 296
