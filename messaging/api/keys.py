"""The resource ``keys``: keys for programs; one's own, administrators see all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.response import Response

from messaging.models import ApiKey, DidNumber, access_of, is_administrator
from messaging.models.api_key import LONGEST_KEY_NAME, MOST_PER_MINUTE
from messaging.services.access.api_keys import NewKey, create_key, keys_seen_by, revoke_key
from messaging.services.access.scopes import Scope
from messaging.services.errors import InvalidInput

from .fields import CountField, PhoneField, StrictSerializer, TextField, UtcDateTimeField
from .permissions import Scopes, caller, check_proved, key_used

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

#: In a body; there are fewer scopes, and nobody has so many numbers.
MOST_LISTED = 1000


class KeySerializer(serializers.ModelSerializer[ApiKey]):
    """A key, without what lets somebody in."""

    owner = serializers.CharField(source="user.username", read_only=True, help_text="User name.")
    prefix = serializers.CharField(read_only=True, help_text="The beginning of the key.")
    scopes = serializers.ListField(
        source="scope_words", child=serializers.CharField(), read_only=True
    )
    numbers = serializers.SerializerMethodField(
        help_text="The only numbers that it reaches; null for all of its owner."
    )
    requests_per_minute = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="null: the usual limit; 0: none."
    )
    created_at = UtcDateTimeField(read_only=True)
    expires_at = UtcDateTimeField(read_only=True, allow_null=True)
    last_used_at = UtcDateTimeField(
        read_only=True, allow_null=True, help_text="To the minute; null for never."
    )
    revoked_at = UtcDateTimeField(read_only=True, allow_null=True)

    class Meta:
        model = ApiKey
        fields = (
            "id",
            "name",
            "owner",
            "prefix",
            "scopes",
            "numbers",
            "requests_per_minute",
            "created_at",
            "expires_at",
            "last_used_at",
            "revoked_at",
        )
        read_only_fields = fields

    def get_numbers(self, key: ApiKey) -> list[str] | None:
        """Return the digits of a key's numbers."""
        ids = key.number_ids
        if ids is None:
            return None
        names = self.context.get("digits")
        if names is None:
            names = dict(DidNumber.objects.filter(pk__in=ids).values_list("pk", "number"))
        return [names[pk] for pk in sorted(ids) if pk in names]


class MadeKeySerializer(KeySerializer):
    """A new key, the only time that it is shown."""

    key = serializers.CharField(read_only=True, help_text="Shown this once.")

    class Meta(KeySerializer.Meta):
        fields = (*KeySerializer.Meta.fields, "key")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


@extend_schema_field({"type": "string", "enum": [scope.value for scope in Scope]})
class _ScopeField(TextField):
    """A scope, which `create_key` looks at."""


class NewKeySerializer(StrictSerializer):
    """A key as it is wanted."""

    name = TextField(max_length=LONGEST_KEY_NAME)
    scopes = serializers.ListField(
        child=_ScopeField(max_length=40),
        min_length=1,
        max_length=MOST_LISTED,
        error_messages={"min_length": gettext_lazy("Choose at least one scope.")},
    )
    numbers = serializers.ListField(
        required=False,
        allow_null=True,
        child=PhoneField(max_length=64),
        max_length=MOST_LISTED,
        help_text="The only numbers that it reaches; left out or empty: all of its owner.",
    )
    expires_at = UtcDateTimeField(
        required=False, allow_null=True, help_text="Left out: it does not end by itself."
    )
    requests_per_minute = CountField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=MOST_PER_MINUTE,
        help_text="Administrators; left out: the usual limit; 0: none.",
    )
    owner = TextField(
        required=False,
        allow_null=True,
        max_length=150,
        help_text="The user name of a service account (administrators); left out: the caller.",
    )


@extend_schema_view(
    list=extend_schema(summary="Keys, newest first, revoked ones too"),
    retrieve=extend_schema(summary="One key"),
)
class KeyViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ApiKey]):
    """API keys: the caller's own; administrators see all."""

    scopes: ClassVar[Scopes] = {
        "list": Scope.KEYS_READ,
        "retrieve": Scope.KEYS_READ,
        "create": Scope.KEYS_MANAGE,
        "destroy": Scope.KEYS_MANAGE,
    }
    serializer_class = KeySerializer
    queryset = ApiKey.objects.none()
    lookup_value_regex = "[0-9]{1,18}"
    page_ordering = ("-id",)

    def get_queryset(self) -> QuerySet[ApiKey]:
        """Return the keys that the caller may see."""
        return keys_seen_by(caller(self.request))

    def get_serializer_context(self) -> dict[str, Any]:
        """Read the numbers of all keys of a page at once."""
        context = dict(super().get_serializer_context())
        if self.action == "list":
            context["digits"] = dict(DidNumber.objects.order_by().values_list("pk", "number"))
        return context

    @extend_schema(
        request=NewKeySerializer,
        responses={201: MadeKeySerializer},
        summary="Create a key",
        description=(
            "The key is in this answer and nowhere else. It never does more than its owner may; one"
            " that is created with a key reaches no further than that key."
        ),
    )
    def create(self, request: Request) -> Response:
        """Make a key."""
        check_proved(request)
        asked = NewKeySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given, user = asked.validated_data, caller(request)
        most = given.get("requests_per_minute")
        if most is not None and not is_administrator(user):
            raise InvalidInput(_("Only administrators set a limit."), field="requests_per_minute")
        row, key = create_key(
            NewKey(
                name=given["name"],
                scopes=given["scopes"],
                numbers=given.get("numbers"),
                expires_at=given.get("expires_at"),
                requests_per_minute=most,
            ),
            owner=owner_named(given.get("owner"), by=user),
            by=user,
            at=timezone.now(),
            made_with=key_used(request),
        )
        row.key = key  # type: ignore[attr-defined]  # for this answer alone
        shown = MadeKeySerializer(row, context=self.get_serializer_context()).data
        return Response(shown, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None}, summary="Revoke a key for good")
    def destroy(self, request: Request, pk: str) -> Response:
        """Revoke a key."""
        revoke_key(key=self.get_object(), by=caller(request), at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


def owner_named(name: str | None, *, by: User) -> User:
    """Return whose key it is to be.

    Raises:
        InvalidInput: it is neither the caller nor a service account of an administrator's.
    """
    if name is None or name == by.get_username():
        return by
    found = None
    if is_administrator(by) and "\0" not in name:
        found = User.objects.filter(username=name).first()
    is_theirs = found is not None and (by.is_superuser or not found.is_superuser)
    if found is None or not is_theirs or not access_of(found).is_service_account:
        raise InvalidInput(_("This isn’t a service account."), field="owner")
    return found
