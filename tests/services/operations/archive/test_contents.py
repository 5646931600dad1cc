"""Every table is in the archive, or it is said why not."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.auth.models import User

from messaging.models import Message
from messaging.services.operations.archive.contents import (
    LEFT_OUT,
    TABLES,
    column_name,
    fields_of,
    schema,
)

#: What a column that lets somebody in is called.
SECRETS = ("password", "secret", "digest", "token", "key", "session")
#: Columns that have such a name, and let nobody in.
HARMLESS = {
    "messaging_auditentry.token",  # its first six characters
    "messaging_message.dedup_key",
    "messaging_message.text_digest",
    "messaging_push.text_digest",
    "messaging_erasednumber.digest",  # of a phone number, under SECRET_KEY
    "messaging_contact.phone_key",
    "messaging_push.phone_key",
    "messaging_contactfield.key",
    "messaging_mailing.key",
    "messaging_optout.end_keyword",
    "messaging_didnumber.opt_out_keywords",
    "messaging_staffsettings.send_key",
    "auth_user.has_password",
}


def test_every_table_is_in_one_of_the_lists():
    everything = {model._meta.label for model in apps.get_models(include_auto_created=True)}
    taken = {model._meta.label for model in TABLES}

    assert taken | set(LEFT_OUT) == everything
    assert taken & set(LEFT_OUT) == set()
    assert len(TABLES) == len(taken)


def test_no_column_lets_anybody_in():
    found = {
        f"{name}.{column['name']}"
        for name, table in schema()["tables"].items()
        for column in table["columns"]
        if any(word in column["name"] for word in SECRETS)
    }

    assert found == HARMLESS


def test_of_a_password_only_that_there_is_one():
    assert "has_password" in map(column_name, fields_of(User))
    assert "search_text" not in map(column_name, fields_of(Message))


@pytest.mark.parametrize(
    ("table", "column", "kind"),
    [
        ("messaging_message", "conversation_id", "integer"),
        ("messaging_message", "created_at", "time (ISO 8601, UTC)"),
        ("messaging_message", "price", "decimal (text)"),
        ("messaging_push", "raw_body", "bytes (base64)"),
        ("messaging_closure", "first", "date (ISO 8601)"),
        ("messaging_contact", "fields", "any JSON"),
        ("messaging_answer", "seconds", "number"),
        ("messaging_contact", "name", "text"),
        ("django_admin_log", "content_type_id", "model"),
        ("auth_user", "has_password", "boolean"),
    ],
)
def test_the_schema_says_what_a_column_is(table, column, kind):
    columns = {each["name"]: each for each in schema()["tables"][table]["columns"]}

    assert columns[column]["type"] == kind


def test_the_schema_says_which_table_a_column_names():
    columns = schema()["tables"]["messaging_message"]["columns"]

    assert {
        "name": "did_number_id",
        "type": "integer",
        "refers_to": "messaging_didnumber",
    } in columns
