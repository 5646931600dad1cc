"""The configuration of the messaging app."""

import gc

from django.apps import AppConfig
from django.db.models.signals import post_migrate, post_save
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    """Two-way SMS."""

    name = "messaging"
    verbose_name = _("Messaging")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register checks, signals and, after other apps', our admin."""
        from rest_framework.authtoken.models import Token

        from messaging.db.search_index import after_migrate
        from messaging.services.access.tokens import record_token_of_shell

        from . import checks  # noqa: F401 - it needs the settings
        from .admin import sections  # noqa: F401 - it needs the models

        post_save.connect(record_token_of_shell, sender=Token, dispatch_uid="token-of-shell")
        post_migrate.connect(after_migrate, sender=self, dispatch_uid="search-index")
        # What has been loaded stays. `manage.py` and `wsgi.py` let nobody look for garbage in it
        # meanwhile, and later looks pass over it.
        gc.freeze()
        gc.enable()
