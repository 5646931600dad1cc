"""The people of the team: who is an administrator, who answers which numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from didsms_site.http.client_address import client_address
from messaging.models import (
    Conversation,
    ConversationEvent,
    DidNumber,
    Message,
    Note,
    StaffAccess,
    is_administrator,
)
from messaging.policy import TABLE, Action
from messaging.services.access.account_news import mail_news
from messaging.services.access.attempt_limits import forget
from messaging.services.access.password_links import mail_link, password_link
from messaging.services.access.second_factor import begin_grace, reset
from messaging.services.access.security_log import record_security_event
from messaging.services.access.sign_in_limits import code_proof
from messaging.services.mail.background import can_mail_links
from messaging.services.single_sign_on.state import unlink
from messaging.services.team.display_names import name_of
from messaging.views.account.proof import ask_for_proof, proved

from .role_fields import write_roles
from .takeover import AsksWhoTakesOver, Leaving
from .user_columns import PersonColumns
from .user_forms import NewPersonForm, PersonForm

#: What decides what they may do.
ACCESS_FIELDS: Final = (
    "is_staff",
    "everywhere",
    "did_numbers",
    "only_own",
    "may_not_export",
    "is_service_account",
)

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

    DjangoUserAdmin = UserAdmin[User]
else:
    DjangoUserAdmin = UserAdmin

admin.site.unregister(Group)
admin.site.unregister(User)


@admin.register(User)
class PersonAdmin(PersonColumns, AsksWhoTakesOver[User], DjangoUserAdmin):
    """Colleagues; who has written something is deactivated rather than deleted."""

    form = PersonForm
    add_form = NewPersonForm
    add_form_template = None
    change_form_template = "admin/auth/user/person.html"
    add_fieldsets = (
        (None, {"fields": ("first_name", "last_name", "email", "username")}),
        (gettext_lazy("Access"), {"fields": ACCESS_FIELDS}),
    )
    list_display = ("username", "full_name", "email", "role", "numbers", "is_active", "last_login")
    list_filter = ("is_active", "is_staff", "did_numbers")
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("username",)
    filter_horizontal = ()
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "username",
                    "password_state",
                    "two_step_state",
                    "sign_on_state",
                    "is_active",
                )
            },
        ),
        (gettext_lazy("Profile"), {"fields": ("first_name", "last_name", "email")}),
        (gettext_lazy("Access"), {"fields": ACCESS_FIELDS}),
        (gettext_lazy("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = (
        "password_state",
        "two_step_state",
        "sign_on_state",
        "last_login",
        "date_joined",
    )
    how_to_retire = gettext_lazy(
        "This colleague has worked on conversations, so the account can’t be deleted."
        " Deactivate it instead."
    )

    def get_urls(self) -> list[URLPattern]:
        """Add the one-time link."""
        link = self.admin_site.admin_view(never_cache(require_POST(proved(self.make_link))))
        reset_factor = self.admin_site.admin_view(require_POST(proved(self.reset_factor)))
        unlink_person = self.admin_site.admin_view(require_POST(proved(self.unlink_person)))
        return [
            path("<int:pk>/link/", link, name="auth_user_link"),
            path("<int:pk>/two-step/reset/", reset_factor, name="auth_user_reset_factor"),
            path("<int:pk>/sign-on/unlink/", unlink_person, name="auth_user_unlink"),
            *super().get_urls(),
        ]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """An open screen is not enough to make somebody administrator, or to move their links."""
        if request.method == "POST":
            # Django reads more spellings of an id than its digits.
            person = self.get_object(request, unquote(object_id)) if object_id else None
            is_sensitive = _makes_administrator(request, person) or _moves_links(request, person)
            if is_sensitive and (asked := ask_for_proof(request)):
                return asked
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Show who may only look the numbers as text, and nothing of the password."""
        fieldsets: Any = super().get_fieldsets(request, obj)
        if not settings.OIDC_ISSUER:
            fieldsets = _without(fieldsets, {"sign_on_state"})
        if obj == request.user:  # their own is on a page of their settings
            return _without(fieldsets, {"two_step_state", "sign_on_state"})
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        names = {"did_numbers": "answered"}
        states = {"password_state", "two_step_state", "sign_on_state"}
        hidden = {*states, *ACCESS_FIELDS} - {"is_staff", "did_numbers"}
        return [
            (title, {"fields": [names.get(n, n) for n in part["fields"] if n not in hidden]})
            for title, part in fieldsets
        ]

    def get_form(self, request: HttpRequest, obj: User | None = None, **kwargs: Any) -> Any:  # type: ignore[override]
        """Tell the form who fills it in."""
        form: Any = super().get_form(request, obj, **kwargs)
        form.editor = request.user
        return form

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Fetch what the list shows."""
        people = super().get_queryset(request).select_related("staff_access")
        return people.prefetch_related("memberships__didnumber")

    def has_history(self, obj: User) -> bool:
        """Tell whether the person has written, done or been given anything in a conversation."""
        return (
            Message.objects.filter(sent_by=obj).exists()
            or Note.objects.filter(author=obj).exists()
            or Conversation.objects.filter(assignee=obj).exists()
            or ConversationEvent.objects.filter(Q(actor=obj) | Q(subject=obj)).exists()
        )

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Leave superusers to superusers."""
        is_above = isinstance(obj, User) and obj.is_superuser
        is_super = isinstance(request.user, User) and request.user.is_superuser
        return is_administrator(request.user) and (is_super or not is_above)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes themselves or a superuser above them."""
        return (
            obj != request.user
            and self.has_change_permission(request, obj)
            and super().has_delete_permission(request, obj)
        )

    def leaving(self, form: Any) -> list[Leaving]:
        """Return the numbers on which this person can no longer reply once the form is saved."""
        before = User.objects.get(pk=form.instance.pk)
        can_reply = TABLE[Action.REPLY]
        if is_administrator(form.instance):
            return []
        if form.instance.is_active and form.cleaned_data["everywhere"] in can_reply:
            return []
        roles = form.roles() if form.instance.is_active else {}
        kept = [key for key, role in roles.items() if role in can_reply]
        lost = DidNumber.objects.allowing(before, Action.REPLY).exclude(pk__in=kept)
        return [Leaving(before, list(lost))]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Keep the roles and the switches too."""
        if "did_numbers" in form.cleaned_data:
            write_roles(roles=form.roles(), user=form.instance)
        if change and "is_staff" in form.changed_data:
            # Somebody who is signed in already would go on without a second step till they sign in.
            begin_grace(form.instance, at=timezone.now())
        if "everywhere" in form.cleaned_data:
            StaffAccess.objects.update_or_create(user=form.instance, defaults=form.access())
        super().save_related(request, form, formsets, change)

    def render_change_form(self, request: HttpRequest, context: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """Say how a new colleague gets their link."""
        context["can_mail_links"] = can_mail_links()
        return super().render_change_form(request, context, **kwargs)

    def response_add(
        self, request: HttpRequest, obj: User, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Invite the new colleague by email, or show the link to hand over."""
        if StaffAccess.objects.filter(user=obj, is_service_account=True).exists():
            words = _("Added %(name)s. Now create a key for it.") % {"name": name_of(obj)}
            messages.success(request, words)
            return HttpResponseRedirect(reverse("keys"))
        if not (obj.email and can_mail_links()):
            return self._show_link(request, obj, is_new=True)
        mail_link(user=obj, is_invitation=True)
        self._record(request, "invitation_mailed", obj)
        messages.success(
            request,
            _("Added %(name)s. An invitation is on its way to %(email)s.")
            % {"name": name_of(obj), "email": obj.email},
        )
        name = "add" if "_addanother" in request.POST else "changelist"
        return HttpResponseRedirect(reverse(f"admin:auth_user_{name}"))

    def make_link(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make a link with which somebody chooses a new password."""
        people = User.objects.exclude(staff_access__is_service_account=True)
        user = get_object_or_404(people, pk=pk, is_active=True)
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        return self._show_link(request, user, is_new=False)

    def reset_factor(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let somebody who has lost their second step sign in with the password alone."""
        user = get_object_or_404(User, pk=pk)
        if not self.has_change_permission(request, user) or user == request.user:
            raise PermissionDenied
        by: Any = request.user
        reset(user, actor=by)
        forget(code_proof(user=user))
        words = _("%(name)s signs in with the password alone now.") % {"name": name_of(user)}
        messages.success(request, words)
        return HttpResponseRedirect(reverse("admin:auth_user_change", args=[user.pk]))

    def unlink_person(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Forget who somebody is at the provider of single sign-on."""
        user = get_object_or_404(User, pk=pk)
        if not self.has_change_permission(request, user) or user == request.user:
            raise PermissionDenied
        by: Any = request.user
        unlink(user, actor=by)
        words = _("%(name)s isn’t linked to single sign-on anymore.") % {"name": name_of(user)}
        messages.success(request, words)
        return HttpResponseRedirect(reverse("admin:auth_user_change", args=[user.pk]))

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Tell somebody whose email address changes, at the old one and the new one."""
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data:
            emails = (form.initial["email"], obj.email)
            mail_news("email_changed", user=obj, address="", emails=emails)

    def _show_link(self, request: HttpRequest, user: User, *, is_new: bool) -> HttpResponse:
        """Show the link in this answer and nowhere else."""
        self._record(request, "password_link_made", user)
        context = {
            **self.admin_site.each_context(request),
            "title": _("One-time link"),
            "subtitle": name_of(user),
            "opts": self.opts,
            "original": user,
            "is_new": is_new,
            "link": password_link(user=user, origin=f"{request.scheme}://{request.get_host()}"),
        }
        return TemplateResponse(request, "admin/auth/user/link.html", context)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:  # noqa: A002
        """Write down who chose a password for somebody else."""
        if request.method == "POST" and (asked := ask_for_proof(request)):
            return asked
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and isinstance(response, HttpResponseRedirect):
            user = self.get_object(request, unquote(id))
            assert user is not None  # noqa: S101  (otherwise it was a 404)
            self._record(request, "password_changed_by_administrator", user)
            mail_news("password_changed", user=user, address="", kind="by_administrator")
        return response

    def _record(self, request: HttpRequest, event: str, user: User) -> None:
        record_security_event(
            event, user=request.user, address=client_address(request), about=user.get_username()
        )


def _without(fieldsets: Any, names: set[str]) -> Any:
    return [
        (title, {"fields": [name for name in part["fields"] if name not in names]})
        for title, part in fieldsets
    ]


def _makes_administrator(request: HttpRequest, person: User | None) -> bool:
    """Tell whether a form makes an administrator of somebody who is none, or no longer."""
    if person is None:
        return bool(request.POST.get("is_staff"))
    if not request.POST.get("is_active") or is_administrator(person):
        return False
    return bool(request.POST.get("is_staff")) or person.is_superuser


def _moves_links(request: HttpRequest, person: User | None) -> bool:
    """Tell whether a form changes where links for a new password go."""
    return person is not None and request.POST.get("email", "").strip() != person.email
