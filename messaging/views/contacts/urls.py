"""The addresses of contacts."""

from django.urls import path

from . import erase, hold, lists, merge, new, page

urlpatterns = [
    path("", lists.contacts, name="contacts"),
    path("new/", new.add, name="new-contact"),
    path("<int:shown>/", page.contact, name="contact"),
    path("<int:shown>/export/", page.export, name="contact-export"),
    path("<int:shown>/merge/", merge.merge, name="contact-merge"),
    path("<int:shown>/separate/", merge.separate, name="contact-separate"),
    path("<int:shown>/hold/", hold.hold, name="contact-hold"),
    path("<int:shown>/erase/", erase.erase, name="contact-erase"),
]
