from django.db import migrations, transaction

from messaging.db.search_index import create_search_indexes

TABLES = ("messaging_message", "messaging_contact", "messaging_note", "messaging_memo")
#: Hebrew, Arabic, Thai, Lao, Burmese, Khmer.
SCRIPTS = r"\u0590-\u06ff\u0750-\u077f\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\ua9e0-\ua9ff\uaa60-\uaa7f"
ROWS_AT_ONCE = 20_000


def forget_words(apps, schema_editor):
    """Have the rows indexed again that hold scripts whose words the index writes otherwise now.

    In steps, each committed by itself: the tables may be large, and people go on writing. Running
    it again does no harm.
    """
    connection = schema_editor.connection
    create_search_indexes(connection)
    if connection.vendor == "sqlite":
        condition, pattern = "search_text GLOB %s", f"*[{SCRIPTS.encode().decode('unicode_escape')}]*"
    else:
        condition, pattern = "search_text ~ %s", f"[{SCRIPTS}]"
    for table in TABLES:
        begin = 0
        while begin is not None:
            with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT id FROM {table} WHERE id >= %s ORDER BY id LIMIT 1 OFFSET %s",
                    [begin, ROWS_AT_ONCE],
                )
                end = (cursor.fetchone() or [None])[0]
                cursor.execute(
                    f"UPDATE {table} SET search_text = NULL"
                    f" WHERE id >= %s AND id < %s AND {condition}",
                    [begin, 2**62 if end is None else end, pattern],
                )
            begin = end


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("messaging", "0055_team_settings"),
    ]

    operations = [
        migrations.RunPython(forget_words, migrations.RunPython.noop, elidable=True),
    ]
