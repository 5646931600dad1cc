"""The people of the team: who is an administrator, who answers which numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm, UserCreationForm
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.models import DidNumber, Message, Note, is_administrator
from messaging.services.people import full_name

from .base import AdministratorAdmin, nothing, pill

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    PersonModelForm = UserChangeForm[User]
    NewPersonModelForm = UserCreationForm[User]
    DjangoUserAdmin = UserAdmin[User]
else:
    PersonModelForm = UserChangeForm
    NewPersonModelForm = UserCreationForm
    DjangoUserAdmin = UserAdmin

admin.site.unregister(Group)
admin.site.unregister(User)


#: Words that stand for somebody where conversations are chosen by who answers them.
NOT_FOR_NAMES: Final = {"me", "none"}


def check_user_name(form: forms.ModelForm[User], name: str) -> str:
    """Return a user name, unless it is new and would be ambiguous."""
    if name.casefold() in NOT_FOR_NAMES and name != form.initial.get("username"):
        raise forms.ValidationError(
            _("%(name)s stands for somebody else in filters. Choose another name.") % {"name": name}
        )
    return name


class NewPersonForm(NewPersonModelForm):
    """A person's name and password."""

    def clean_username(self) -> str:
        """Refuse names that are taken, and words that mean others."""
        return check_user_name(self, super().clean_username() or "")


class PersonForm(PersonModelForm):
    """A person with the numbers that they answer.

    Attributes:
        editor: who fills the form in.
    """

    editor: User

    did_numbers = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Numbers"),
        queryset=DidNumber.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("An administrator sees every number, ticked or not."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Tick the present numbers."""
        super().__init__(*args, **kwargs)
        if "is_staff" in self.fields:
            self.fields["is_staff"].label = _("Administrator")
            self.fields["is_staff"].help_text = _(
                "Sees every number and this admin, and makes other people administrators."
            )
        if self.instance.pk:
            self.fields["did_numbers"].initial = self.instance.did_numbers.all()

    def clean_username(self) -> str:
        """Refuse words that mean others."""
        return check_user_name(self, self.cleaned_data["username"])

    def clean_is_active(self) -> bool:
        """Let nobody shut themselves out, nor the last superuser."""
        is_active: bool = self.cleaned_data["is_active"]
        if not is_active and self.instance == self.editor:
            raise forms.ValidationError(
                _("You cannot make yourself inactive. Let another administrator do it.")
            )
        if not is_active and _is_last_superuser(self.instance):
            raise forms.ValidationError(
                _(
                    "This is the last active superuser."
                    " Make another first: manage.py createsuperuser."
                )
            )
        return is_active

    def clean_is_staff(self) -> bool:
        """Let nobody take the admin from themselves."""
        is_staff: bool = self.cleaned_data["is_staff"]
        if self.initial["is_staff"] and not is_staff and self.instance == self.editor:
            raise forms.ValidationError(
                _("You cannot stop being an administrator yourself. Let another one do it.")
            )
        return is_staff


def _is_last_superuser(user: User) -> bool:
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    was_active = User.objects.filter(pk=user.pk, is_superuser=True, is_active=True).exists()
    return was_active and not others.exists()


@admin.register(User)
class PersonAdmin(AdministratorAdmin[User], DjangoUserAdmin):
    """Colleagues; who has written something is deactivated rather than deleted."""

    form = PersonForm
    add_form = NewPersonForm
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username", "password1", "password2")}),
    )
    list_display = ("username", "full_name", "email", "role", "numbers", "is_active", "last_login")
    list_filter = ("is_active", "is_staff", "did_numbers")
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("username",)
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password", "is_active")}),
        (gettext_lazy("Person"), {"fields": ("first_name", "last_name", "email")}),
        (gettext_lazy("Work"), {"fields": ("is_staff", "did_numbers")}),
        (gettext_lazy("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    how_to_retire = gettext_lazy(
        "This person has written messages or notes, so the account cannot be deleted. Make it"
        " inactive instead."
    )

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Show who may only look the numbers as text, and nothing of the password."""
        fieldsets: Any = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        names = {"did_numbers": "answered"}
        return [
            (title, {"fields": [names.get(n, n) for n in part["fields"] if n != "password"]})
            for title, part in fieldsets
        ]

    def get_form(self, request: HttpRequest, obj: User | None = None, **kwargs: Any) -> Any:  # type: ignore[override]
        """Tell the form who fills it in."""
        form: Any = super().get_form(request, obj, **kwargs)
        form.editor = request.user
        return form

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Fetch what the list shows."""
        return super().get_queryset(request).prefetch_related("did_numbers")

    def has_history(self, obj: User) -> bool:
        """Tell whether the person has written anything."""
        wrote = Message.objects.filter(sent_by=obj).exists()
        return wrote or Note.objects.filter(author=obj).exists()

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

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Keep the numbers too."""
        super().save_related(request, form, formsets, change)
        if "did_numbers" in form.cleaned_data:
            form.instance.did_numbers.set(form.cleaned_data["did_numbers"])

    @admin.display(description=gettext_lazy("name"))
    def full_name(self, user: User) -> str:
        """Return the name, "" without one."""
        return full_name(first_name=user.first_name, last_name=user.last_name, username="")

    @admin.display(description=gettext_lazy("role"))
    def role(self, user: User) -> str:
        """Say whether they are an administrator."""
        is_admin = user.is_staff or user.is_superuser
        return pill(_("Administrator"), "good") if is_admin else pill(_("Member"))

    @admin.display(description=gettext_lazy("numbers"))
    def numbers(self, user: User) -> str:
        """Name the numbers that they answer."""
        if user.is_staff or user.is_superuser:
            return _("All")
        return _names_of_numbers(user)

    @admin.display(description=gettext_lazy("numbers"))
    def answered(self, user: User) -> str:
        """Name the numbers that are ticked, also for who sees every number."""
        return _names_of_numbers(user) or nothing()


def _names_of_numbers(user: User) -> str:
    return ", ".join(number.name for number in user.did_numbers.all())
