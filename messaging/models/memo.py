"""What the members of a DID number noted about a contact."""

from __future__ import annotations

from typing import Any, Final

from django.db import models
from django.utils.translation import gettext_lazy as _

#: Characters.
LONGEST_MEMO: Final = 2000


class Memo(models.Model):
    """The memo of one conversation; there is no row where nothing is noted.

    A table of its own, because conversations change with every message and the search index over
    memos would be written each time.
    """

    conversation = models.OneToOneField(
        "messaging.Conversation",
        models.CASCADE,
        related_name="memo_row",
        verbose_name=_("conversation"),
    )
    content = models.TextField(_("message text"), max_length=LONGEST_MEMO)
    # Words for the search index, the contact's among them; NULL when they may have changed since.
    search_text = models.TextField(null=True, blank=True, editable=False)  # noqa: DJ001

    class Meta:
        verbose_name = _("contact note")
        verbose_name_plural = _("contact notes")
        ordering = ("id",)
        indexes = (
            models.Index(
                fields=("id",),
                name="memo_unindexed",
                condition=models.Q(search_text__isnull=True),
            ),
        )

    def __str__(self) -> str:
        """Return whose; never the text."""
        return f"memo of {self.conversation_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and have the search index look at the words again."""
        self.search_text = None
        super().save(*args, **kwargs)
