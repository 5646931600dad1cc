
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0030_mailing'),
    ]

    operations = [
        migrations.CreateModel(
            name='TeamSettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('staff_create_labels', models.BooleanField(default=True, help_text='Otherwise only administrators can.', verbose_name='everyone can create labels')),
                ('staff_create_replies', models.BooleanField(default=True, help_text='Otherwise only administrators can create and edit them.', verbose_name='everyone can create saved replies')),
            ],
            options={
                'verbose_name': 'team settings',
                'verbose_name_plural': 'team settings',
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='team_settings_are_one_row')],
            },
        ),
    ]
