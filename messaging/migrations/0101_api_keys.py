"""API keys, and accounts of programs."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0100_rejected_requests_by_hour'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='staffaccess',
            name='is_service_account',
            field=models.BooleanField(db_default=False, default=False, verbose_name='service account'),
        ),
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('prefix', models.CharField(editable=False, max_length=16, verbose_name='key')),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('scopes', models.TextField(verbose_name='scopes')),
                ('numbers', models.TextField(default='all', verbose_name='numbers')),
                ('requests_per_minute', models.PositiveIntegerField(blank=True, help_text='Leave it blank for the usual limit; 0 for no limit.', null=True, verbose_name='requests per minute')),
                ('created_at', models.DateTimeField(verbose_name='created')),
                ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='expires')),
                ('last_used_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='last used')),
                ('revoked_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='revoked')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='api_keys', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
            ],
            options={
                'verbose_name': 'API key',
                'verbose_name_plural': 'API keys',
                'ordering': ('-id',),
            },
        ),
    ]
