"""The addresses of the API's version 1."""

from django.urls import URLPattern, URLResolver, path, re_path
from rest_framework.routers import SimpleRouter

from .audit import AuditViewSet
from .changes import ChangesView
from .contact_fields import ContactFieldViewSet
from .contacts import ContactViewSet
from .conversations import ConversationViewSet
from .exports import ExportViewSet
from .health import HealthView
from .keys import KeyViewSet
from .messages import MessageViewSet
from .numbers import NumberViewSet
from .pushes import PushViewSet
from .reports import (
    CostReportView,
    DeliveryReportView,
    MessagesReportView,
    ResponsesReportView,
)
from .root import RootView, UnknownPathView
from .schema import DocsView, SchemaView
from .sending import ResumeView, SendingView

app_name = "api"

router = SimpleRouter()
router.register("numbers", NumberViewSet, basename="number")
router.register("contacts", ContactViewSet, basename="contact")
router.register("contact-fields", ContactFieldViewSet, basename="contact-field")
router.register("conversations", ConversationViewSet, basename="conversation")
router.register("messages", MessageViewSet, basename="message")
router.register("exports", ExportViewSet, basename="export")
router.register("audit", AuditViewSet, basename="audit")
router.register("keys", KeyViewSet, basename="key")
router.register("pushes", PushViewSet, basename="push")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RootView.as_view(), name="root"),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="docs"),
    path("health/", HealthView.as_view(), name="health"),
    path("changes/", ChangesView.as_view(), name="changes"),
    path("sending/", SendingView.as_view(), name="sending"),
    path("sending/resume/", ResumeView.as_view(), name="sending-resume"),
    path("reports/messages/", MessagesReportView.as_view(), name="report-messages"),
    path("reports/responses/", ResponsesReportView.as_view(), name="report-responses"),
    path("reports/delivery/", DeliveryReportView.as_view(), name="report-delivery"),
    path("reports/cost/", CostReportView.as_view(), name="report-cost"),
    *router.urls,
    re_path(r"^[\s\S]*$", UnknownPathView.as_view(), name="unknown"),
]
