"""Labels and saved replies in the admin: what is refused."""

import pytest
from django.urls import reverse

from messaging.models import CannedReply, Label

pytestmark = pytest.mark.django_db


def test_saved_reply_that_nobody_can_see_is_refused(admin):
    address = reverse("admin:messaging_cannedreply_add")

    refused = admin.post(address, {"shortcut": "hi", "content": "\u200b\ufe0f"})

    assert refused.status_code == 200
    assert "This text has no visible characters." in refused.content.decode()


def test_saved_reply_with_a_misspelled_variable_is_refused(admin):
    address = reverse("admin:messaging_cannedreply_add")

    refused = admin.post(address, {"shortcut": "hi", "content": "{our_number} {contact_nam}"})

    assert refused.status_code == 200
    page = refused.content.decode()
    assert "{contact_nam} isn’t a variable. Use one of: {contact_name}, " in page
    assert not CannedReply.objects.exists()
    content = "Hi {contact_name|there} from {our_number}, only {{price}"
    admin.post(address, {"shortcut": "hi", "content": content})
    assert CannedReply.objects.get().content == content


def test_labels_that_only_capitals_tell_apart_are_refused(admin):
    vip = Label.objects.create(name="VIP")
    address = reverse("admin:messaging_label_add")

    refused = admin.post(address, {"name": "vip", "color": 0})
    renamed = admin.post(
        reverse("admin:messaging_label_change", args=[vip.pk]), {"name": "Vip", "color": 1}
    )

    assert refused.context["adminform"].form.errors == {
        "__all__": ["A label with this name already exists (case doesn’t matter)."]
    }
    assert renamed.status_code == 302
    assert list(Label.objects.values_list("name", "color")) == [("Vip", 1)]
