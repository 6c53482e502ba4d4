"""`./dev up` with the product itself: what it prints must work."""

import http.cookiejar
import os
import re
import signal
import subprocess
import sys
import urllib.parse
import urllib.request

from clinic_inbox.local.folder import HOME
from clinic_inbox.local.servers import free_port
from tests.local.launching import read_until_ready, seconds_until_gone, tree_of


def test_the_printed_sign_in_opens_the_inbox_and_the_printed_phone_answers(tmp_path):
    environment = {
        name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR", "PG_BIN")
    }
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "clinic_inbox.local", "up", "--port", str(free_port()), "--data", str(tmp_path)],
        env=environment | {"PYTHONPATH": str(HOME)}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        printed = read_until_ready(process)
        inbox, email, password, phone = re.search(
            r"Inbox +(\S+)\n +Sign in +(\S+) +(\S+)\n +Phone +(\S+)\n", printed
        ).groups()
        page = _sign_in(inbox, email, password)
        telephone = urllib.request.urlopen(phone)
        pids = tree_of(tmp_path)
    finally:
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=60)

    assert "login" not in page.geturl()
    assert (page.status, telephone.status, process.returncode) == (200, 200, 0)
    assert rest.endswith("stopped\n")
    assert seconds_until_gone(pids, patience=1) < 1


def _sign_in(inbox, email, password):
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    form = browser.open(inbox)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form.read().decode()).group(1)
    fields = {"csrfmiddlewaretoken": token, "login": email, "password": password}
    return browser.open(form.geturl(), urllib.parse.urlencode(fields).encode())
