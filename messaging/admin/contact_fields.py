"""The fields that a team keeps of its contacts: name, kind, choices, order, archived."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.models import ContactField
from messaging.models.contact import LONGEST_FIELD
from messaging.models.contact_field import MOST_DEFINED
from messaging.services.content.variables import VARIABLES

from .base import AdministratorAdmin

if TYPE_CHECKING:
    from django.http import HttpRequest

    ContactFieldModelForm = forms.ModelForm[ContactField]
else:
    ContactFieldModelForm = forms.ModelForm

MOST_CHOICES: Final = 50


class ContactFieldForm(ContactFieldModelForm):
    """A definition; choices are typed one on each line."""

    choices_text = forms.CharField(
        label=gettext_lazy("Choices"),
        required=False,
        max_length=MOST_CHOICES * (LONGEST_FIELD + 1),
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("One on each line, for a field of the kind “Choice”."),
    )
    is_archived = forms.BooleanField(
        label=gettext_lazy("Archived"),
        required=False,
        help_text=gettext_lazy(
            "Not shown or offered any more. Contacts keep their values, and saved replies that name"
            " it are still filled."
        ),
    )

    class Meta:
        model = ContactField
        fields = ("name", "key", "kind", "position")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show the choices on lines."""
        super().__init__(*args, **kwargs)
        self.fields["choices_text"].initial = "\n".join(self.instance.choices)
        self.fields["is_archived"].initial = self.instance.archived_at is not None

    def clean_key(self) -> str:
        """Return the key, unless it is a variable of ours."""
        key: str = self.cleaned_data["key"]
        if key in VARIABLES:
            raise ValidationError(_("This is a variable already. Choose another key."))
        return key

    def clean_name(self) -> str:
        """Return the name, unless another field has it."""
        name: str = self.cleaned_data["name"].strip()
        others = ContactField.objects.in_use().exclude(pk=self.instance.pk)
        if any(row.name.casefold() == name.casefold() for row in others):
            raise ValidationError(_("Another field has this name."))
        return name

    def clean_choices_text(self) -> str:
        """Return the choices, each once on a line."""
        lines = (" ".join(line.split()) for line in self.cleaned_data["choices_text"].splitlines())
        found = {line.casefold(): line for line in reversed([line for line in lines if line])}
        choices = list(reversed(found.values()))
        if len(choices) > MOST_CHOICES or any(len(choice) > LONGEST_FIELD for choice in choices):
            raise ValidationError(
                _("At most %(most)d choices of at most %(longest)d characters each.")
                % {"most": MOST_CHOICES, "longest": LONGEST_FIELD}
            )
        return "\n".join(choices)

    def clean(self) -> dict[str, Any]:
        """Ask for choices where there must be some."""
        data = super().clean() or self.cleaned_data
        if data.get("kind") == ContactField.Kind.CHOICE and not data.get("choices_text", "x"):
            self.add_error("choices_text", _("Enter at least one choice."))
        if self.instance.pk is None and ContactField.objects.count() >= MOST_DEFINED:
            raise ValidationError(
                _("You already have %(most)d fields, the maximum.") % {"most": MOST_DEFINED}
            )
        return data

    def save(self, commit: bool = True) -> ContactField:
        """Put choices and archive into the row."""
        is_choice = self.cleaned_data["kind"] == ContactField.Kind.CHOICE
        self.instance.choices = self.cleaned_data["choices_text"].splitlines() if is_choice else []
        if not self.cleaned_data["is_archived"]:
            self.instance.archived_at = None
        elif self.instance.archived_at is None:
            self.instance.archived_at = timezone.now()
        return super().save(commit)


@admin.register(ContactField)
class ContactFieldAdmin(AdministratorAdmin[ContactField]):
    """What a team keeps of its contacts beside name, email and language."""

    form = ContactFieldForm
    list_display = ("name", "variable", "kind", "position", "is_in_use")
    fields = ("name", "key", "kind", "choices_text", "position", "is_archived")

    def get_readonly_fields(
        self, _request: HttpRequest, obj: ContactField | None = None
    ) -> tuple[str, ...]:
        """Return the key of a field that is there: contacts and saved replies name it."""
        return ("key",) if obj is not None else ()

    def has_delete_permission(
        self, _request: HttpRequest, _obj: ContactField | None = None
    ) -> bool:
        """It is archived instead."""
        return False

    @admin.display(description=gettext_lazy("in saved replies"))
    def variable(self, field: ContactField) -> str:
        """Return the field as it is written into a saved reply."""
        return f"{{{field.key}}}"

    @admin.display(description=gettext_lazy("in use"), boolean=True)
    def is_in_use(self, field: ContactField) -> bool:
        """Tell whether it is shown."""
        return field.archived_at is None
