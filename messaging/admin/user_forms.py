"""The forms of the team's people: for a new one, and for one who exists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.models import DidNumber, GivenRole, Membership, access_of
from messaging.services.team.usernames import NOT_FOR_NAMES, free_username

from .role_fields import RolesField

if TYPE_CHECKING:
    UserModelForm = forms.ModelForm[User]
else:
    UserModelForm = forms.ModelForm


class PersonForm(UserModelForm):
    """A colleague with the numbers that they answer.

    Attributes:
        editor: who fills the form in.
    """

    editor: User

    did_numbers = RolesField(
        label=gettext_lazy("Numbers"),
        queryset=DidNumber.objects.all(),
        required=False,
        help_text=gettext_lazy("An administrator sees every number, selected or not."),
    )
    everywhere = forms.ChoiceField(
        label=gettext_lazy("Role on all numbers"),
        choices=[("", gettext_lazy("None: only the numbers selected")), *GivenRole.choices],
        required=False,
        help_text=gettext_lazy("On numbers that are added later too."),
    )
    only_own = forms.BooleanField(
        label=gettext_lazy("Only own and unassigned conversations"),
        required=False,
        help_text=gettext_lazy(
            "Others’ conversations and the reports are hidden, except where they’re supervisor."
        ),
    )
    may_not_export = forms.BooleanField(
        label=gettext_lazy("May not export or print"),
        required=False,
        help_text=gettext_lazy("No files or prints of conversations, records and reports."),
    )

    is_service_account = forms.BooleanField(
        label=gettext_lazy("Service account"),
        required=False,
        help_text=gettext_lazy(
            "For a program that calls the API with keys. It can’t sign in, and what it sends"
            " doesn’t count as a person’s reply in reports."
        ),
    )

    class Meta:
        model = User
        fields: tuple[str, ...] = (
            "first_name",
            "last_name",
            "email",
            "username",
            "is_staff",
            "is_active",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Tick the present numbers."""
        super().__init__(*args, **kwargs)
        if "is_staff" in self.fields:
            self.fields["is_staff"].label = _("Administrator")
            self.fields["is_staff"].help_text = _(
                "Sees every number and this admin, and can make other colleagues administrators."
            )
        if "is_active" in self.fields:
            self.fields["is_active"].help_text = _(
                "Clear it when someone leaves. You’ll choose who takes their conversations."
            )
        if "email" in self.fields:
            self.fields["email"].label = _("Email")
        if "username" in self.fields:
            self.fields["username"].label = _("Username")
            self.fields["username"].help_text = _("For signing in. Letters, digits and @/./+/-/_.")
        if self.instance.pk and "did_numbers" in self.fields:
            field: Any = self.fields["did_numbers"]
            rows = Membership.objects.filter(user=self.instance)
            field.show(dict(rows.values_list("didnumber_id", "role")))
        if self.instance.pk and "everywhere" in self.fields:
            access = access_of(self.instance)
            self.fields["everywhere"].initial = access.everywhere
            self.fields["only_own"].initial = access.only_own
            self.fields["may_not_export"].initial = not access.may_export
            self.fields["is_service_account"].initial = access.is_service_account

    def roles(self) -> dict[int, str]:
        """Return the role on each number that was ticked, by its key; the form is valid."""
        field: Any = self.fields["did_numbers"]
        return field.roles_of(self.cleaned_data["did_numbers"])  # type: ignore[no-any-return]

    def access(self) -> dict[str, Any]:
        """Return the columns of the person's access; the form is valid."""
        return {
            "everywhere": self.cleaned_data["everywhere"],
            "only_own": self.cleaned_data["only_own"],
            "may_export": not self.cleaned_data["may_not_export"],
            "is_service_account": self.cleaned_data["is_service_account"],
        }

    def clean_username(self) -> str:
        """Refuse words that mean others, unless somebody has such a name already."""
        name: str = self.cleaned_data["username"]
        if name.casefold() in NOT_FOR_NAMES and name != self.initial.get("username"):
            raise forms.ValidationError(
                _("%(name)s has another meaning in filters. Choose another name.") % {"name": name}
            )
        return name

    def clean_is_active(self) -> bool:
        """Let nobody shut themselves out, nor the last superuser."""
        is_active: bool = self.cleaned_data["is_active"]
        if not is_active and self.instance == self.editor:
            raise forms.ValidationError(
                _("You can’t deactivate yourself. Ask another administrator.")
            )
        if not is_active and _is_last_superuser(self.instance):
            raise forms.ValidationError(
                _(
                    "This is the last active superuser."
                    " Create another first: manage.py createsuperuser."
                )
            )
        return is_active

    def clean_is_service_account(self) -> bool:
        """Let nobody shut themselves out."""
        is_service: bool = self.cleaned_data["is_service_account"]
        if is_service and self.instance == self.editor:
            raise forms.ValidationError(_("You sign in with this account, so it’s a person’s."))
        return is_service

    def clean_is_staff(self) -> bool:
        """Let nobody take the admin from themselves."""
        is_staff: bool = self.cleaned_data["is_staff"]
        if self.initial["is_staff"] and not is_staff and self.instance == self.editor:
            raise forms.ValidationError(
                _("You can’t remove your own administrator access. Ask another administrator.")
            )
        return is_staff


class NewPersonForm(PersonForm):
    """A new colleague; they choose their password themselves, with a link."""

    class Meta(PersonForm.Meta):
        fields = ("first_name", "last_name", "email", "username", "is_staff")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Ask for no more than one of name, email and username."""
        super().__init__(*args, **kwargs)
        if "username" in self.fields:
            self.fields["username"].required = False
            self.fields["username"].help_text = _(
                "For signing in. Leave it blank to use the part of the email address before the @."
            )

    def clean_username(self) -> str:
        """Return the name typed, or "" for one made from the rest."""
        return super().clean_username() if self.cleaned_data["username"] else ""

    def clean_is_staff(self) -> bool:
        """A new administrator loses nothing."""
        return bool(self.cleaned_data["is_staff"])

    def clean(self) -> dict[str, Any]:
        """Make the username where none was typed."""
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("username") and "username" not in self.errors:
            name = _free_name(cleaned)
            if not name:
                self.add_error("username", _("Enter an email address, a name or a username."))
            cleaned["username"] = name
        return cleaned

    def save(self, commit: bool = True) -> User:
        """Make the account without a password: nobody can sign in until one was chosen."""
        self.instance.set_unusable_password()
        user: User = super().save(commit=commit)
        return user


def _free_name(fields: dict[str, Any]) -> str:
    """Return a username that nobody has, "" where there is nothing to make it from."""
    from_email = (fields.get("email") or "").partition("@")[0]
    from_name = ".".join(filter(None, [fields.get("first_name"), fields.get("last_name")]))
    return free_username(from_email or from_name)


def _is_last_superuser(user: User) -> bool:
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    was_active = User.objects.filter(pk=user.pk, is_superuser=True, is_active=True).exists()
    return was_active and not others.exists()
