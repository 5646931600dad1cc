"""What is read beside the measured load is counted, and a run without any is no measurement."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from bench.beside_report import REPORTS, Reading, _line
from tests.processes import until


class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.add(self.path.split("?")[0])
        self.send_response(200 if self.headers["Cookie"] == "sessionid=x" else 403)
        self.end_headers()

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def server():
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        server.asked = set()
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_every_report_of_a_year_is_read_until_the_load_is_over(server):
    reading = Reading(url=f"http://127.0.0.1:{server.server_port}", cookie="sessionid=x")

    with reading.going_on():
        until(lambda: reading.count > 2 * len(REPORTS))

    assert server.asked == {f"/reports/{name}/" for name in REPORTS}
    assert reading.failures == []
    assert threading.active_count() < 10


def test_what_was_refused_is_no_reading(server):
    reading = Reading(url=f"http://127.0.0.1:{server.server_port}", cookie="")

    with reading.going_on():
        until(lambda: len(reading.failures) > 1)

    assert reading.count == 0


def test_the_ratio_is_that_of_the_medians():
    assert " 0.50 of alone   (50/s against 100/s; 7 reports" in _line(
        "SQLite", "webhook", [90, 100, 400], [50, 50, 1], read=7
    )
