import json
import time
from urllib.parse import unquote

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from cryptography.exceptions import InvalidTag
from django.core.cache import cache
from django.test import Client

from clinic_inbox.tenancy import clinic_scope
from clinics import second_factor
from clinics.models import OpenSession
from clinics.second_factor import unseal_for
from tests.clinics.signing_in import (
    PASSWORD,
    SECRET,
    actions,
    code_of,
    give_app,
    is_signed_in,
    sign_in,
    take_second_step,
)
from tests.factories import make_clinic, make_member

OLD = "old:" + "b2xk" * 10 + "b2w="
NEW = "new:" + "bmV3" * 10 + "bmU="


def codes_of(user) -> list[str]:
    """The person's recovery codes. allauth makes them of a seed that it asks the adapter to open."""
    row = Authenticator.objects.get(user=user, type="recovery_codes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "allauth.mfa.recovery_codes.internal.auth.decrypt", lambda text: unseal_for(user.pk, text)
        )
        return row.wrap().get_unused_codes()


def enrol(client) -> str:
    """Set up an app through the pages; returns its secret."""
    secret = client.get("/accounts/2fa/app/add/").context["form"].secret
    client.post("/accounts/2fa/app/add/", {"code": code_of(secret)})
    return secret


def test_a_person_sets_up_an_app_and_then_needs_it(member, client, django_capture_on_commit_callbacks):
    sign_in(client, member.user.email)
    with django_capture_on_commit_callbacks(execute=True):
        secret = enrol(client)
    client.post("/accounts/logout/")
    cache.clear()  # a code works once, and half a minute has not passed

    first = sign_in(client, member.user.email)

    assert (first.status_code, first.url) == (302, "/accounts/2fa/authenticate/")
    assert not is_signed_in(client)
    assert client.get("/settings/profile/").status_code == 302
    assert take_second_step(client, code_of(secret)).url == "/"
    assert is_signed_in(client)
    assert client.session["second_factor"] is True


def test_each_change_is_in_the_log_and_in_the_mailbox(
    member, client, mailoutbox, django_capture_on_commit_callbacks
):
    sign_in(client, member.user.email)
    with django_capture_on_commit_callbacks(execute=True):
        enrol(client)
        client.post("/accounts/2fa/codes/new/")
        client.post("/accounts/2fa/app/remove/")

    assert sorted(actions()) == [
        "second_factor.app_added", "second_factor.app_removed", "second_factor.codes_made", "second_factor.codes_made",
        "second_factor.codes_removed", "sign_in",
    ]  # fmt: skip
    assert len(mailoutbox) == 3
    assert all(mail.to == [member.user.email] for mail in mailoutbox)


@pytest.mark.django_db(transaction=True)
def test_a_change_ends_the_other_sessions_and_gives_this_one_a_new_key(client):
    with clinic_scope(make_clinic().pk):
        member = make_member()
    for browser in (client, other := Client()):
        sign_in(browser, member.user.email)
    before = client.session.session_key

    enrol(client)

    assert client.session.session_key != before
    assert list(OpenSession.objects.values_list("pk", flat=True)) == [client.session.session_key]
    assert client.get("/settings/profile/").status_code == 200
    assert other.get("/settings/profile/").status_code == 302


def test_a_code_works_once(member, client):
    give_app(member.user)
    code = code_of()
    for browser in (client, other := Client()):
        sign_in(browser, member.user.email)

    take_second_step(client, code)
    answer = take_second_step(other, code)

    assert is_signed_in(client)
    assert "Incorrect code" in answer.text
    assert not is_signed_in(other)


def test_a_used_code_stays_used_while_it_is_valid_and_without_valkey(member, client):
    give_app(member.user)
    now = int(time.time()) // 30 * 30
    with time_machine.travel(now + 1, tick=False):
        sign_in(client, member.user.email)
        take_second_step(client, code_of())
    cache.clear()  # all that allauth knows of it

    with time_machine.travel(now + 50, tick=False):
        sign_in(other := Client(), member.user.email)
        take_second_step(other, f" {code_of(at=now + 1)[:3]} {code_of(at=now + 1)[3:]} ")

    assert (is_signed_in(client), is_signed_in(other)) == (True, False)


def test_a_code_of_some_minutes_ago_does_not_work(member, client):
    give_app(member.user)
    sign_in(client, member.user.email)

    take_second_step(client, code_of(at=time.time() - 120))

    assert not is_signed_in(client)
    assert "second_factor.failed" in actions()


def test_a_recovery_code_works_once(member, client):
    give_app(member.user)
    code = codes_of(member.user)[3]
    for browser in (client, other := Client()):
        sign_in(browser, member.user.email)

    take_second_step(client, code)
    take_second_step(other, code)

    assert (is_signed_in(client), is_signed_in(other)) == (True, False)
    assert "second_factor.code_used" in actions()


def test_the_sixth_code_is_refused_even_when_right(member, client):
    give_app(member.user)
    for _try in range(5):
        sign_in(browser := Client(), member.user.email)
        take_second_step(browser, "000000")

    sign_in(client, member.user.email)
    answer = take_second_step(client, code_of())

    assert "Too many failed" in answer.text
    assert not is_signed_in(client)


def test_a_new_password_does_not_take_the_second_step_away(member, client, mailoutbox):
    give_app(member.user)
    client.post("/accounts/password/reset/", {"email": member.user.email})
    path = next(word for word in mailoutbox[0].body.split() if "/password/reset/key/" in word)
    new = {"password1": "quite another phrase", "password2": "quite another phrase"}
    form = client.get(path, follow=True)
    client.post(form.redirect_chain[-1][0], new)

    assert not is_signed_in(client)
    assert sign_in(client, member.user.email, "quite another phrase").url == "/accounts/2fa/authenticate/"


def test_a_change_asks_for_the_password_unless_it_was_just_given(member, client):
    sign_in(client, member.user.email)
    assert client.get("/accounts/2fa/app/add/").status_code == 200
    session = client.session
    session["ends_at"] -= 301
    session.save()

    for path in ("app/add/", "passkeys/add/"):
        response = client.get(f"/accounts/2fa/{path}")
        assert unquote(response.url) == f"/accounts/reauthenticate/?next=/accounts/2fa/{path}"

    give_app(member.user)
    for path in ("app/remove/", "codes/new/"):
        assert client.post(f"/accounts/2fa/{path}").url.startswith("/accounts/reauthenticate/")
    assert Authenticator.objects.count() == 2
    client.post("/accounts/reauthenticate/?next=/accounts/2fa/codes/new/", {"password": PASSWORD})
    assert client.get("/accounts/2fa/codes/new/").status_code == 200


def test_recovery_codes_are_shown_once(member, client):
    sign_in(client, member.user.email)
    enrol(client)

    first, second = client.get("/accounts/2fa/codes/"), client.get("/accounts/2fa/codes/")

    codes = first.context["unused_codes"]
    assert len(codes) == 10
    assert all(code in first.text for code in codes)
    assert not any(code in second.text for code in codes)
    assert "no-store" in first.headers["Cache-Control"]


def test_secrets_are_sealed_for_their_owner(member, client):
    sign_in(client, member.user.email)
    secret = enrol(client)
    stranger = make_member("Somebody Else").user

    assert secret not in json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    stored = Authenticator.objects.get(type="totp").data["secret"]
    assert unseal_for(member.user.pk, stored) == secret
    with pytest.raises(InvalidTag):
        unseal_for(stranger.pk, stored)


def test_a_rotation_of_keys_takes_the_second_factors_along(member, settings, capsys):
    settings.KEY_RING = OLD
    give_app(member.user)
    settings.KEY_RING = f"{NEW},{OLD}"

    assert (second_factor.reseal(), second_factor.reseal()) == (2, 0)

    settings.KEY_RING = NEW
    assert unseal_for(member.user.pk, Authenticator.objects.get(type="totp").data["secret"]) == SECRET


def test_another_persons_passkey_is_unknown(member, client):
    other = make_member("Somebody Else").user
    key = Authenticator.objects.create(user=other, type="webauthn", data={"name": "x", "credential": {}})
    sign_in(client, member.user.email)

    for path in ("remove/", "name/"):
        for method in (client.get, client.post):
            assert method(f"/accounts/2fa/passkeys/{key.pk}/{path}").status_code == 404
    assert Authenticator.objects.count() == 1


def test_nonsense_instead_of_a_passkey_signs_nobody_in(member, client):
    give_app(member.user)
    for credential in ("", "{", "{}", "[]", "null", '{"id": 1}', '{"response": {"userHandle": "AQ"}}'):
        response = client.post("/accounts/2fa/passkeys/login/", {"credential": credential})
        assert (response.status_code, is_signed_in(client)) == (302, False), credential
        sign_in(client, member.user.email)
        response = client.post("/accounts/2fa/authenticate/", {"credential": credential})
        assert (response.status_code, is_signed_in(client)) == (200, False), credential
        cache.clear()
