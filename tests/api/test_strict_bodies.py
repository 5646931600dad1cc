"""A body's values must be of the right kind: what is only like it is a mistake of its program."""

import pytest
from rest_framework import serializers

from messaging.api import fields, message_bulk, message_serializers, messages, numbers
from messaging.models import DidNumber, Message
from tests.factories import DID, PHONE, make_did, make_outbound

MESSAGES = "/api/v1/messages/"
NUMBERS = "/api/v1/numbers/"
pytestmark = pytest.mark.django_db

#: Each as JSON: what no text is.
NO_TEXTS = ["1e400", "-1e400", "12.5", "7", "true", "[]", "{}"]


@pytest.fixture
def did(ana):
    return make_did(members=(ana,))


def post(client, url, body):
    return client.post(url, body, content_type="application/json")


def message_body(**raw):
    """A body in which some values are given as JSON of their own."""
    values = {"sender": f'"{DID}"', "phone": f'"{PHONE}"', "content": '"Hello"'} | raw
    return "{" + ", ".join(f'"{name}": {value}' for name, value in values.items()) + "}"


def refused(response):
    answer = response.json()
    return (response.status_code, answer["code"], list(answer["fields"]))


@pytest.mark.parametrize("value", NO_TEXTS)
@pytest.mark.parametrize("field", ["content", "client_id"])
def test_a_text_is_a_json_string(api, did, field, value):
    response = post(api, MESSAGES, message_body(**{field: value}))

    assert refused(response) == (400, "invalid", [field])
    assert not Message.objects.exists()


@pytest.mark.parametrize("value", ["1e400", "34612345678.0", "3.4612345678e10", "true", "[]", "{}"])
@pytest.mark.parametrize("field", ["phone", "sender"])
def test_a_phone_number_is_a_string_or_a_whole_number(api, did, field, value):
    response = post(api, MESSAGES, message_body(**{field: value}))

    assert refused(response) == (400, "invalid", [field])
    assert not Message.objects.exists()


def test_a_phone_number_as_a_json_number_keeps_its_digits(api, did):
    response = post(api, MESSAGES, message_body(sender=DID, phone=PHONE))

    assert (response.json()["number"], response.json()["phone"]) == (DID, PHONE)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param('"2099-12-01"', id="a day"),
        pytest.param('" 2099-12-01 "', id="a day with blanks"),
        pytest.param('"20991201"', id="a day without dashes"),
        pytest.param('"2099-W49"', id="a week"),
        pytest.param('"2099-W49-2"', id="a day of a week"),
        pytest.param("4099680000", id="seconds since 1970"),
        pytest.param("1e400", id="no number at all"),
        pytest.param("true", id="a truth value"),
        pytest.param("[]", id="a list"),
    ],
)
def test_a_time_to_send_at_is_an_instant(api, did, value):
    response = post(api, MESSAGES, message_body(send_at=value))

    assert refused(response) == (400, "invalid", ["send_at"])
    assert not Message.objects.exists()


def test_a_day_is_refused_with_words_that_say_what_is_missing(api, did):
    response = post(api, MESSAGES, message_body(send_at='"2099-12-01"'))

    assert response.json()["fields"] == {
        "send_at": ["Enter a date and time with its zone: 2026-12-01T09:30:00Z."]
    }


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        ("2099-12-01T09:30:00Z", "2099-12-01T09:30:00Z"),
        ("2099-12-01T09:30:00+08:00", "2099-12-01T01:30:00Z"),
        ("2099-12-01T09:30", "2099-12-01T09:30:00Z"),
        ("2099-12-01 09:30:00", "2099-12-01T09:30:00Z"),
    ],
    ids=["UTC", "a zone", "no zone is UTC", "a blank"],
)
def test_an_instant_is_taken_as_it_is_documented(api, did, value, instant):
    response = post(api, MESSAGES, message_body(send_at=f'"{value}"'))

    assert (response.status_code, response.json()["send_at"]) == (201, instant)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("label", value) for value in NO_TEXTS),
        *(("is_active", value) for value in ('"false"', "0", "1", "1e400", "null", "[]")),
        *(("max_per_second", value) for value in ('"5"', "5.0", "5.5", "1e400", "true", "[]")),
        *(("members", value) for value in ("[7]", "[true]", "[1e400]", '"ana"', "{}")),
        *(("opt_out_keywords", value) for value in ("[7]", "[true]", "[1e400]", '"STOP"')),
    ],
)
def test_a_numbers_values_are_of_their_kind(admin_api, ana, field, value):
    number = make_did()
    before = DidNumber.objects.values().get()

    body = f'{{"{field}": {value}}}'
    response = admin_api.patch(f"{NUMBERS}{number.pk}/", body, content_type="application/json")

    answer = response.json()
    assert (response.status_code, answer["code"]) == (400, "invalid")
    assert [name.partition(".")[0] for name in answer["fields"]] == [field]
    assert DidNumber.objects.values().get() == before


@pytest.mark.parametrize("value", ['"true"', "1", "1e400", "null", "[]"])
def test_sending_again_at_once_is_asked_for_with_true(api, did, value):
    message = make_outbound(status="failed")

    body = f'{{"accept_duplicate": {value}}}'
    response = post(api, f"{MESSAGES}{message.pk}/resend/", body)

    assert refused(response) == (400, "invalid", ["accept_duplicate"])
    assert Message.objects.count() == 1


@pytest.mark.parametrize("value", NO_TEXTS)
def test_what_is_shown_in_place_of_a_hidden_text_is_a_text(admin_api, did, value):
    message = make_outbound()

    response = post(admin_api, f"{MESSAGES}{message.pk}/redact/", f'{{"content": {value}}}')

    assert refused(response) == (400, "invalid", ["content"])


STRICT = (
    fields.TextField,
    fields.PhoneField,
    fields.FlagField,
    fields.CountField,
    fields.UserNameField,
    fields.UtcDateTimeField,
    fields.StrictSerializer,
)


def all_kinds(field):
    """Return a field, or what a list of it holds."""
    inner = getattr(field, "child", None) or getattr(field, "child_relation", None)
    return all_kinds(inner) if inner is not None else field


def bodies():
    """Return every serializer that reads a body."""
    modules = (message_bulk, message_serializers, messages, numbers)
    found = {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, serializers.Serializer)
        and value.__module__.startswith("messaging.api")
        and not issubclass(value, fields.Filters)
    }
    return [one for one in found if any(not field.read_only for field in one().fields.values())]


def test_every_field_that_reads_a_body_is_strict():
    lenient = {
        f"{serializer.__name__}.{name}"
        for serializer in bodies()
        for name, field in serializer().fields.items()
        if not field.read_only and not isinstance(all_kinds(field), STRICT)
    }

    assert {one.__name__ for one in bodies()} >= {"NewMessageSerializer", "NumberSerializer"}
    assert lenient == set()


# --- What UTF-8 has no bytes for ---


SURROGATE = "\ud800"


def test_a_lone_surrogate_in_a_fields_name_is_repeated_as_it_came(api, did):
    response = post(api, MESSAGES, '{"\\ud800": 1}')

    assert response.status_code == 400
    assert response.json()["fields"][SURROGATE] == ["Unknown field."]


def test_a_lone_surrogate_in_a_client_id_is_refused_and_repeated_as_it_came(api, did):
    raw = message_body(client_id='"\\ud800"')

    response = post(api, f"{MESSAGES}bulk/", f'{{"messages": [{raw}]}}')

    (result,) = response.json()["results"]
    assert (response.status_code, result["client_id"]) == (200, SURROGATE)
    assert (result["result"], list(result["error"]["fields"])) == ("error", ["client_id"])


def test_other_letters_are_not_escaped(api, did):
    response = post(api, MESSAGES, message_body(content='"你好 é"'))

    assert '"content":"你好 é"' in response.content.decode()


def test_a_text_is_measured_as_it_was_written():
    field = fields.TextField(max_length=5)

    assert field.run_validation(" abc ") == "abc"
    with pytest.raises(serializers.ValidationError) as refusal:
        field.run_validation("\x85abcde")
    assert refusal.value.get_codes() == ["max_length"]
