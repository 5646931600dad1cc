"""The resource ``conversations``: the threads of the caller's numbers, and the messages in each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.permissions import SAFE_METHODS

from messaging.models import Conversation, Label, Message
from messaging.services.access.scopes import Scope
from messaging.services.access.visible_contacts import hide_unknown, shown_id
from messaging.services.audit.searches import record_search
from messaging.services.conversations.opt_out_suggestions import with_suggestion
from messaging.services.reading.annotations import with_annotations
from messaging.services.reading.unread import unread_ids
from messaging.services.search.search import matching_conversations

from .conversation_changes import ConversationChangesMixin
from .fields import CONTACT_ID, Filters, NumberField, UtcDateTimeField, address_of
from .message_serializers import MessageSerializer, with_what_is_shown
from .messages import MessageFilters, narrowed
from .pagination import WalkingPagination
from .permissions import Scopes, caller
from .query_fields import QueryFlagField

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response

    from messaging.models.conversation import ConversationQuerySet


class ConversationSerializer(serializers.ModelSerializer[Conversation]):
    """A conversation as the API shows it."""

    number = serializers.CharField(
        source="did_number.number", read_only=True, help_text="Our DID number."
    )
    phone = serializers.SerializerMethodField(help_text="The other side.")
    name = serializers.CharField(
        source="contact.name",
        read_only=True,
        help_text='"" where it is not known, or nothing was received or really sent yet.',
    )
    contact = serializers.SerializerMethodField(
        help_text=f"{CONTACT_ID} Null where nothing was received or really sent yet."
    )
    assignee = serializers.CharField(
        source="assignee.username",
        read_only=True,
        default=None,
        allow_null=True,
        help_text="User name.",
    )
    labels = serializers.SlugRelatedField[Label](many=True, read_only=True, slug_field="name")
    unread = serializers.BooleanField(
        source="is_unread", read_only=True, help_text="By the caller."
    )
    needs_reply = serializers.SerializerMethodField()
    memo = serializers.CharField(
        read_only=True, help_text="What is noted about the contact, for this number alone."
    )
    is_blocked = serializers.BooleanField(
        read_only=True, help_text="The sender is unwanted, on this number or on all."
    )
    has_opted_out = serializers.BooleanField(
        read_only=True, help_text="The contact may not be written to from this number."
    )
    opted_out = serializers.BooleanField(
        source="has_opted_out",
        read_only=True,
        help_text="The contact may not be written to from this number.",
    )
    opt_out_suggestion = serializers.SerializerMethodField(
        help_text="Id of the message that seems to ask for an opt-out, until that is settled."
    )
    needs_reply_since = UtcDateTimeField(read_only=True, allow_null=True)
    snoozed_until = UtcDateTimeField(read_only=True, allow_null=True)
    last_activity_at = UtcDateTimeField(read_only=True)
    last_message = serializers.IntegerField(
        source="last_message_id", read_only=True, allow_null=True
    )
    created_at = UtcDateTimeField(read_only=True)

    class Meta:
        model = Conversation
        fields = (
            "id",
            "number",
            "contact",
            "phone",
            "name",
            "memo",
            "is_blocked",
            "status",
            "assignee",
            "labels",
            "unread",
            "needs_reply",
            "needs_reply_since",
            "has_opted_out",
            "opted_out",
            "opt_out_suggestion",
            "snoozed_until",
            "last_activity_at",
            "last_message",
            "last_direction",
            "last_preview",
            "created_at",
        )
        read_only_fields = fields

    def get_phone(self, conversation: Conversation) -> str:
        """Return the other side's number."""
        return address_of(conversation.contact)

    def get_contact(self, conversation: Conversation) -> int | None:
        """Return the contact's id, under which the caller finds it in ``contacts``."""
        shown: int = conversation.shown_contact_id  # type: ignore[attr-defined]  # annotated
        return None if conversation.contact.is_hidden else shown

    def get_opt_out_suggestion(self, conversation: Conversation) -> int | None:
        """Return the message that suggests an opt-out; none where there is one already."""
        suggestion: int | None = conversation.suggestion_id  # type: ignore[attr-defined]  # annotated
        return None if conversation.has_opted_out else suggestion  # type: ignore[attr-defined]

    def get_needs_reply(self, conversation: Conversation) -> bool:
        """Tell whether somebody waits for an answer."""
        return conversation.needs_reply_since is not None


class ConversationFilters(Filters):
    """What a list of conversations may be narrowed by."""

    status = serializers.ChoiceField(required=False, choices=Conversation.Status.choices)
    assignee = serializers.CharField(
        required=False, max_length=150, help_text="me, none, or a user name."
    )
    number = NumberField(required=False, help_text="Our DID number.")
    unread = QueryFlagField(required=False, help_text="By the caller.")
    needs_reply = QueryFlagField(required=False)
    label = serializers.CharField(  # type: ignore[assignment]  # a parameter, not our own label
        required=False, max_length=30, help_text="A label's name."
    )
    q = serializers.CharField(
        required=False,
        max_length=200,
        help_text="Words of the texts, the notes or about the contact, or part of the number.",
    )

    def validate_assignee(self, value: str) -> User | None:
        """Return the user who is meant; None for nobody."""
        if value == "none":
            return None
        if value == "me":
            user: User = self.context["request"].user
            return user
        found = User.objects.filter(username=value).first()
        if found is None:
            raise serializers.ValidationError(_("Use me, none, or an existing username."))
        return found

    def validate_label(self, value: str) -> Label:
        """Return the label that is meant."""
        label = Label.objects.filter(name__iexact=value).first()
        if label is None:
            raise serializers.ValidationError(_("No label has this name."))
        return label


#: Filters that find their few conversations themselves, before anything is put in order.
FOUND_BY_THEMSELVES: Final = {"number", "label", "q"}
#: Filters that leave few, whatever else is asked for.
NARROWED_BY_INDEX: Final = {"assignee", "label", "q"}


def narrowed_conversations(
    conversations: ConversationQuerySet, *, filters: dict[str, Any], user: User
) -> QuerySet[Conversation]:
    """Apply the filters of a list of conversations."""
    columns = {
        "assignee": "assignee",
        "number": "did_number__number__in",
        "unread": "is_unread",
        "label": "labels",
    }
    found = conversations.filter(
        **{columns[name]: value for name, value in filters.items() if name in columns}
    )
    if "status" in filters:
        found = found.in_status(filters["status"])
    if "needs_reply" in filters:
        found = found.filter(needs_reply_since__isnull=not filters["needs_reply"])
    if "q" not in filters:
        return found
    return matching_conversations(found, text=filters["q"], user=user)


@extend_schema_view(
    list=extend_schema(
        parameters=[ConversationFilters], summary="Conversations, latest activity first"
    ),
    retrieve=extend_schema(summary="One conversation"),
)
class ConversationViewSet(
    ConversationChangesMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Conversation],
):
    """Conversations of the numbers that the caller may work with."""

    scopes: ClassVar[Scopes] = {
        "list": Scope.CONVERSATIONS_READ,
        "retrieve": Scope.CONVERSATIONS_READ,
        "partial_update": Scope.CONVERSATIONS_WRITE,
        "notes": Scope.CONVERSATIONS_WRITE,
        "messages": Scope.MESSAGES_READ,
    }
    serializer_class = ConversationSerializer
    pagination_class = WalkingPagination
    queryset = Conversation.objects.none()
    walked_rows: QuerySet[Conversation] | None = None
    lookup_value_regex = "[0-9]{1,18}"

    @property
    def page_ordering(self) -> tuple[str, ...]:
        """Latest activity first; the messages of one as every list of messages."""
        if self.action == "messages":
            return ("id",) if self.request.query_params.get("after") else ("-id",)
        return ("-last_activity_at", "-id")

    def get_queryset(self) -> QuerySet[Conversation]:
        """Return what the caller may see, narrowed in a list."""
        is_list = self.action == "list"
        filters = ConversationFilters.of(self.request) if is_list else {}
        record_search(user=self.request.user, text=filters.get("q", ""), at=timezone.now())
        unread = self._unread(filters)
        is_found = unread is not None or bool(filters.keys() & FOUND_BY_THEMSELVES)
        visible = Conversation.objects.visible_to(
            self.request.user, is_ordered=is_list and not is_found
        )
        if self.request.method not in SAFE_METHODS:
            visible = visible.with_role_of(self.request.user)
        if unread is not None:
            visible = visible.filter(pk__in=unread)
        elif "unread" in filters and not filters.keys() & NARROWED_BY_INDEX:
            others = {name: value for name, value in filters.items() if name != "unread"}
            self.walked_rows = narrowed_conversations(
                visible, filters=others, user=caller(self.request)
            )
        user = caller(self.request)
        visible = visible.annotate(shown_contact_id=shown_id(user=user, contact="contact_id"))
        return (
            narrowed_conversations(
                with_suggestion(with_annotations(visible, user=user)), filters=filters, user=user
            )
            .select_related("did_number", "contact", "assignee", "memo_row")
            .prefetch_related("labels")
        )

    def get_object(self) -> Conversation:
        """Return one conversation as the caller may see it."""
        found = super().get_object()
        hide_unknown([found], user=caller(self.request))
        return found

    def paginate_queryset(self, queryset: Any) -> Any:
        """Return a page; of conversations, as the caller may see them."""
        page = super().paginate_queryset(queryset)
        if self.action == "list" and page is not None:
            hide_unknown(page, user=caller(self.request))
        return page

    def _unread(self, filters: dict[str, Any]) -> list[int] | None:
        """Return the few that can be meant where only what is open and unread is asked for."""
        is_of_open_unread = filters.get("unread") and filters.get("status") == "open"
        return unread_ids(caller(self.request)) if is_of_open_unread else None

    @extend_schema(
        parameters=[MessageFilters],
        responses=MessageSerializer(many=True),
        summary="Its messages, newest first; with after: oldest first",
    )
    @action(detail=True, serializer_class=MessageSerializer)
    def messages(self, request: Request, pk: str) -> Response:
        """List the messages of one conversation."""
        conversation = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
        rows = narrowed(
            with_what_is_shown(Message.objects.filter(conversation=conversation)),
            filters=MessageFilters.of(request),
            request=request,
        )
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
