"""What the API changes of a conversation: whose it is, its state, its labels; and notes in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from messaging.models import Conversation, Note
from messaging.policy import Action
from messaging.services.access.permissions import check_may
from messaging.services.conversations.labels import change_labels, label_named
from messaging.services.conversations.lifecycle import assign, close, reopen, snooze
from messaging.services.conversations.notes import add_note
from messaging.services.errors import InvalidInput

from .fields import StrictSerializer, TextField, UtcDateTimeField
from .idempotency import IDEMPOTENCY_KEY, with_idempotency_key
from .permissions import caller

if TYPE_CHECKING:
    from datetime import datetime

    from rest_framework.request import Request

    from messaging.models import Label

MOST_LABELS = 60


class ConversationChange(StrictSerializer):
    """What is to be different; what is left out stays as it is."""

    status = serializers.ChoiceField(required=False, choices=Conversation.Status.choices)
    snoozed_until = UtcDateTimeField(
        required=False, allow_null=True, help_text="When a snooze ends; alone, it snoozes."
    )
    assignee = TextField(
        required=False, allow_null=True, max_length=150, help_text="User name, me, or null."
    )
    labels = serializers.ListField(
        required=False,
        child=TextField(max_length=30),
        max_length=MOST_LABELS,
        help_text="The names of all labels that it is to have.",
    )
    seen_up_to = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=2**63 - 1,
        help_text="The last inbound message that you know of: 409 they_wrote instead of closing or"
        " snoozing when there is a newer one.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a snooze without its end, and an end without a snooze."""
        until, state = attrs.get("snoozed_until"), attrs.get("status")
        if state == Conversation.Status.SNOOZED and until is None:
            raise serializers.ValidationError({"snoozed_until": [_("Enter a date and time.")]})
        if until is not None and state not in (None, Conversation.Status.SNOOZED):
            raise serializers.ValidationError(
                {"snoozed_until": [_("Only a snoozed conversation has it.")]}
            )
        return attrs


class NewNote(StrictSerializer):
    """An internal note to write."""

    content = TextField(trim_whitespace=False, help_text="@user name mentions a colleague.")
    client_id = TextField(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=100,
        trim_whitespace=False,
        help_text="Your own name for this note: the same again is never a second one.",
    )


class NoteSerializer(serializers.ModelSerializer[Note]):
    """An internal note."""

    author = serializers.CharField(source="author.username", default=None, allow_null=True)
    conversation = serializers.IntegerField(source="conversation_id")
    created_at = UtcDateTimeField()

    class Meta:
        model = Note
        fields = ("id", "conversation", "author", "content", "created_at")
        read_only_fields = fields


class ConversationChangesMixin:
    """What changes a conversation; for a view set whose ``get_object`` finds it."""

    @extend_schema(
        request=ConversationChange,
        summary="Assign, label, snooze, close, reopen",
        description="All of it is done, or nothing.",
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a conversation."""
        asked = ConversationChange(data=request.data)
        asked.is_valid(raise_exception=True)
        conversation: Conversation = self.get_object()  # type: ignore[attr-defined]
        check_may(Action.ORGANIZE, conversation, user=request.user)
        change(conversation, asked.validated_data, by=caller(request), at=timezone.now())
        fresh = self.get_object()  # type: ignore[attr-defined]
        return Response(self.get_serializer(fresh).data)  # type: ignore[attr-defined]

    @extend_schema(
        request=NewNote,
        responses={201: NoteSerializer, 200: NoteSerializer},
        parameters=[IDEMPOTENCY_KEY],
        summary="Write an internal note",
        description="201 with the note; 200 with the same one when its client_id came before.",
    )
    @action(detail=True, methods=["post"], pagination_class=None)
    def notes(self, request: Request, pk: str) -> Response:
        """Write a note."""
        asked = NewNote(data=with_idempotency_key(request))
        asked.is_valid(raise_exception=True)
        conversation: Conversation = self.get_object()  # type: ignore[attr-defined]
        check_may(Action.ORGANIZE, conversation, user=request.user)
        note, is_new = add_note(
            conversation=conversation,
            author=caller(request),
            content=asked.validated_data["content"],
            client_id=asked.validated_data.get("client_id"),
            at=timezone.now(),
        )
        return Response(
            NoteSerializer(note).data,
            status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK,
        )


@transaction.atomic
def change(conversation: Conversation, asked: dict[str, Any], *, by: User, at: datetime) -> None:
    """Do what ConversationChange read, or nothing of it.

    Raises:
        InvalidInput: with the name of its field.
        TheyWrote: there is a newer message than the caller knows of.
    """
    if "assignee" in asked:
        assign(conversation=conversation, to=_colleague(asked["assignee"], by=by), by=by, at=at)
    if "labels" in asked:
        wanted = {label.pk: label for label in _labels(asked["labels"], by=by)}
        present = {label.pk: label for label in conversation.labels.all()}
        change_labels(
            conversation=conversation,
            add=[label for pk, label in wanted.items() if pk not in present],
            remove=[label for pk, label in present.items() if pk not in wanted],
            by=by,
            at=at,
        )
    until, seen_up_to = asked.get("snoozed_until"), asked.get("seen_up_to")
    if until is not None:
        _snooze(conversation, until=until, by=by, at=at, seen_up_to=seen_up_to)
    elif asked.get("status") == Conversation.Status.CLOSED:
        close(conversation=conversation, by=by, at=at, seen_up_to=seen_up_to)
    elif asked.get("status") == Conversation.Status.OPEN:
        reopen(conversation=conversation, by=by, at=at)


def _snooze(
    conversation: Conversation, *, until: datetime, by: User, at: datetime, seen_up_to: int | None
) -> None:
    try:
        snooze(conversation=conversation, until=until, by=by, at=at, seen_up_to=seen_up_to)
    except InvalidInput as error:
        raise InvalidInput(error.user_message, field="snoozed_until", code=error.code) from error


def _colleague(name: str | None, *, by: User) -> User | None:
    if name is None:
        return None
    found = by if name == "me" else User.objects.filter(username=name, is_active=True).first()
    if found is None:
        raise InvalidInput(_("Use me, null, or an existing username."), field="assignee")
    return found


def _labels(names: list[str], *, by: User) -> list[Label]:
    try:
        return [label_named(name=name, by=by) for name in names]
    except InvalidInput as error:
        raise InvalidInput(error.user_message, field="labels", code=error.code) from error
