"""The contact that a page is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404

from messaging.services.access.visible_contacts import with_shown_id
from messaging.services.contacts.known_contacts import contacts_known_to
from messaging.views.shared.responses import signed_in

if TYPE_CHECKING:
    from django.http import HttpRequest

    from messaging.models import Contact

#: No row has a greater id.
GREATEST_ID = 2**63 - 1


def contact_for(request: HttpRequest, shown: int) -> Contact:
    """Return the contact that its reader knows under an id; anything else is 404.

    Its attribute `shown_id` is the id under which lists have it.
    """
    user = signed_in(request)
    rows = contacts_known_to(user) if shown <= GREATEST_ID else contacts_known_to(user).none()
    found = with_shown_id(rows, user=user, shown=min(shown, GREATEST_ID)).first()
    if found is None:
        raise Http404
    return found
