"""The provider's codes: who can fix them and what they do to a message."""

import pytest

from messaging.nxcloud.errors import (
    CODES,
    AccountRejected,
    ClockRejected,
    MessageRefused,
    NXCloudError,
    OutcomeUnknown,
    Owner,
    error_for,
    tidy_detail,
)


@pytest.mark.parametrize(
    ("code", "kind", "owner"),
    [
        ("-1", MessageRefused, Owner.PROVIDER),
        ("1001", AccountRejected, Owner.DEVELOPER),
        ("1002", MessageRefused, Owner.DEVELOPER),
        ("1003", AccountRejected, Owner.ADMINISTRATOR),
        ("1004", ClockRejected, Owner.ADMINISTRATOR),
        ("1005", AccountRejected, Owner.ADMINISTRATOR),
        ("1100", AccountRejected, Owner.ADMINISTRATOR),
        ("1102", AccountRejected, Owner.ADMINISTRATOR),
        ("9006", MessageRefused, Owner.WRITER),
        ("9007", MessageRefused, Owner.WRITER),
        ("12001", MessageRefused, Owner.WRITER),
        ("12002", MessageRefused, Owner.ADMINISTRATOR),
        ("12004", MessageRefused, Owner.ADMINISTRATOR),
        ("12005", MessageRefused, Owner.ADMINISTRATOR),
        ("12007", MessageRefused, Owner.ADMINISTRATOR),
        ("12008", MessageRefused, Owner.ADMINISTRATOR),
    ],
)
def test_each_published_code_has_its_kind_and_its_owner(
    code: str, kind: type[NXCloudError], owner: Owner
) -> None:
    error = error_for(code, "their words", 200)

    assert (type(error), error.owner, error.provider_code, error.http_status, error.detail) == (
        kind,
        owner,
        code,
        200,
        "their words",
    )


def test_no_published_code_is_without_a_row() -> None:
    published = (
        "-1 1001 1002 1003 1004 1005 9006 9007 1100 1102 12001 12002 12004 12005 12007 12008"
    )

    assert sorted(CODES) == sorted(published.split())


@pytest.mark.parametrize("code", CODES)
def test_the_plain_words_hold_no_code(code: str) -> None:
    assert code not in CODES[code].user_message


def test_an_unknown_code_refuses_the_message_in_the_providers_words() -> None:
    error = error_for("31337", "Destination\tnetwork closed\n", 200)

    assert (type(error), error.provider_code, error.user_message) == (
        MessageRefused,
        "31337",
        "Destination network closed",
    )


def test_an_unknown_code_without_words_still_says_something() -> None:
    assert error_for("31337").user_message == "The provider refused it with the code 31337."


def test_a_failure_with_the_code_of_success_leaves_the_outcome_open() -> None:
    assert type(error_for("0", "Success", 400)) is OutcomeUnknown


def test_details_are_one_bounded_line() -> None:
    assert tidy_detail("a\x00b\n" + "c" * 1000) == "a b " + "c" * 296
