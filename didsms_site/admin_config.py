"""Makes our admin site the default one, so that every app registers with it."""

from django.contrib.admin.apps import AdminConfig


class DidsmsAdminConfig(AdminConfig):
    """Django's admin with our site."""

    default_site = "messaging.admin.site.DidsmsAdminSite"
