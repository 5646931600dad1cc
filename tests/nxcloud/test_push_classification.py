"""Message or receipt: each rule, in its order."""

import pytest

from messaging.nxcloud.errors import UnusablePush
from messaging.nxcloud.push import (
    Classification,
    ClassificationFacts,
    KnownMessage,
    PushFields,
    classify,
)
from tests.nxcloud.envelopes import form_push, signed_push

DID, OTHER_DID, PERSON = "18184505018", "18184505019", "12347200160"
OURS = frozenset({DID})
BOTH_OURS = frozenset({DID, OTHER_DID})


def push(*, to: str, sender: str, type_word: str = "", content: str = "hi") -> PushFields:
    return PushFields(
        message_id="id1",
        type=type_word,
        to_phone=to,
        from_phone=sender,
        content=content,
        size=None,
        price=None,
        provider_time=None,
        sms_status="DELIVRD",
    )


def classification_of(
    fields: PushFields,
    *,
    action: str = "",
    our_numbers: frozenset[str] = OURS,
    known_message: KnownMessage | None = None,
    we_sent_this_text: bool = False,
) -> Classification:
    return classify(
        fields=fields,
        envelope=signed_push(b"{}", action=action) if action else form_push(b""),
        facts=ClassificationFacts(
            our_numbers=our_numbers,
            known_message=known_message,
            sent_text_matches=lambda did, phone, content: (
                we_sent_this_text and (did, phone, content) == (DID, PERSON, "hi")
            ),
        ),
    )


def refusal(fields: PushFields, **facts: object) -> str:
    with pytest.raises(UnusablePush) as caught:
        classification_of(fields, **facts)  # type: ignore[arg-type]
    return caught.value.reason


# a. signed: the action decides


@pytest.mark.parametrize("type_word", ["", "0", "2"], ids=["no type", "agreeing", "unknown type"])
def test_a_signed_mo_is_inbound(type_word: str) -> None:
    assert classification_of(
        push(to=DID, sender=PERSON, type_word=type_word), action="mo"
    ) == Classification(kind="inbound", did=DID, phone=PERSON, reason="signed_action", flags=())


def test_a_signed_dr_is_a_receipt_of_the_did_that_sent() -> None:
    assert classification_of(
        push(to=PERSON, sender=DID, type_word="1"), action="dr"
    ) == Classification(kind="receipt", did=DID, phone=PERSON, reason="signed_action", flags=())


def test_a_signed_dr_may_name_our_did_as_the_recipient_like_the_published_one() -> None:
    assert classification_of(push(to=DID, sender=PERSON), action="dr") == Classification(
        kind="receipt", did=DID, phone=PERSON, reason="signed_action", flags=()
    )


@pytest.mark.parametrize(
    ("action", "type_word", "kind"), [("mo", "1", "inbound"), ("dr", "0", "receipt")]
)
def test_a_type_that_contradicts_the_action_is_only_flagged(
    action: str, type_word: str, kind: str
) -> None:
    result = classification_of(push(to=DID, sender=PERSON, type_word=type_word), action=action)

    assert (result.kind, result.flags) == (kind, ("type_contradicts_action",))


@pytest.mark.parametrize(
    ("to", "sender", "action"),
    [
        pytest.param(PERSON, DID, "mo", id="inbound to a number that is not ours"),
        pytest.param(PERSON, PERSON, "mo", id="inbound between strangers"),
        pytest.param(PERSON, PERSON, "dr", id="receipt between strangers"),
    ],
)
def test_a_signed_push_whose_role_needs_a_did_of_ours_is_unknown(
    to: str, sender: str, action: str
) -> None:
    assert refusal(push(to=to, sender=sender), action=action) == "unknown_number"


def test_a_signed_dr_for_a_known_id_with_other_numbers_is_a_mismatch() -> None:
    known = KnownMessage(did=DID, phone="99", has_receipt=False)

    assert (
        refusal(push(to=PERSON, sender=DID), action="dr", known_message=known) == "receipt_mismatch"
    )


def test_a_signed_mo_does_not_care_for_a_known_id() -> None:
    known = KnownMessage(did=DID, phone="99", has_receipt=False)

    assert (
        classification_of(push(to=DID, sender=PERSON), action="mo", known_message=known).kind
        == "inbound"
    )


# b. both numbers are ours


@pytest.mark.parametrize(
    ("type_word", "known_message", "expected"),
    [
        pytest.param("0", None, ("inbound", OTHER_DID, DID, "both_ours_type"), id="upstream"),
        pytest.param("1", None, ("receipt", DID, OTHER_DID, "both_ours_type"), id="downstream"),
        pytest.param("", None, ("inbound", OTHER_DID, DID, "both_ours_default"), id="unknown id"),
        pytest.param(
            "",
            KnownMessage(DID, OTHER_DID, has_receipt=False),
            ("receipt", DID, OTHER_DID, "both_ours_known_id"),
            id="known id that waits for its receipt",
        ),
        pytest.param(
            "",
            KnownMessage(DID, OTHER_DID, has_receipt=True),
            ("inbound", OTHER_DID, DID, "both_ours_default"),
            id="known id that has its receipt",
        ),
        pytest.param(
            "",
            KnownMessage(OTHER_DID, DID, has_receipt=False),
            ("receipt", OTHER_DID, DID, "both_ours_known_id"),
            id="known id, numbers turned",
        ),
    ],
)
def test_between_two_of_our_numbers(
    type_word: str, known_message: KnownMessage | None, expected: tuple[str, str, str, str]
) -> None:
    result = classification_of(
        push(to=OTHER_DID, sender=DID, type_word=type_word),
        our_numbers=BOTH_OURS,
        known_message=known_message,
    )

    assert (result.kind, result.did, result.phone, result.reason) == expected


# c. the id is one of our sent messages


@pytest.mark.parametrize(
    ("to", "sender"), [(PERSON, DID), (DID, PERSON)], ids=["as sent", "turned"]
)
@pytest.mark.parametrize("type_word", ["", "0", "1"])
def test_a_known_id_makes_a_receipt_either_way_round(to: str, sender: str, type_word: str) -> None:
    known = KnownMessage(DID, PERSON, has_receipt=True)

    assert classification_of(
        push(to=to, sender=sender, type_word=type_word), known_message=known
    ) == Classification(kind="receipt", did=DID, phone=PERSON, reason="known_message_id")


def test_a_known_id_with_other_numbers_is_a_mismatch() -> None:
    known = KnownMessage(DID, "99", has_receipt=False)

    assert refusal(push(to=DID, sender=PERSON), known_message=known) == "receipt_mismatch"


# d, e, f. what the numbers say


@pytest.mark.parametrize("type_word", ["", "0", "1"])
def test_from_our_did_is_a_receipt_whatever_the_type_says(type_word: str) -> None:
    assert classification_of(push(to=PERSON, sender=DID, type_word=type_word)) == Classification(
        kind="receipt", did=DID, phone=PERSON, reason="from_is_ours"
    )


@pytest.mark.parametrize("type_word", ["", "0", "1"])
def test_to_our_did_is_inbound_whatever_the_type_says(type_word: str) -> None:
    assert classification_of(push(to=DID, sender=PERSON, type_word=type_word)) == Classification(
        kind="inbound", did=DID, phone=PERSON, reason="to_is_ours"
    )


def test_our_own_text_coming_back_as_downstream_is_a_receipt() -> None:
    fields = push(to=DID, sender=PERSON, type_word="1", content="hi")

    assert classification_of(fields, we_sent_this_text=True) == Classification(
        kind="receipt", did=DID, phone=PERSON, reason="own_text_came_back"
    )


def test_a_person_repeating_our_text_is_inbound() -> None:
    fields = push(to=DID, sender=PERSON, type_word="0", content="hi")

    assert classification_of(fields, we_sent_this_text=True).kind == "inbound"


def test_neither_number_ours_is_unknown() -> None:
    assert refusal(push(to=PERSON, sender="99")) == "unknown_number"


# how numbers are compared


def test_numbers_are_compared_by_their_digits() -> None:
    assert classification_of(push(to="+1 (818) 450-5018", sender="+12347200160")) == Classification(
        kind="inbound", did=DID, phone=PERSON, reason="to_is_ours"
    )


@pytest.mark.parametrize("sender", ["10086", "NXBANK", "Nx Bank 24"])
def test_short_codes_and_letters_are_kept_as_they_came(sender: str) -> None:
    assert classification_of(push(to=DID, sender=sender)).phone == sender


def test_a_letter_sender_of_ours_is_found_in_any_case() -> None:
    result = classification_of(push(to=PERSON, sender="NXBank"), our_numbers=frozenset({"nxbank"}))

    assert (result.kind, result.did) == ("receipt", "nxbank")
