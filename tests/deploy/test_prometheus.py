"""What the shipped alerts and the dashboard name is there, and follows Prometheus' conventions."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from didsms_site.server.shared_counter import QUICK_ARRIVALS, REJECTED_REQUESTS
from messaging.models import HealthAlarm, WorkerSighting
from messaging.nxcloud import errors
from messaging.services.receiving.record import record_push
from messaging.services.sending.circuit_breaker import close_breaker
from tests.factories import (
    inbound_envelope,
    make_conversation,
    make_did,
    make_inbound,
    make_outbound,
    receipt_envelope,
)
from tests.services.operations.test_number_hours import make_sent
from tests.services.recorder.test_timeline import accepted, failed, traced
from tests.services.sending.scripted_client import Client, send_turn

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
METRIC = re.compile(r"\bdidsms_[a-z0-9_]+\b")
#: Only after a first backup.
AFTER_A_BACKUP = {"didsms_backup_age_seconds"}
TOKEN = "a-long-random-token"

pytestmark = pytest.mark.django_db


def rules():
    text = (DEPLOY / "prometheus/alerts.yml").read_text("utf-8")
    return [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


def panels():
    return json.loads((DEPLOY / "grafana/didsms.json").read_text("utf-8"))["panels"]


@pytest.fixture
def busy():
    """An installation in which everything has happened."""
    now = timezone.now()
    WorkerSighting.objects.create(
        name="w", started_at=now, seen_at=now, clock_offset_seconds=0.2, clock_checked_at=now
    )
    did = make_did()
    make_inbound(did, at=now - timedelta(minutes=30))
    make_sent(did, at=now - timedelta(minutes=20), receipt_after=4)
    make_sent(did, at=now - timedelta(minutes=20))
    at = now - timedelta(minutes=5)
    make_outbound(at=at)
    send_turn(Client(accepted()), at=at)
    record_push(envelope=receipt_envelope(message_id="mt-1", at=at + timedelta(seconds=2)))
    for step, code in enumerate(("1102", "77777"), 1):
        make_outbound(make_conversation(did, phone=f"3460000000{step}"), at=at)
        moment = at + timedelta(seconds=10 * step)
        send_turn(Client(failed(errors.error_for(code), traced())), at=moment)
        close_breaker(at=moment + timedelta(seconds=1))
    record_push(envelope=inbound_envelope(did="34999999999"))
    REJECTED_REQUESTS.inc("bad_sign")
    QUICK_ARRIVALS.inc("done")
    HealthAlarm.objects.create(kind="clock", began_at=now)


@pytest.fixture
def families(client, settings, busy):
    settings.METRICS_TOKEN = TOKEN
    text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).content.decode()
    return {family.name: family for family in text_string_to_metric_families(text)}


def names_of(families):
    return {sample.name for family in families.values() for sample in family.samples}


def test_every_metric_that_an_alert_or_a_panel_names_exists(families):
    named = {name for rule in rules() for name in METRIC.findall(rule["expr"])}
    drawn = {
        name
        for panel in panels()
        for target in panel["targets"]
        for name in METRIC.findall(target["expr"])
    }

    assert named - names_of(families) - AFTER_A_BACKUP == set()
    assert drawn - names_of(families) - AFTER_A_BACKUP == set()
    assert min(len(named), len(drawn)) > 10


def test_names_and_labels_follow_the_conventions(families):
    for family in families.values():
        assert re.fullmatch(r"didsms(_[a-z0-9]+)+", family.name)
        assert family.documentation
        assert not re.search(r"_(ms|millis|milliseconds|minutes|hours|percent)\b", family.name)
        for sample in family.samples:
            assert sample.name.endswith("_total") == (family.type == "counter")
            assert set(sample.labels) <= {
                "kind",
                "status",
                "direction",
                "outcome",
                "reason",
                "code",
            }


def test_a_label_holds_words_that_we_know_and_no_number(families):
    codes = {s.labels["code"] for s in families["didsms_provider_attempts_last_hour"].samples}
    kinds = {s.labels["kind"] for s in families["didsms_alarms"].samples}

    assert codes == {"0", "1102", "other"}
    assert kinds == {kind.value for kind in HealthAlarm.Kind}


def values(families, name):
    return {tuple(s.labels.values()): s.value for s in families[name].samples}


def test_the_figures_are_those_of_the_last_hour(families):
    assert values(families, "didsms_alarms")["clock",] == 1
    assert values(families, "didsms_receipt_median_seconds") == {(): 3.0}
    assert values(families, "didsms_accepted_last_hour") == {(): 3}
    assert round(values(families, "didsms_receipts_late_ratio")[()], 3) == 0.333
    assert values(families, "didsms_provider_answer_median_seconds") == {(): 0.008}
    last = values(families, "didsms_last_push_timestamp_seconds")
    assert last["receipt",] > last["inbound",]


def test_alerts_say_how_bad_it_is_and_what_to_do():
    for rule in rules():
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert all(rule["annotations"][name] for name in ("summary", "description"))
    assert len({rule["alert"] for rule in rules()}) == len(rules())


def test_panels_are_apart_and_have_their_own_ids():
    cells = [
        (x, y)
        for panel in panels()
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]

    assert len(cells) == len(set(cells))
    assert max(x for x, _y in cells) < 24
    assert len({panel["id"] for panel in panels()}) == len(panels())
