import os
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.processes import TEST_SECRETS, Web, manage, process_environment, run_manage, until

NO_DATABASE = "postgres://nobody@127.0.0.1:1/nothing"


def get(url: str, **headers: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as ok:
            return ok.status, ok.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.fixture(scope="module")
def without_database(tmp_path_factory):
    """The web process of a clean checkout whose database is away."""
    folder = tmp_path_factory.mktemp("web")
    env = process_environment(var_dir=folder, database_url=NO_DATABASE, WEB_CONCURRENCY="1")
    with Web(env=env, log=folder / "log") as web:
        yield web.wait()


def test_the_process_answers_while_the_database_is_away(without_database: Web):
    assert get(f"{without_database.url}/healthz")[0] == 200


def test_pages_say_calmly_that_the_database_is_away(without_database: Web):
    status, page = get(f"{without_database.url}/", Cookie="sessionid=" + "a" * 32)

    assert status == 503
    assert "The database isn’t responding." in page


def test_the_api_says_so_in_json(without_database: Web):
    status, body = get(
        f"{without_database.url}/api/v1/messages/", Authorization="Token " + "a" * 40
    )

    assert status == 503
    assert '"database_away"' in body


def test_the_log_says_so_in_one_line_for_each_request(without_database: Web):
    before = len(without_database.output)

    get(f"{without_database.url}/inbox/open/", Cookie="sessionid=" + "b" * 32)
    get(f"{without_database.url}/api/v1/numbers/", Authorization="Token " + "b" * 40)

    said = without_database.output[before:]
    assert "Traceback" not in without_database.output
    assert said.count("The database did not answer: OperationalError") == 2
    assert "Service Unavailable" not in said


def test_pages_are_styled_though_nothing_was_collected(without_database: Web):
    status, css = get(f"{without_database.url}/static/messaging/css/notice.css")

    assert status == 200
    assert ".notice" in css


def test_the_log_names_no_push_address_and_no_secret(without_database: Web):
    get(f"{without_database.url}/webhooks/nxcloud/wrong-token/")
    get(f"{without_database.url}/webhooks/nxcloud/{TEST_SECRETS['WEBHOOK_TOKEN']}/nothing-here/")

    assert "wrong-token" not in without_database.output
    for secret in TEST_SECRETS.values():
        assert secret not in without_database.output


def test_it_stops_quickly_and_leaves_no_file_of_metrics(tmp_path: Path):
    env = process_environment(var_dir=tmp_path, database_url=NO_DATABASE)
    (tmp_path / "metrics" / "4711").mkdir(parents=True)  # of a former version
    with Web(env=env, log=tmp_path / "log") as web:
        web.wait()
        assert not (tmp_path / "metrics").exists()

        assert web.stop(timeout_seconds=7) == 0  # streams would be given 8

    assert not (tmp_path / "metrics").exists()


def test_without_a_secret_key_the_log_says_what_to_do(tmp_path: Path):
    env = process_environment(var_dir=tmp_path, SECRET_KEY="")
    with Web(env=env, log=tmp_path / "log") as web:
        web.process.wait(20)

        assert web.process.returncode == 1
        assert len(web.output.splitlines()) == 1
        assert web.output.startswith("SECRET_KEY is not set.")


def test_the_worker_survives_while_the_database_is_away(tmp_path: Path):
    env = process_environment(var_dir=tmp_path, database_url=NO_DATABASE)
    with manage("run_outbox", env=env, log=tmp_path / "log") as worker:
        until(lambda: "the database is away" in worker.output)

        assert worker.is_running
        assert worker.stop() == 0


@pytest.mark.nightly
def test_web_worker_and_commands_make_files_for_their_owner_alone(tmp_path: Path):
    var_dir = tmp_path / "of-somebody-else"
    var_dir.mkdir()
    var_dir.chmod(0o755)
    env = process_environment(var_dir=var_dir, WEB_CONCURRENCY="1", SECRET_KEY="guessable-key-1")
    before = os.umask(0o022)
    try:
        with Web(env=env, log=tmp_path / "web.log") as web:
            web.wait()
            get(f"{web.url}/readyz")
            until(lambda: "SECRET_KEY can be guessed" in web.output)
        env["SECRET_KEY"] = TEST_SECRETS["SECRET_KEY"]
        run_manage("migrate", "-v0", env=env)
        env["WEBHOOK_TOKEN"] = "eleven-char"
        with manage("run_outbox", env=env, log=tmp_path / "worker.log") as worker:
            until(lambda: "WEBHOOK_TOKEN is short enough to be guessed" in worker.output)
            until(lambda: (var_dir / "didsms.sqlite3-wal").exists())
            assert worker.is_running
    finally:
        os.umask(before)

    open_ones = [path.name for path in var_dir.rglob("*") if path.stat().st_mode & 0o077]
    assert open_ones == []


def test_a_command_warns_of_a_key_that_anybody_guesses_and_runs(tmp_path: Path):
    env = process_environment(var_dir=tmp_path, SECRET_KEY="x")
    with manage("showmigrations", "auth", env=env, log=tmp_path / "log") as command:
        command.process.wait(60)

    assert command.process.returncode == 0
    assert "didsms.weak_secret_key" in command.output


def test_static_files_are_collected_for_everybody(tmp_path: Path):
    env = process_environment(var_dir=tmp_path / "var", STATIC_ROOT=str(tmp_path / "static"))
    before = os.umask(0o022)
    try:
        run_manage("collectstatic", "--noinput", "-v0", env=env)
    finally:
        os.umask(before)

    css = tmp_path / "static" / "messaging" / "css"
    assert {path.stat().st_mode & 0o777 for path in css.iterdir()} == {0o644}
    assert css.stat().st_mode & 0o777 == 0o755
