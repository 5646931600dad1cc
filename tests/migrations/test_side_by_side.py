"""The version before this one goes on while a migration runs and after it.

A rolling upgrade and a rollback depend on it (`make upgrade-drill`). What an old version still uses
is removed one release after the last version that uses it, and then has its line in BORNE.
"""

from __future__ import annotations

import pytest
from django.db import connections, migrations, models
from django.db.models.fields import NOT_PROVIDED

from messaging.db.online import AddFieldOnline
from scripts.previous_version import FIRST_SIDE_BY_SIDE
from tests.migrations.old_states import OldLoader

#: Tables with a row or more for each message.
BIG = {
    "contact",
    "conversation",
    "message",
    "statuschange",
    "push",
    "conversationevent",
    "messagefact",
}
#: (migration, operation, model or field): why a version before it bears this nonetheless.
BORNE: dict[tuple[str, str, str], str] = {}

LOADER = OldLoader(None, ignore_no_migrations=True)
NAMES = sorted(
    name
    for app, name in LOADER.disk_migrations
    if app == "messaging" and f"{name}.py" > FIRST_SIDE_BY_SIDE
)


def complaint(operation, made: set[str], field_before) -> str | None:
    """Return what an older version would miss; None where it notices nothing.

    Args:
        operation: one of a migration's.
        made: lower-case names of models that the same migration makes: no older version uses them.
        field_before: returns a field as it was before the operation.
    """
    model = getattr(operation, "model_name_lower", "")
    if model in made:
        return None
    match operation:
        case migrations.RenameModel() | migrations.DeleteModel() | migrations.AlterModelTable():
            return "a table is gone"
        case migrations.RenameField() | migrations.RemoveField():
            return "a column is gone"
        case migrations.AddField(field=field):
            if field.many_to_many:
                return None
            if not field.null and field.db_default is NOT_PROVIDED:
                return "what it writes lacks the new column: give a db_default"
            is_checked = bool(field.db_parameters(connections["default"])["check"])
            is_plain = type(operation) is migrations.AddField and model in BIG
            return "take AddFieldOnline" if is_plain and (is_checked or not field.null) else None
        case migrations.AlterField(field=field):
            needs_value = not field.null and field_before(operation).null
            return "a column needs a value" if needs_value else None
        case migrations.AddConstraint():
            return "it may write what the constraint refuses, and a big table is locked meanwhile"
        case migrations.AddIndex() if type(operation) is migrations.AddIndex:
            return "PostgreSQL lets nobody write meanwhile: take AddIndexOnline"
        case _:
            return None


def subject(operation) -> str:
    return getattr(operation, "name", None) or getattr(operation, "model_name", "")


@pytest.mark.parametrize("name", NAMES)
def test_the_version_before_goes_on(name):
    migration = LOADER.disk_migrations["messaging", name]
    parents = [key for key in migration.dependencies if key[0] == "messaging"]
    state = LOADER.project_state(parents)
    made: set[str] = set()
    found = {}
    for operation in migration.operations:
        if isinstance(operation, migrations.CreateModel):
            made.add(operation.name_lower)

        def before(one, state=state):
            return state.models["messaging", one.model_name_lower].get_field(one.name)

        complained = complaint(operation, made, before)
        key = (name, type(operation).__name__, subject(operation))
        if complained and key not in BORNE:
            found[key] = complained
        state = state.clone()
        operation.state_forwards("messaging", state)

    assert found == {}


def field(**settings):
    return models.IntegerField(**settings)


@pytest.mark.parametrize(
    ("operation", "says"),
    [
        (migrations.RenameModel("Push", "Call"), "a table is gone"),
        (migrations.RemoveField("push", "kind"), "a column is gone"),
        (migrations.AddField("push", "size", field(default=0)), "give a db_default"),
        (AddFieldOnline("push", "size", field(db_default=0)), None),
        (migrations.AddField("didnumber", "size", field(db_default=0)), None),
        (migrations.AddField("push", "size", field(db_default=0)), "take AddFieldOnline"),
        (migrations.AddField("push", "size", field(null=True)), None),
        (migrations.AddIndex("push", models.Index(fields=["kind"], name="x")), "AddIndexOnline"),
        (migrations.AlterField("push", "size", field(db_default=0)), "a column needs a value"),
        (migrations.AddField("fresh", "size", field()), None),
    ],
)
def test_what_an_older_version_does_not_bear_is_found(operation, says):
    said = complaint(operation, {"fresh"}, lambda _operation: field(null=True))

    assert (said is None) if says is None else says in said
