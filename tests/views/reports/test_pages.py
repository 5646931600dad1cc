"""The pages of reports: what a file says is what the screen shows, and each sees their own."""

import csv
from datetime import timedelta
from html.parser import HTMLParser
from random import Random

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from messaging.models import Budget, Membership, OptOut, StatusChange
from messaging.policy import Role
from messaging.services.errors import ReportTooSlow
from messaging.services.reports.catch_up import catch_up
from messaging.views.reports.views import PAGES
from tests.factories import NOW, make_conversation, make_did, make_inbound, make_outbound, make_user
from tests.services.reports.days import Days

pytestmark = [pytest.mark.django_db]
RANGE = "from=2026-11-20&to=2026-12-20&tz=Asia/Kathmandu"
CHARTS = [(name, chart) for name, page in PAGES.items() for chart in page().charts]


class Tables(HTMLParser):
    """Reads the cells of every table of a page: what programs read of them, and what people do."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.shown, self.is_read = [], [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
            self.shown.append([])
        elif tag == "data":
            self.is_read = True
            self.rows[-1].append(dict(attrs)["value"])
            self.shown[-1].append("")

    def handle_endtag(self, tag):
        self.is_read = self.is_read and tag != "data"

    def handle_data(self, data):
        if self.is_read:
            self.shown[-1][-1] += data.strip()


@pytest.fixture
def boss(client, db):
    boss = make_user("boss", is_staff=True)
    client.force_login(boss, backend="messaging.services.access.auth_backend.StaffBackend")
    return boss


def filled():
    numbers = [make_did(), make_did("34911234567", label="Second")]
    days = Days(numbers, [make_user("ana"), make_user("ben")], Random(11))
    days.go_on(70)
    conversation = make_conversation(numbers[0])
    arrived = {"sent_at": NOW, "has_receipt": True, "provider_message_id": "arrived"}
    message = make_outbound(conversation, user=days.people[0], status="delivered", **arrived)
    StatusChange.objects.create(message=message, status="delivered", at=NOW + timedelta(seconds=4))
    OptOut.objects.create(
        contact=conversation.contact, did_number=numbers[0], created_at=NOW + timedelta(days=1)
    )
    return days


def test_what_a_file_says_is_what_the_screen_shows(client, boss):
    filled()
    seen = 0
    for report, chart in CHARTS:
        page = client.get(f"/reports/{report}/{chart}/?{RANGE}")
        file = client.get(f"/reports/{report}/{chart}.csv?{RANGE}")
        tables = Tables(page.content.decode())
        rows = list(csv.reader(file.content.decode().splitlines()))
        assert rows[1:] == [row for row in tables.rows if row], (report, chart)
        seen += len(rows)
        for row, shown in zip(tables.rows, tables.shown, strict=True):
            for value, text in zip(row[1:], shown[1:], strict=True):
                is_wait = text.rstrip().endswith(("s", "min", "h", "d"))
                is_count = value.isdigit() and len(value) < 9 and not is_wait
                assert not is_count or text.replace(",", "") == value, (report, chart)
    assert seen > 150


@pytest.mark.parametrize("report", PAGES)
def test_every_chart_of_a_page_has_its_table_its_file_and_its_address(client, boss, report):
    filled()
    page = client.get(f"/reports/{report}/?{RANGE}").content.decode()

    shown = [chart for chart in PAGES[report]().charts if chart not in PAGES[report]().hidden]
    for chart in shown:
        assert f'id="{chart}"' in page
        for address in (
            f"/reports/{report}/{chart}/?from=",
            f"/reports/{report}/{chart}.csv?from=",
        ):
            assert address in page
    assert page.count("<table>") == page.count("<details") == len(shown)
    assert "Asia/Kathmandu" in page
    assert "style=" not in page
    assert "<script>" not in page


def test_figures_of_a_page_are_those_of_the_api(client, boss):
    filled()
    query = f"{RANGE}&by=day"
    days = client.get(f"/api/v1/reports/messages/?{query}").json()["rows"]
    file = client.get(f"/reports/messages/days.csv?{RANGE}").content.decode().splitlines()

    rows = {row["day"]: row for row in csv.DictReader(file)}
    assert len(rows) == 31
    for row in days:
        shown = rows[row["day"]]
        assert (int(shown["inbound"]), int(shown["outbound"])) == (row["inbound"], row["outbound"])
    assert sum(int(row["inbound"]) for row in rows.values()) == sum(r["inbound"] for r in days) > 5


def test_every_difference_is_listed_with_its_message(client, boss):
    message = make_outbound(
        make_conversation(), segments=1, billed_segments=3, price="0.0450", status="sent",
        sent_at=NOW, provider_message_id="abc-1",
    )  # fmt: skip
    make_outbound(make_conversation(phone="34600000001"), billed_segments=1, status="sent")

    page = client.get(f"/reports/cost/differences/?{RANGE}").content.decode()
    file = client.get(f"/reports/cost/differences.csv?{RANGE}").content.decode().splitlines()

    assert f'href="/messages/{message.pk}/record/"' in page
    assert file == [
        "message,provider_message_id,created_at,direction,number,phone,encoding,segments,"
        "billed_segments,price,cost_difference",
        f"{message.pk},abc-1,2026-11-22T09:00:00+00:00,outbound,8615088888888,34612345678,GSM-7,"
        "1,3,0.045000,0.090000",
    ]


def test_a_budget_that_is_nearly_used_up_warns_on_every_report(client, boss):
    message = make_outbound(
        make_conversation(), at=timezone.now(), status="sent", billed_segments=1, price="8.5"
    )
    Budget.objects.create(did_number=message.did_number, amount=10)

    assert "85% of this month’s budget" in client.get("/reports/messages/").content.decode()


def test_opt_outs_are_counted_by_day_and_number_beside_what_was_sent(client, boss):
    filled()

    days = client.get(f"/reports/opt-outs/days.csv?{RANGE}").content.decode().splitlines()
    numbers = client.get(f"/reports/opt-outs/numbers.csv?{RANGE}").content.decode().splitlines()

    assert [line.split(",")[:2] for line in days if line.split(",")[1] == "1"] == [
        ["2026-11-23", "1"]
    ]
    assert [line.split(",")[:2] for line in numbers[1:]] == [
        ["8615088888888", "1"],
        ["34911234567", "0"],
    ]


@pytest.fixture
def member(client, db):
    """Ana, who answered once on her number; Ben answered twice there, and she on another number."""
    ana, ben = make_user("ana", first_name="Ana"), make_user("ben", first_name="Benedict")
    number, other = make_did(members=(ana, ben)), make_did("34911234567", label="Secret")
    for phone, who in (("34612345678", ana), ("34600000001", ben), ("34600000002", ben)):
        message = make_inbound(number, phone=phone)
        make_outbound(message.conversation, user=who, at=NOW + timedelta(minutes=5))
    make_outbound(make_inbound(other, phone="34699999999").conversation, user=ana)
    client.force_login(ana, backend="messaging.services.access.auth_backend.StaffBackend")
    return ana


def test_a_member_sees_their_own_figures_on_their_numbers_only(client, member):
    seen = []
    for report, chart in CHARTS:
        page = client.get(f"/reports/{report}/?{RANGE}")
        file = client.get(f"/reports/{report}/{chart}.csv?{RANGE}")
        alone = client.get(f"/reports/{report}/{chart}/?{RANGE}")
        assert file.status_code == alone.status_code
        for answer in (page, file, alone):
            text = answer.content.decode()
            assert "Secret" not in text
            assert "34911234567" not in text
            assert "Benedict" not in text
        if file.status_code == 200:
            seen.append((report, chart))
            assert "your own figures" in alone.content.decode()
    refused = {("messages", "people"), ("responses", "people")}
    refused |= {place for place in CHARTS if place[0] in {"cost", "opt-outs"}}
    assert set(CHARTS) - set(seen) == refused
    other = client.get(f"/reports/messages/?{RANGE}&number=34911234567")
    assert (other.status_code, other.headers["Location"]) == (302, "/reports/messages/")


def test_a_supervisor_sees_the_whole_teams_figures_on_the_number_they_supervise(client, member):
    Membership.objects.filter(user=member).update(role=Role.SUPERVISOR)
    here = make_did("34955555555", members=(member,))

    both = client.get(f"/reports/messages/numbers.csv?{RANGE}")
    one = client.get(f"/reports/messages/numbers.csv?{RANGE}&number=8615088888888")
    cost = client.get(f"/reports/cost/?{RANGE}&number=8615088888888")
    people = client.get(f"/reports/messages/people.csv?{RANGE}&number=8615088888888")
    cost_here = client.get(f"/reports/cost/?{RANGE}&number={here.number}")

    assert both.content.decode().splitlines()[1:] == ["8615088888888,0,1"]
    assert one.content.decode().splitlines()[1:] == ["8615088888888,3,3"]
    assert "ben" in people.content.decode()
    assert (cost.status_code, cost_here.status_code) == (200, 403)
    assert client.get(f"/api/v1/reports/cost/?{RANGE}&number=8615088888888").status_code == 200
    assert client.get(f"/api/v1/reports/cost/?{RANGE}").status_code == 403


@pytest.mark.database
@pytest.mark.parametrize("is_built", [False, True], ids=["from cells", "from days"])
def test_a_members_figures_are_what_they_wrote_and_answered(client, member, is_built):
    client.get(f"/reports/messages/?{RANGE}")
    if is_built:
        catch_up(builds=1000)

    files = {
        chart: client.get(f"/reports/{chart}.csv?{RANGE}").content.decode().splitlines()
        for chart in ("messages/numbers", "responses/numbers", "messages/hours", "messages/labels")
    }
    own = client.get(f"/api/v1/reports/responses/?{RANGE}&by=user").json()["rows"]

    assert files["messages/numbers"] == ["number,inbound,outbound", "8615088888888,0,1"]
    assert files["responses/numbers"][1].split(",")[:4] == ["8615088888888", "300", "300", "1"]
    assert sum(int(n) for row in files["messages/hours"][1:] for n in row.split(",")[1:]) == 1
    assert files["messages/labels"][1:] == [",0,1"]
    assert [(row["user"], row["answered"]) for row in own] == [("ana", 1)]


def test_who_works_with_no_number_sees_no_reports(client):
    client.force_login(make_user(), backend="messaging.services.access.auth_backend.StaffBackend")

    assert client.get("/reports/messages/").status_code == 403


def test_reports_need_a_sign_in(client):
    assert client.get("/reports/messages/").status_code == 302


@pytest.mark.parametrize("path", ["nothing/", "messages/nothing/", "messages/nothing.csv"])
def test_what_is_no_report_is_not_found(client, boss, path):
    assert client.get(f"/reports/{path}").status_code == 404


@pytest.mark.parametrize("query", ["from=x", "from=2026-12-02&to=2026-12-01", "tz=Mars"])
def test_a_period_that_cannot_be_read_leads_to_the_usual_one(client, boss, query):
    answer = client.get(f"/reports/cost/?{query}")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/reports/cost/")
    assert client.get(f"/reports/cost/days.csv?{query}").status_code == 400


@pytest.mark.parametrize("report", PAGES)
def test_an_empty_installation_has_reports_in_chinese_too(client, boss, report):
    page = client.get(f"/reports/{report}/", headers={"Accept-Language": "zh-Hans"})

    assert page.status_code == 200
    assert "报表" in page.content.decode()


@pytest.mark.parametrize("path", ["messages/", "messages/days/", "messages/days.csv"])
def test_a_report_that_takes_too_long_says_so(client, boss, monkeypatch, path):
    def slow(*_args, **_kwargs):
        raise ReportTooSlow

    monkeypatch.setattr("messaging.views.reports.messages.messages_report", slow)

    page = client.get(f"/reports/{path}")

    assert page.status_code == 503
    assert "Choose a shorter period." in page.content.decode()


def test_the_account_menu_leads_to_reports(client, boss):
    assert 'href="/reports/"' in client.get("/inbox/open/").content.decode()
    assert client.get("/reports/").headers["Location"] == "/reports/messages/"
    assert User.objects.count() == 1
