"""Who may see a conversation: administrators every one, others those of their DID numbers.

The querysets of DID numbers, conversations and messages apply it: `visible_to(user)`.
What of a contact may be seen in a conversation is in `services/access/visible_contacts.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


def is_administrator(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Tell whether the user sees every number and repairs the product (staff or superuser)."""
    return bool(
        user.is_active
        and (getattr(user, "is_staff", False) or getattr(user, "is_superuser", False))
    )
