"""A member's desk: a clinic with three patients, and browser windows in which somebody is signed in."""

import time

from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import expect

from clinic_inbox.tenancy import clinic_scope
from inbox import realtime
from inbox.models import Conversation, Message
from tests.factories import (
    make_channel,
    make_clinic,
    make_contact,
    make_conversation,
    make_identity,
    make_member,
    make_message,
)


class Desk:
    """A clinic with three patients, and a member signed in at a browser window."""

    def __init__(self, browser, product):
        self.browser, self.address = browser, product.address
        self.clinic = make_clinic()
        with clinic_scope(self.clinic.pk):
            self.member = make_member("Ada Agent")
            self.channel = make_channel(api_url=product.simulator)
            self.threads = [
                self._thread(name) for name in ("Nora Example", "Otto Sample", "Priya Exampleton")
            ]
        self.person = self.member.user
        self.contexts = []

    def _thread(self, name):
        conversation = make_conversation(make_identity(make_contact(name)), self.channel, preview="Hello")
        make_message(conversation, f"Hello from {name}")
        return conversation

    def sit_down(self, path="/", *, is_signed_in=True, **options):
        """A new window on this page; an error or a blocked script or style fails the test."""
        # Without the app's service worker, past which Playwright's routes do not see; test_app_shell.py has it.
        usual = {"viewport": {"width": 1440, "height": 900}, "service_workers": "block"}
        context = self.browser.windows.open(**usual | options)
        if is_signed_in:
            context.add_cookies([self._session()])
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("console", lambda said: "Content Security" in said.text and page.problems.append(said.text))
        self.contexts.append((context, page))
        page.goto(self.address + path)
        return page

    def _session(self) -> dict:
        """The cookie of the person's own session."""
        client = Client()
        client.force_login(self.person, settings.AUTHENTICATION_BACKENDS[0])
        name = settings.SESSION_COOKIE_NAME
        return {"name": name, "value": client.cookies[name].value, "url": self.address}

    def write_as_patient(self, conversation, text):
        """A patient's message, committed and hinted as the intake does."""
        with clinic_scope(self.clinic.pk):
            message = make_message(conversation, text)
            rows = Conversation.objects.filter(pk=conversation.pk)
            rows.update(unread=1, preview=text, last_message_at=message.sent_at)
            realtime.publish(realtime.topic(conversation.pk))

    def wait_for_delivery(self):
        """The worker has done with our messages; otherwise it would write while the tables are emptied."""
        for _try in range(100):
            with clinic_scope(self.clinic.pk):
                if not Message.objects.filter(state__in=["queued", "claimed"]).exists():
                    return
            time.sleep(0.1)

    def wait_for_requests(self):
        """The requests of windows that were closed have ended; they would lock rows while the tables are emptied."""
        busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'"
        for _try in range(40):
            with connection.cursor() as cursor:
                cursor.execute(f"{busy} AND pid <> pg_backend_pid()")
                if cursor.fetchone() == (0,):
                    return
            time.sleep(0.05)

    def sent(self) -> list[str]:
        with clinic_scope(self.clinic.pk):
            return list(Message.objects.filter(direction="out").values_list("text", flat=True))


def open_thread(page, name):
    page.locator(".row-link", has_text=name).click()
    expect(page.locator("#head")).to_contain_text(name)
    expect(page.locator("#messages")).to_contain_text(f"Hello from {name}")
