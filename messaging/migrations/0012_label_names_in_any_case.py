import itertools

import django.db.models.functions.text
from django.db import migrations, models
from django.db.models.functions import Lower


def rename_doubles(apps, schema_editor):
    """Number the labels that only their capitals tell apart: "VIP" stays, "vip" becomes "vip (2)"."""
    labels = apps.get_model("messaging", "Label")._default_manager.using(
        schema_editor.connection.alias
    )
    seen = set()
    # The database folds the names: what it takes for the same letter is what its index refuses.
    for label in labels.annotate(folded=Lower("name")).order_by("pk"):
        if label.folded in seen:
            for number in itertools.count(2):
                suffix = f" ({number})"
                name = label.name[: 30 - len(suffix)] + suffix
                if not labels.annotate(folded=Lower("name")).filter(folded=Lower(models.Value(name))):
                    break
            label.name = name
            label.save(update_fields=["name"])
        seen.add(label.folded)


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0011_opt_outs_that_allow_a_number'),
    ]

    operations = [
        migrations.RunPython(rename_doubles, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            model_name='label',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('name'), name='label_name_once_in_any_case', violation_error_message='There is a label of this name already; capitals do not tell labels apart.'),
        ),
    ]
