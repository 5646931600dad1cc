"""A page whose parts are kept shows to everybody, at any time, what it shows when nothing is."""

import pytest
from django.test import Client
from django.utils import timezone

from messaging.models import DidNumber, Label, StaffSettings
from messaging.services.reading.read_marks import mark_read
from messaging.templatetags.kept import KeptNode
from tests.factories import NOW, make_did, make_inbound, make_user
from tests.views.numbers_apart.two_worlds import plain

pytestmark = pytest.mark.django_db


class Desk:
    """Two numbers with a member each, an administrator, labels and texts."""

    def __init__(self):
        self.ana = make_user("ana", first_name="Ana")
        self.bob = make_user("bob", first_name="Bob")
        self.boss = make_user("boss", first_name="Ana", is_staff=True)
        self.desk = make_did(label="Desk", members=(self.ana,))
        self.shop = make_did("447700900123", label="Shop", members=(self.bob,))
        self.vip = Label.objects.create(name="VIP")
        self.settings = StaffSettings.objects.create(user=self.ana)
        self.text = make_inbound(self.desk, content="hello")
        self.clients = {}
        for user in (self.ana, self.bob, self.boss):
            self.clients[user.username] = Client()
            self.clients[user.username].force_login(user)
        make_inbound(self.shop, "34612345679", "hello")

    def pages(self):
        """What everybody sees of every page."""
        addresses = ("/inbox/all/?q=hello", f"/inbox/number-{self.desk.pk}/")
        return {
            (name, address): plain(client.get(address))
            for name, client in self.clients.items()
            for address in addresses
        }

    def set_up(self, **changes):
        StaffSettings.objects.filter(pk=self.settings.pk).update(**changes)

    def fold(self):
        self.clients["ana"].cookies["folded"] = "labels"

    def read(self):
        mark_read(conversation=self.text.conversation, user=self.ana, up_to_id=self.text.pk)


STEPS = {
    "at first": lambda desk: None,
    "more to read": lambda desk: make_inbound(desk.desk, "34612345670", "hello again"),
    "read": Desk.read,
    "a label's name": lambda desk: Label.objects.update(name="<b>VIP</b>"),
    "a label's color": lambda desk: Label.objects.update(color=3),
    "the labels are folded": Desk.fold,
    "another label": lambda desk: Label.objects.create(name="Late"),
    "a number's label": lambda desk: DidNumber.objects.filter(pk=desk.desk.pk).update(label="Shop"),
    "a number is inactive": lambda desk: DidNumber.objects.filter(pk=desk.desk.pk).update(
        is_active=False
    ),
    "another member": lambda desk: desk.desk.members.add(desk.bob),
    "a person's name": lambda desk: (
        type(desk.bob).objects.filter(pk=desk.bob.pk).update(first_name="Robert")
    ),
    "an administrator no more": lambda desk: type(desk.boss).objects.update(is_staff=False),
    "a theme": lambda desk: desk.set_up(theme="dark"),
    "without shortcuts": lambda desk: desk.set_up(has_shortcuts=False),
    "another key sends": lambda desk: desk.set_up(send_key="enter"),
    "Chinese": lambda desk: desk.set_up(language="zh-hans"),
    "another clock": lambda desk: desk.set_up(
        clock="12", date_order="month", time_zone="Asia/Tokyo"
    ),
}


def test_kept_parts_are_those_that_would_be_made_now(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    desk = Desk()
    kept_render = KeptNode.render

    for step, change in STEPS.items():
        change(desk)
        kept = desk.pages()
        monkeypatch.setattr(KeptNode, "render", lambda node, context: node.nodelist.render(context))
        made = desk.pages()
        monkeypatch.setattr(KeptNode, "render", kept_render)
        assert {key: each for key, each in kept.items() if each != made[key]} == {}, step
