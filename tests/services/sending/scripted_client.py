"""A client that answers as it was told, and a worker's turn with it."""

from unittest.mock import patch

from messaging.nxcloud.client import Accepted
from messaging.services.sending import committer as committer_module
from messaging.services.sending.attempt import attempt, record_outcome
from messaging.services.sending.claims import claim_due_messages
from messaging.services.sending.committer import Committer
from tests.factories import NOW

LONG_WAY, COMMITTER = "one by one", "by the committer"
#: How `claim` and `send_turn` work; the fixture `both_ways` changes it.
way = LONG_WAY


class Client:
    """Answers every send with what it was given, and remembers what it was asked to send."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.sent = []
        self.asked_whether_in_time = []

    def send_sms(self, *, sender, phone, content, is_in_time):
        self.sent.append((sender, phone, content))
        self.asked_whether_in_time.append(is_in_time)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def accepted(message_id="mt-1"):
    return Accepted(message_id=message_id, http_status=200)


def claim(*, limit=8, at=NOW, worker="w1", watch=None):
    if way == LONG_WAY:
        return claim_due_messages(worker=worker, limit=limit, at=at, watch=watch)
    claims = []
    cycle(Committer(worker=worker, concurrency=limit, hand_over=claims.append), at=at, watch=watch)
    return claims


def send_turn(client, *, at=NOW, worker="w1"):
    """One turn of a worker: claim, send, record."""
    claims = claim(at=at, worker=worker)
    outcomes = [(one, attempt(claim=one, client=client)) for one in claims]
    if way == LONG_WAY:
        for one, outcome in outcomes:
            record_outcome(claim=one, outcome=outcome, worker=worker, at=at)
    else:
        writer = Committer(worker=worker, concurrency=0, hand_over=None)
        for one, outcome in outcomes:
            writer.finished(one, outcome)
        cycle(writer, at=at)
    return len(claims)


def cycle(committer, *, at=NOW, watch=None):
    """One cycle of a committer at a moment, by a stopwatch."""
    with patch.object(committer_module.timezone, "now", return_value=at):
        if watch is None:
            return committer.cycle()
        with patch.object(committer_module, "Stopwatch", return_value=watch):
            return committer.cycle()
