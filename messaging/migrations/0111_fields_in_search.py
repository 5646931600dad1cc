from django.db import migrations, transaction

ROWS_AT_ONCE = 20_000


def forget_words(apps, schema_editor):
    """Have the contacts indexed again that have fields: they are found by them now.

    In steps, each committed by itself; running it again does no harm.
    """
    connection = schema_editor.connection
    if connection.vendor == "sqlite":
        condition = "fields <> '{}'"
    else:
        condition = "fields <> '{}'::jsonb"
    begin = 0
    while begin is not None:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM messaging_contact WHERE id >= %s ORDER BY id LIMIT 1 OFFSET %s",
                [begin, ROWS_AT_ONCE],
            )
            end = (cursor.fetchone() or [None])[0]
            cursor.execute(
                "UPDATE messaging_contact SET search_text = NULL"
                f" WHERE id >= %s AND id < %s AND {condition}",
                [begin, 2**62 if end is None else end],
            )
        begin = end


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("messaging", "0110_contact_fields"),
    ]

    operations = [
        migrations.RunPython(forget_words, migrations.RunPython.noop, elidable=True),
    ]
