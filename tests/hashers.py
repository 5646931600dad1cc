"""A password hash that is made at once and that the shipped settings can check as well."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickPasswordHasher(PBKDF2PasswordHasher):
    """One round instead of a million."""

    iterations = 1
