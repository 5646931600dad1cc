"""Every request has a name, in its answer and in the log."""

import logging

import pytest
from django.http import HttpResponse
from django.test import Client

from didsms_site.http.request_ids import RequestIdMiddleware
from didsms_site.logs import DiscreetFormatter, named_request
from messaging.phone_numbers import mask


@pytest.mark.parametrize(
    "path", ["/healthz", "/accounts/login/", "/api/v1/nothing/", "/nowhere", "/webhooks/nxcloud/"]
)
@pytest.mark.django_db
def test_every_answer_has_a_new_name(client: Client, path: str):
    names = {client.get(path).headers["X-Request-ID"] for _ in range(2)}

    assert len(names) == 2
    assert all(len(name) == 17 for name in names)


@pytest.mark.parametrize(
    ("proxies", "given", "is_kept"),
    [
        (1, "proxy-made-0001", True),
        (0, "proxy-made-0001", False),
        (1, "short", False),
        (1, "with a space 1", False),
        (1, "x" * 65, False),
    ],
)
def test_a_name_is_taken_from_a_trusted_proxy_alone(rf, settings, proxies, given, is_kept):
    settings.TRUSTED_PROXY_COUNT = proxies
    seen = []

    def view(_request):
        seen.append(named_request.get())
        return HttpResponse()

    response = RequestIdMiddleware(view)(rf.get("/", headers={"X-Request-ID": given}))

    assert response.headers["X-Request-ID"] == seen[0]
    assert (seen[0] == given) is is_kept
    assert named_request.get() == ""


def test_lines_of_the_log_name_the_request_that_they_belong_to():
    formatter = DiscreetFormatter("{message}{request}", style="{", mask_number=mask)
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "sent", (), None)
    token = named_request.set("r0123456789abcdef")
    try:
        inside = formatter.format(record)
    finally:
        named_request.reset(token)

    assert inside == "sent [r0123456789abcdef]"
    assert formatter.format(record) == "sent"
