"""People who can fix something are told how."""

import pytest

from messaging.reasons import WORDINGS, Owner, Reason, ReasonCode
from messaging.services.recorder.fixes import FIXES, how_to_fix
from messaging.services.recorder.outlook import Next, Outlook

#: Of the history only, or nothing that somebody could fix.
WITHOUT_FIX = {
    "1002", ReasonCode.BUSY, ReasonCode.ACCEPTED_WITHOUT_ID, ReasonCode.ACCEPTED_WITH_KNOWN_ID,
}  # fmt: skip


def test_every_reason_with_an_owner_says_what_they_can_do():
    owned = {code for code, wording in WORDINGS.items() if wording.owner != Owner.NOBODY}

    assert owned - set(FIXES) == WITHOUT_FIX
    assert set(FIXES) - set(WORDINGS) == set()


def outlook(code=None, step=Next.NOTHING):
    return Outlook(next=step, cause=Reason(code) if code else None)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (outlook("1102"), "Top up"),
        (outlook("99999"), "Share this record"),
        (outlook("1102", Next.WAITS_FOR_A_WORKER), "run_outbox"),
        (outlook(step=Next.HAS_NO_RECEIPT), "webhook URL"),
    ],
    ids=["documented", "undocumented", "no worker", "no receipt"],
)
def test_the_advice_fits_the_cause(found, words):
    assert words in how_to_fix(found)


@pytest.mark.parametrize(
    "found", [outlook(), outlook("busy"), outlook("early_receipt", Next.IS_COMPLETE)], ids=str
)
def test_where_nobody_need_do_anything_nothing_is_said(found):
    assert how_to_fix(found) == ""
