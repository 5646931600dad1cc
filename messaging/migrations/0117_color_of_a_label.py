"""Call a label's color as the code does; its column keeps the name, so both versions read it."""

from django.core.validators import MaxValueValidator
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("messaging", "0116_number_retention")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("label", "colour", "color"),
                migrations.AlterField(
                    "label",
                    "color",
                    models.PositiveSmallIntegerField(
                        db_column="colour",
                        default=0,
                        validators=[MaxValueValidator(7)],
                        verbose_name="color",
                    ),
                ),
            ],
        ),
    ]
