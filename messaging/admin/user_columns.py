"""What the list and the page of a colleague say that no column of theirs holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.contrib import admin
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.models import GivenRole, access_of
from messaging.policy import GIVEN
from messaging.services.access.second_factor import factor_of
from messaging.services.single_sign_on.state import state_of
from messaging.services.team.display_names import full_name

from .base import nothing, pill
from .role_fields import named_with_role

#: So many numbers are named in the list of colleagues; of more than that, one fewer and a count.
MOST_NAMES: Final = 3

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User


class PersonColumns:
    """Columns of `PersonAdmin`."""

    @admin.display(description=gettext_lazy("password"))
    def password_state(self, user: User) -> str:
        """Say whether they have chosen one, and offer two ways to another."""
        if access_of(user).is_service_account:
            return pill(_("Service account: it can’t sign in"))
        state = pill(_("Set"), "good") if user.has_usable_password() else pill(_("Not set yet"))
        address = reverse("admin:auth_user_password_change", args=[user.pk])
        words = (_("Create a one-time link"), address, _("Set a password for them"))
        if not user.is_active:
            return format_html(
                '<span class="acts">{} <a href="{}">{}</a></span>', state, *words[1:]
            )
        return format_html(
            '<span class="acts">{} <button class="button" form="one-time-link">{}</button>'
            ' <a href="{}">{}</a></span>',
            state,
            *words,
        )

    @admin.display(description=gettext_lazy("Two-step verification"))
    def two_step_state(self, user: User) -> str:
        """Say whether they use it, and let another administrator take it away."""
        if not factor_of(user).is_set_up:
            return pill(_("Not set up"))
        if not user.is_active:
            return pill(_("Set up"))
        return format_html(
            '<span class="acts">{} <button class="button" form="reset-factor">{}</button></span>',
            pill(_("Set up"), "good"),
            _("Turn off"),
        )

    @admin.display(description=gettext_lazy("Single sign-on"))
    def sign_on_state(self, user: User) -> str:
        """Say whether their account comes from the provider, and let an administrator unlink it."""
        state = state_of(user)
        if state is None:
            return nothing()
        if not state.is_linked:
            return pill(_("Emergency account") if state.is_break_glass else _("Not used yet"))
        if state.suspended_at:
            label = pill(_("Suspended since %(time)s") % {"time": _time(state.suspended_at)}, "bad")
        else:
            last = _time(state.confirmed_at) if state.confirmed_at else ""
            label = pill(_("Confirmed %(time)s") % {"time": last}, "good")
        hint = _("Role and numbers come from groups.") if state.has_rights_from_groups else ""
        return format_html(
            '<span class="acts">{} <button class="button" form="unlink">{}</button> {}</span>',
            label,
            _("Unlink"),
            hint,
        )

    @admin.display(description=gettext_lazy("name"))
    def full_name(self, user: User) -> str:
        """Return the name, "" without one."""
        return full_name(first_name=user.first_name, last_name=user.last_name, username="")

    @admin.display(description=gettext_lazy("role"))
    def role(self, user: User) -> str:
        """Name their role on all numbers, else the highest on any."""
        if user.is_staff or user.is_superuser:
            return pill(_("Administrator"), "good")
        roles = {each.role for each in user.memberships.all()} | {access_of(user).everywhere}
        highest = next((role for role in GIVEN if role in roles), None)
        return pill(GivenRole(highest).label) if highest else pill(_("None"))

    @admin.display(description=gettext_lazy("numbers"))
    def numbers(self, user: User) -> str:
        """Name the numbers that they answer."""
        if user.is_staff or user.is_superuser or access_of(user).everywhere:
            return _("All")
        names = _names_of_numbers(user)
        if len(names) <= MOST_NAMES:
            return ", ".join(names)
        first = names[: MOST_NAMES - 1]
        rest = len(names) - len(first)
        return format_html(
            '<span title="{}">{}, +{}</span>', ", ".join(names), ", ".join(first), rest
        )

    @admin.display(description=gettext_lazy("numbers"))
    def answered(self, user: User) -> str:
        """Name the numbers that are ticked, also for who sees every number."""
        return ", ".join(_names_of_numbers(user)) or nothing()


def _time(moment: datetime) -> str:
    return date_format(localtime(moment), "DATETIME_FORMAT")


def _names_of_numbers(user: User) -> list[str]:
    memberships = sorted(user.memberships.all(), key=lambda each: each.didnumber.name)
    return [named_with_role(each) for each in memberships]
