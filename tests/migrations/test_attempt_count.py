"""The migration that replaces django-axes by counters of our own."""

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from tests.migrations.old_states import migrate

BEFORE = ("messaging", "0016_notes_edited_and_deleted")


@pytest.mark.nightly
@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_what_axes_kept_is_gone_and_an_older_version_may_make_it_again():
    migrate(BEFORE)
    recorder = MigrationRecorder(connection)
    recorder.record_applied("axes", "0001_initial")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE axes_accessattempt (id integer PRIMARY KEY, post_data text)")
        cursor.execute(
            "CREATE TABLE axes_accessattemptexpiration (access_attempt_id integer PRIMARY KEY"
            " REFERENCES axes_accessattempt (id))"
        )
        cursor.execute("INSERT INTO axes_accessattempt VALUES (1, 'username=ann')")
        cursor.execute("INSERT INTO axes_accessattemptexpiration VALUES (1)")

    migrate()

    tables = connection.introspection.table_names()
    assert [name for name in tables if name.startswith("axes_")] == []
    assert not recorder.migration_qs.filter(app="axes").exists()
    assert "messaging_attemptcount" in tables
