"""Boxes to tick with a role beside each: who is what on a number, and on which numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from messaging.models import GivenRole, Membership
from messaging.views.shared.responses import parse_positive_int

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.contrib.auth.models import User
    from django.db.models import Model, QuerySet

    from messaging.models import DidNumber

    ModelChoices = forms.ModelMultipleChoiceField[Model]
else:
    ModelChoices = forms.ModelMultipleChoiceField


class RolesWidget(forms.CheckboxSelectMultiple):
    """A box for each row, and beside it the role; ``role-<name>-<key>`` is posted with it.

    Attributes:
        roles: the present role of each key.
    """

    template_name = "admin/widgets/roles.html"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Begin without roles."""
        super().__init__(*args, **kwargs)
        self.roles: dict[int, str] = {}
        self.posted: dict[int, str] = {}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the role to an option."""
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        key = int(str(value))
        option["role_name"] = role_name(name, key)
        option["role"] = self.posted.get(key) or self.roles.get(key, GivenRole.AGENT.value)
        option["roles"] = GivenRole.choices
        return option

    def _render(self, template_name: str, context: Any, renderer: Any = None) -> Any:
        """Use our own templates: those of forms come from Django alone."""
        return mark_safe(render_to_string(template_name, context))  # noqa: S308  (our template)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Read the boxes, and keep the roles for `RolesField.roles_of`."""
        keys = super().value_from_datadict(data, files, name)
        self.posted = {
            int(key): data[role_name(name, int(key))]
            for key in keys or ()
            if parse_positive_int(key) is not None
            and data.get(role_name(name, int(key))) in GivenRole.values
        }
        return keys


class RolesField(ModelChoices):
    """Some rows, each with a role; what comes without one keeps its role, or is an agent."""

    widget = RolesWidget

    def clean(self, value: Any) -> Any:
        """Refuse what no row has as its key: a database can't even look for a number so large."""
        for key in value or ():
            if parse_positive_int(str(key)) is None:
                raise forms.ValidationError(
                    self.error_messages["invalid_pk_value"],
                    code="invalid_pk_value",
                    params={"pk": key},
                )
        return super().clean(value)

    def show(self, roles: Mapping[int, str]) -> None:
        """Tick the present rows and show their roles."""
        self.widget.roles = dict(roles)
        self.initial = list(roles)

    def roles_of(self, rows: QuerySet[Any]) -> dict[int, str]:
        """Return the role of each row that was ticked, by its key."""
        widget: Any = self.widget
        return {
            row.pk: widget.posted.get(row.pk) or widget.roles.get(row.pk, GivenRole.AGENT.value)
            for row in rows
        }

    def changed(self, rows: QuerySet[Any]) -> tuple[dict[str, str], dict[str, str]]:
        """Return the roles before and after, by key."""
        widget: Any = self.widget
        before, after = widget.roles, self.roles_of(rows)
        return {str(k): v for k, v in before.items()}, {str(k): v for k, v in after.items()}

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare the roles too."""
        widget: Any = self.widget
        changed = any(widget.roles.get(key) != role for key, role in widget.posted.items())
        return changed or super().has_changed(initial, data)


def role_name(field: str, key: int) -> str:
    """Return the name under which a row's role is posted."""
    return f"role-{field}-{key}"


def write_roles(
    *, roles: Mapping[int, str], user: User | None = None, did_number: DidNumber | None = None
) -> None:
    """Make the memberships of a person, or else of a number, what a form said.

    Args:
        roles: what it is to be, by the key of the other side.
        user: whose memberships.
        did_number: those of which number, where it is not about a person.
    """
    own = {"user": user} if user is not None else {"didnumber": did_number}
    other = "didnumber_id" if user is not None else "user_id"
    with transaction.atomic():
        present = {getattr(each, other): each for each in Membership.objects.filter(**own)}
        gone = [each.pk for key, each in present.items() if key not in roles]
        Membership.objects.filter(pk__in=gone).delete()
        for key, role in roles.items():
            if key not in present:
                Membership.objects.create(**own, **{other: key}, role=role)
            elif present[key].role != role:
                Membership.objects.filter(pk=present[key].pk).update(role=role)


def named_with_role(membership: Membership) -> str:
    """Name a person's number, with their role there where it is not the usual one."""
    name = membership.didnumber.name
    if membership.role == GivenRole.AGENT:
        return name
    words = {"number": name, "role": GivenRole(membership.role).label}
    return _("%(number)s (%(role)s)") % words
