"""Where texts of one person meet in a field, nothing is lost and nothing is doubled."""

import pytest

pytestmark = [pytest.mark.browser]
MODULE = "composer/draft_merge.js"

# (the server's text, this browser's, what it believed the server to have) → the field's
TAKEN_UP = {
    "nothing kept": (("Hi", "", "Hi"), "Hi"),
    "the same": (("Hi", "Hi", "Hi"), "Hi"),
    "the server never had it": (("", "Hi", ""), "Hi"),
    "spaces on the server": ((" \n", "Hi", ""), "Hi"),
    "typed on since": (("Hi", "Hi there", "Hi"), "Hi there"),
    "rewritten since": (("Hi", "Good morning", "Hi"), "Good morning"),
    "longer than the server's": (("morning", "Good morning", "Good"), "Good morning"),
    "part of the server's": (("Good morning", "Good", ""), "Good morning"),
    "another device wrote too": (("From my phone", "Hi there", "Hi"), "From my phone\n\nHi there"),
    "kept by an older version": (("From my phone", "Hi", None), "From my phone\n\nHi"),
}

# (text, selection; what was sent) → what remains
WITHOUT_SENT = {
    "nothing typed since": (("Hi", 2, 2, "Hi"), ("", 0, 0)),
    "typed on": (("Hi and more", 11, 11, "Hi"), ("and more", 8, 8)),
    "typed on below": (("Hi\n\nNext", 8, 8, "Hi"), ("Next", 4, 4)),
    "selected before it": (("Hi Next", 1, 5, "Hi"), ("Next", 0, 2)),
    "rewritten meanwhile": (("Hello", 5, 5, "Hi"), ("Hello", 5, 5)),
}

# (text, selection; what was sent to be kept, what the server made of it) → the field's
WITH_MERGED = {
    "the other's before": (("Hi", 2, 2, "Hi", "Other\n\nHi"), ("Other\n\nHi", 9, 9)),
    "typed on meanwhile": (("Hi all", 6, 6, "Hi", "Other\n\nHi"), ("Other\n\nHi all", 13, 13)),
    "the other's was changed": (("Hi", 1, 2, "Hi", "Hi Other"), ("Hi Other", 1, 2)),
    "rewritten meanwhile": (("Bye", 3, 3, "Hi", "Other\n\nHi"), ("Other\n\nHi\n\nBye", 10, 10)),
    "it was sent": (("", 0, 0, "", "Other"), ("Other", 5, 5)),
}

TAKEN_BACK = {
    "an empty field": (("Hi", ""), "Hi"),
    "spaces": (("Hi", "  \n"), "Hi"),
    "written since": (("Hi", "Next"), "Hi\n\nNext"),
}


def given(table):
    return {name: case for name, (case, _expected) in table.items()}


def expected(table):
    return {name: answer for name, (_case, answer) in table.items()}


def test_what_this_browser_kept_is_taken_up(answers):
    found = answers(MODULE, "module.takenUp(...given)", given(TAKEN_UP))

    assert found == expected(TAKEN_UP)


def test_what_was_sent_goes_and_what_was_typed_since_stays(answers):
    call = """(([text, start, end, sent]) =>
        Object.values(module.withoutSent({text, start, end}, sent)))(given)"""

    found = answers(MODULE, call, given(WITHOUT_SENT))

    assert {name: tuple(answer) for name, answer in found.items()} == expected(WITHOUT_SENT)


def test_what_was_typed_since_follows_what_the_server_merged(answers):
    call = """(([text, start, end, sent, merged]) =>
        Object.values(module.withMerged({text, start, end}, {sent, merged})))(given)"""

    found = answers(MODULE, call, given(WITH_MERGED))

    assert {name: tuple(answer) for name, answer in found.items()} == expected(WITH_MERGED)


def test_a_text_taken_back_is_in_front_of_what_was_written_since(answers):
    found = answers(MODULE, "module.takenBack(...given)", given(TAKEN_BACK))

    assert found == expected(TAKEN_BACK)
