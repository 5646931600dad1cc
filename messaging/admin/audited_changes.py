"""What a form of the admin changes, for the audit log."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from .role_fields import RolesField


def changes_of(form: Any) -> dict[str, Any]:
    """Return what a valid form changes, ``[from, to]`` by name; of secrets only their names."""
    found: dict[str, Any] = {}
    for name in form.changed_data:
        if "password" in name or name == "key":  # Django's form names a password without a field
            found[name] = ["…", "…"]
            continue
        field = form.fields[name]
        if isinstance(field, RolesField):
            found["roles"] = list(field.changed(form.cleaned_data[name]))
        else:
            before = form.initial.get(name, field.initial)
            found[name] = [_key_of(before), _key_of(form.cleaned_data.get(name))]
    return found


def _key_of(value: Any) -> Any:
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, list | tuple | set) or hasattr(value, "values_list"):
        return sorted(str(_key_of(each)) for each in value)
    return "" if value is None else value
