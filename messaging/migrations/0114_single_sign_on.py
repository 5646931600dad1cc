"""Add who somebody is at the provider of single sign-on, and since when it stands by them no more."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from messaging.db.online import AddFieldOnline


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0112_exports'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddFieldOnline(
            model_name='staffaccess',
            name='suspended_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.CreateModel(
            name='SignOnIdentity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('issuer', models.CharField(max_length=300)),
                ('subject', models.CharField(max_length=255)),
                ('refresh_token', models.TextField(blank=True, db_default='', default='')),
                ('created_at', models.DateTimeField()),
                ('checked_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sign_on_identities', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('issuer', 'subject'), name='one_sign_on_identity')],
            },
        ),
    ]
