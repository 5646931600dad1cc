"""Variables of saved replies; the browser reads them in the same way (tests/browser)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.services.content.variables import VARIABLES, as_written, fill, unfilled, unknown_in
from tests.golden import golden_cases

CASES = golden_cases("variables.json")
EVERY = {name: f"<{name}>" for name in VARIABLES}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_variables_are_filled_once(case):
    text, values = case["text"], case["values"]

    assert (fill(text, values=values), unfilled(text, values=values)) == (
        case["sent"],
        case["missing"],
    )


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_what_is_put_into_a_field_is_sent_as_it_was_meant(case):
    assert fill(case["inserted"], values=case["values"]) == case["sent"]


@given(
    st.lists(
        st.sampled_from(["{", "}", "{{", "}}", "|", "a", " ", "\n", *VARIABLES, "{my_name}"]),
        max_size=12,
    )
)
def test_a_text_as_it_is_written_is_filled_to_that_text(parts):
    text = "".join(parts)

    assert fill(as_written(text, names=VARIABLES), values=EVERY) == text


@pytest.mark.parametrize(
    "text",
    ["Hi Anna {vip}", "5 { 6", "{price}", "no braces", "}}"],
)
def test_braces_of_no_variable_are_written_as_they_are(text):
    assert as_written(text, names=VARIABLES) == text


@pytest.mark.parametrize(
    ("content", "unknown"),
    [
        ("Hi {contact_name|there}, {my_name}", []),
        ("Hi {contact_nam}", ["contact_nam"]),
        ("Hi {contact_nam|there}", ["contact_nam"]),
        ("Hi {Contact_Name}", ["Contact_Name"]),
        ("Hi {contact name} {contact-name}", ["contact name", "contact-name"]),
        ("{price} {price}", ["price"]),
        ("{{price} {{contact_nam}}", []),
        ("{{{price}", ["price"]),
        ("5 { 6 } {5}", []),
    ],
)
def test_what_looks_like_a_variable_in_a_saved_reply_and_is_none(content, unknown):
    assert unknown_in(content, names=VARIABLES) == unknown
