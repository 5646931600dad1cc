"""Take the pictures of the README and the docs, from the running product with the simulator.

Web, worker and simulator run in a folder of their own. People write through the simulator's phone,
staff answer through the product's services, and the worker sends; only the clock is turned back
afterwards, so that a day's work is in the list.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "screenshots"
HELP_FOLDER = ROOT / "docs" / "help" / "pictures"
#: The languages of the help pages, and what a browser of such a reader asks for.
LOCALES = {"en": "en-GB", "zh-hans": "zh-CN"}
PASSWORD = "a-picture-of-didsms"  # noqa: S105 - of a site that lives for a minute
DESKTOP = {"width": 1440, "height": 900}
TABLET = {"width": 1024, "height": 768}
PHONE = {"width": 390, "height": 844}
HELP = {"width": 1180, "height": 760}


def main() -> None:
    """Run the product, fill it, take the pictures, end it."""
    with tempfile.TemporaryDirectory(prefix="didsms-pictures-") as folder:
        web, phone = free_port(), free_port()
        env = environment(Path(folder), web=web, phone=phone)
        os.environ.clear()
        os.environ.update(env)
        prepare()
        with running(env, web=web, phone=phone):
            conversation = a_day_of_work(phone=f"http://127.0.0.1:{phone}")
            take_pictures(f"http://127.0.0.1:{web}", f"http://127.0.0.1:{phone}", conversation)


def environment(folder: Path, *, web: int, phone: int) -> dict[str, str]:
    """Return an environment in which nothing of the developer's own set-up counts."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}",
        "DJANGO_SETTINGS_MODULE": "didsms_site.settings",
        "DJANGO_ALLOW_ASYNC_UNSAFE": "true",  # Playwright keeps an event loop in this thread
        "ENV_FILE": "",
        "SECRET_KEY": "for-pictures-only-" + "x" * 40,
        "VAR_DIR": str(folder / "var"),
        "STATIC_ROOT": str(folder / "static"),
        "WEBHOOK_TOKEN": "for-pictures-only",
        "NXCLOUD_BASE_URL": f"http://127.0.0.1:{phone}",
        "NXCLOUD_ACCESS_KEY": "pictures",
        "NXCLOUD_ACCESS_SECRET": "pictures",
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{web}",
        "PORT": str(web),
        "WEB_CONCURRENCY": "1",
        "EMAIL_URL": "dummymail://",
        "LOG_LEVEL": "WARNING",
    }


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def prepare() -> None:
    """Make the tables."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)


@contextmanager
def running(env: dict[str, str], *, web: int, phone: int) -> Iterator[None]:
    """Run the two processes of the Procfile and the simulator."""
    push_url = f"http://127.0.0.1:{web}/webhooks/nxcloud/{env['WEBHOOK_TOKEN']}/"
    simulator = f"simulate_nxcloud --port {phone} --receipt-delay 0.2 --webhook-url {push_url}"
    commands = [
        ["gunicorn", "-c", "didsms_site/gunicorn.conf.py", "didsms_site.wsgi"],
        [sys.executable, "manage.py", "run_outbox"],
        [sys.executable, "manage.py", *simulator.split()],
    ]
    started = [subprocess.Popen(command, cwd=ROOT, env=env) for command in commands]
    try:
        for url in (f"http://127.0.0.1:{web}/healthz", f"http://127.0.0.1:{phone}/"):
            until(partial(answers, url))
        yield
    finally:
        for process in started:
            process.send_signal(signal.SIGTERM)
        for process in started:
            process.wait(20)


def answers(url: str) -> bool:
    """Return whether something answers at an address of ours."""
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310
            return True
    except OSError:
        return False


def until(is_true: Callable[[], object], *, seconds: float = 30) -> None:
    """Wait until something holds."""
    ends_at = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > ends_at:
            raise TimeoutError("it did not happen in time")
        time.sleep(0.05)


# A day's work ----------------------------------------------------------------------------------


def a_day_of_work(*, phone: str) -> int:
    """Let people write and staff answer; return the conversation to show."""
    from messaging.services.contacts.contacts import edit_contact, write_memo
    from messaging.services.conversations import lifecycle, notes
    from messaging.services.conversations.labels import add_label
    from messaging.services.outbox.new_message import NewMessage
    from messaging.services.outbox.queue import queue_message
    from messaging.services.reading.read_marks import mark_read

    team, dids, labels = staff_and_numbers()
    ana, tom, marta = team["ana"], team["tom"], team["marta"]
    day = Day(phone)

    anna = day.write("Sofia Lindqvist", "46701234567", dids["Reception"], "Perfect, thank you!")
    lifecycle.need_no_reply(conversation=anna, by=ana, at=day.now())
    day.back(anna, hours=30)
    ahmed = day.write("Ahmed Khalil", "971501234567", dids["Billing"], "Can I have the receipt?")
    day.answer(ahmed, "Of course: harbour.example/r/2041 is yours.", marta)
    lifecycle.assign(conversation=ahmed, to=marta, by=marta, at=day.now())
    day.back(ahmed, hours=3)
    marc = day.write("Marc Dubois", "33612345678", dids["Reminders"], "STOP")
    day.back(marc, hours=2)
    lucia = day.write(
        "Lucía Ortega",
        "34622333444",
        dids["Reception"],
        "¿Puedo cambiar la cita del viernes al lunes?",
    )
    add_label(conversation=lucia, label=labels["VIP"], by=ana, at=day.now())
    day.back(lucia, minutes=71)
    priya = day.write("Priya Raman", "447911123456", dids["London"], "Is 14:00 possible?")
    day.answer(priya, "We’ve moved you to 14:00 tomorrow, see you then.", tom)
    lifecycle.assign(conversation=priya, to=tom, by=tom, at=day.now())
    day.back(priya, minutes=25)
    jonas = day.write("Jonas Weber", "4915112349901", dids["Billing"], "Is my invoice ready?")
    day.answer(jonas, "Yes, it is on its way to you by post.", tom)
    lifecycle.assign(conversation=jonas, to=tom, by=tom, at=day.now())
    day.back(jonas, minutes=14)
    new = day.write(
        "",
        "447700900123",
        dids["London"],
        "Hi, do you have anything free this week? Broke a filling",
    )
    day.back(new, minutes=6)
    greeting = "Good morning! I am afraid that I cannot come today."
    elena = day.write("Elena Martínez", "34612345678", dids["Reception"], greeting)
    day.write_again(elena, "Sorry, something came up at work. Anything later this week?")
    lifecycle.assign(conversation=elena, to=ana, by=ana, at=day.now())
    note = "@ana Dr. Sol has a gap on Thursday at 10:30. Elena prefers mornings."
    notes.add_note(conversation=elena, author=marta, content=note, at=day.now())
    day.answer(elena, "Good morning Elena! We can offer Thursday at 10:30 with Dr. Sol.", ana)
    day.answer(elena, "Would that suit you?", ana)
    day.back(elena, minutes=11)
    day.write_again(elena, "Thursday works, thank you.")
    day.write_again(elena, "Should I bring the old X-rays?")
    grace = day.write("Grace O’Neill", "353861234567", dids["Reception"], "See you in December!")
    lifecycle.snooze(conversation=grace, until=day.now() + timedelta(days=9), by=ana, at=day.now())
    hannah = day.write("Dr. Hannah Cole", "447911999888", dids["London"], "Referral letter sent.")
    queue_message(
        NewMessage(
            content="Thank you! We will call you on Friday.",
            send_at=day.now() + timedelta(hours=20),
        ),
        conversation=hannah,
        user=tom,
        at=day.now(),
    )
    day.back(hannah, hours=26)
    edit_contact(
        contact=elena.contact,
        conversation=elena,
        by=ana,
        at=day.now(),
        language="Spanish",
        email="elena.m@example.com",
    )
    write_memo(conversation=elena, text="Nervous about needles. Book 15 minutes longer than usual.")
    for label in ("Consent pending", "Mornings"):
        elena.labels.add(labels[label])
    for read in (anna, ahmed, marc, priya, jonas, hannah):
        read.refresh_from_db()
        mark_read(conversation=read, user=ana, up_to_id=read.last_message_id)
    return int(elena.pk)


def staff_and_numbers() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Make three people, four numbers, some labels and saved replies."""
    from django.contrib.auth.models import User

    from messaging.models import CannedReply, DidNumber, Label

    people = {}
    for username, first, last in (
        ("ana", "Ana", "Ruiz"),
        ("tom", "Tom", "Hale"),
        ("marta", "Marta", "Gil"),
    ):
        people[username] = User.objects.create_user(
            username,
            password=PASSWORD,
            first_name=first,
            last_name=last,
            is_staff=username == "ana",
            is_superuser=username == "ana",
        )
    numbers = {}
    for label, number in (
        ("Reception", "34910123456"),
        ("London", "442071234567"),
        ("Billing", "34910987654"),
        ("Reminders", "34910555111"),
    ):
        numbers[label] = DidNumber.objects.create(number=number, label=label)
        numbers[label].members.add(*people.values())
    labels = {
        name: Label.objects.create(name=name, color=color)
        for name, color in (("Consent pending", 2), ("Mornings", 1), ("VIP", 6))
    }
    CannedReply.objects.create(shortcut="hours", content="We are open from 9:00 to 20:00.")
    CannedReply.objects.create(shortcut="confirm", content="See you then, {contact_name}!")
    return people, numbers, labels


class Day:
    """People write through the simulator's phone, staff answer, the clock is turned back.

    Args:
        phone: the simulator's address.
    """

    def __init__(self, phone: str) -> None:
        self._phone = phone

    def now(self) -> Any:
        """Return the time."""
        from django.utils import timezone

        return timezone.now()

    def write(self, name: str, phone: str, did: Any, content: str) -> Any:
        """Let somebody write; return the conversation once the text is there."""
        from messaging.models import Contact, Conversation

        rows = Conversation.objects.filter(did_number=did, contact__phone_key=phone)
        self._push(phone, did.number, content)
        until(lambda: rows.filter(last_message_id__isnull=False).exists())
        Contact.objects.filter(phone_key=phone).update(name=name, search_text=None)
        return rows.select_related("contact", "did_number").get()

    def write_again(self, conversation: Any, content: str) -> None:
        """Let the same person write once more."""
        count = conversation.messages.count()
        self._push(conversation.contact.phone_key, conversation.did_number.number, content)
        until(lambda: conversation.messages.count() > count)

    def _push(self, phone: str, did: str, content: str) -> None:
        body = json.dumps({"from": phone, "to": did, "content": content}).encode()
        request = urllib.request.Request(  # noqa: S310
            f"{self._phone}/control/inbound",
            data=body,
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310
            pass

    def answer(self, conversation: Any, content: str, by: Any) -> None:
        """Answer, and wait until the message has its last state."""
        from messaging.services.outbox.new_message import NewMessage
        from messaging.services.outbox.queue import queue_message

        message, _new = queue_message(
            NewMessage(content=content), conversation=conversation, user=by, at=self.now()
        )

        def is_done() -> bool:
            message.refresh_from_db()
            return message.status in {"delivered", "failed", "undelivered"}

        until(is_done)

    def back(self, conversation: Any, **ago: float) -> None:
        """Turn the clock of a conversation back."""
        from django.db.models import F

        from messaging.models import Conversation

        length = timedelta(**ago)
        conversation.messages.update(created_at=F("created_at") - length)
        conversation.notes.update(created_at=F("created_at") - length)
        conversation.events.update(at=F("at") - length)
        Conversation.objects.filter(pk=conversation.pk).update(
            last_activity_at=F("last_activity_at") - length,
            needs_reply_since=F("needs_reply_since") - length,
        )


# Pictures --------------------------------------------------------------------------------------


def take_pictures(site: str, phone: str, conversation: int) -> None:
    """Walk through the product and take a picture of each place."""
    from playwright.sync_api import sync_playwright

    FOLDER.mkdir(parents=True, exist_ok=True)
    path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)))
    thread = f"/inbox/open/{conversation}/"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        with page_of(browser, site, DESKTOP) as page:
            shoot(page, site + thread, "inbox-desktop-light")
            page.emulate_media(color_scheme="dark")
            shoot(page, site + thread, "inbox-desktop-dark")
            page.emulate_media(color_scheme="light")
            page.goto(site + "/inbox/all/?q=thank")
            shoot(page, page.url, "search-desktop-light")
            page.goto(site + "/inbox/open/")
            page.keyboard.press("Control+k")
            page.keyboard.type("el")
            page.wait_for_timeout(500)
            shoot(page, "", "palette-desktop-light")
            shoot(page, site + "/settings/", "settings-desktop-light")
            shoot(page, site + "/admin/", "admin-desktop-light")
            shoot(page, phone + "/", "simulator-desktop-light")
        with page_of(browser, site, TABLET) as page:
            shoot(page, site + thread, "inbox-tablet-light")
        with page_of(browser, site, PHONE) as page:
            page.emulate_media(color_scheme="dark")
            shoot(page, site + "/inbox/open/", "list-phone-dark")
            page.emulate_media(color_scheme="light")
            shoot(page, site + thread, "thread-phone-light")
        for language in LOCALES:
            take_help_pictures(browser, site, thread, language)
        browser.close()
    print(f"The pictures are in {FOLDER.relative_to(ROOT)}/ and {HELP_FOLDER.relative_to(ROOT)}/.")


def take_help_pictures(browser: "Browser", site: str, thread: str, language: str) -> None:
    """Take the pictures of the help pages in one language."""
    from messaging.models import DidNumber, Message

    folder = HELP_FOLDER / language
    folder.mkdir(parents=True, exist_ok=True)
    message = Message.objects.filter(status="delivered").order_by("-pk")[0]
    number = DidNumber.objects.get(label="Reception")
    addresses = {
        "inbox": thread,
        "search": "/inbox/all/?q=thank",
        "new-message": "/inbox/new/",
        "record": f"/messages/{message.pk}/record/",
        "settings": "/settings/",
        "reports": "/reports/messages/",
        "number": f"/admin/messaging/didnumber/{number.pk}/change/",
        "health": "/admin/",
    }
    with page_of(browser, site, HELP, locale=LOCALES[language]) as page:
        for name, address in addresses.items():
            shoot(page, site + address, name, folder=folder)
        page.goto(site + "/inbox/open/")
        page.keyboard.press("Control+k")
        page.keyboard.type("el")
        page.wait_for_timeout(500)
        shoot(page, "", "palette", folder=folder)
        page.goto(site + thread)
        page.wait_for_timeout(700)
        # `#thread`: the conversation with its composer, without the columns around it.
        page.locator("#thread").screenshot(path=folder / "conversation.png", animations="disabled")


@contextmanager
def page_of(
    browser: "Browser", site: str, viewport: dict[str, int], *, locale: str = LOCALES["en"]
) -> Iterator["Page"]:
    """Open a page of a given size, signed in."""
    context = browser.new_context(
        viewport=viewport,  # type: ignore[arg-type]
        locale=locale,
        timezone_id="Europe/Madrid",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(f"{site}/accounts/login/")
    page.fill("[name=username]", "ana")
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url("**/inbox/**")
    yield page
    context.close()


def shoot(page: "Page", url: str, name: str, *, folder: Path = FOLDER) -> None:
    """Take one picture, of an address or of what is there."""
    if url:
        page.goto(url)
        page.wait_for_timeout(700)
    page.screenshot(path=folder / f"{name}.png", animations="disabled")


if __name__ == "__main__":
    main()
