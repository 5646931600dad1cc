"""A client that answers as it was told, and a worker's turn with it."""

from messaging.nxcloud.client import Accepted
from messaging.services.sending.attempt import attempt, record_outcome
from messaging.services.sending.claim import claim_due_messages
from tests.factories import NOW


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
    return claim_due_messages(worker=worker, limit=limit, at=at, watch=watch)


def send_turn(client, *, at=NOW, worker="w1"):
    """One turn of a worker: claim, send, record."""
    claims = claim(at=at, worker=worker)
    for one in claims:
        record_outcome(claim=one, outcome=attempt(claim=one, client=client), worker=worker, at=at)
    return len(claims)
