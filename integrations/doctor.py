"""The connection doctor: from the facts of a look to sentences with their fixes. Pure: it asks nobody."""

from datetime import UTC, datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from .checks import Check
from .events import ErrorClass
from .models import Channel
from .whatsapp.errors import explain

SCOPES = ("whatsapp_business_management", "whatsapp_business_messaging")
SOON = timedelta(days=14)
WRONG_CLOCK = 60  # seconds; signatures and windows bear less than minutes
IN_REVIEW = {"PENDING", "PENDING_REVIEW", "IN_REVIEW", "PENDING_SUBMISSION"}
LIMITS = {
    "TIER_50": "50",
    "TIER_250": "250",
    "TIER_1K": "1,000",
    "TIER_2K": "2,000",
    "TIER_10K": "10,000",
    "TIER_100K": "100,000",
}


def findings(channel: Channel, facts: dict, webhook_url: str) -> list[Check]:
    """All checks of a channel, in the order in which one would repair them. Empty facts: never looked at."""
    if not facts:
        return []
    checks = [_token(facts), _scopes(facts), _number(facts), _registered(channel, facts), _can_send(facts)]
    checks += [_subscribed(facts), _callback(facts, webhook_url), _name(facts), _account(facts)]
    checks += [_quality(facts), _limit(facts), _templates(facts), _phone(facts), _heard(channel)]
    return [check for check in [*checks, _sent(facts), _clock(facts)] if check]


def _refused(title: str, told: dict) -> Check:
    """A topic that could not be read: wrong when they refuse, unknown when they could not be reached."""
    explanation = explain(told["problem"], told.get("detail", ""))
    if explanation.error_class is ErrorClass.REAUTHORISE:
        fix = _("Make a new access token in Meta and replace the one below.")
        return Check(False, title, str(explanation.cause), fix, "token")
    if told["problem"] in ("unreachable", "interrupted", "unreadable") or told["problem"].startswith("http_"):
        return Check(None, title, _("WhatsApp could not be asked."), _("Look again in a minute."))
    return Check(False, title, str(explanation.cause), str(explanation.next_step))


def _token(facts: dict) -> Check:
    title, told = _("The access token is valid"), facts["token"]
    if "problem" in told:
        return _refused(title, told)
    if not told["is_valid"]:
        fix = _("Make a new access token in Meta and replace the one below.")
        return Check(False, title, _("Meta no longer accepts it."), fix, "token")
    if not told["expires_at"]:
        return Check(True, title, _("It does not expire."))
    until = datetime.fromtimestamp(told["expires_at"], UTC)
    finding = _("It expires on %(date)s.") % {"date": _day(until)}
    if until - timezone.now() > SOON:
        return Check(True, title, finding)
    return Check(
        False, title, finding, _("Replace it below before then, with one that does not expire."), "token"
    )


def _scopes(facts: dict) -> Check | None:
    title, told = _("The token may read and send"), facts["token"]
    if "problem" in told or not told["is_valid"]:
        return None
    missing = [scope for scope in SCOPES if scope not in told["scopes"]]
    if not missing:
        return Check(True, title, ", ".join(SCOPES))
    fix = _("Make a token with both WhatsApp permissions in Meta, and replace the one below.")
    return Check(False, title, _("Missing: %(scopes)s") % {"scopes": ", ".join(missing)}, fix, "token")


def _number(facts: dict) -> Check:
    title, told = _("The access token opens this number"), facts["number"]
    if "problem" in told:
        return _refused(title, told)
    return Check(True, title, " · ".join(filter(None, (told["name"], told["address"]))))


def _registered(channel: Channel, facts: dict) -> Check | None:
    title, told = _("The number is registered for the Cloud API"), facts["number"]
    if "problem" in told:
        return None
    status = told["status"]
    if status in ("CONNECTED", "RATE_LIMITED", "FLAGGED") or (
        told["is_on_phone"] and status != "DISCONNECTED"
    ):
        return Check(True, title, status.capitalize().replace("_", " ") or _("Registered"))
    if status in IN_REVIEW:
        return Check(
            None,
            title,
            _("Meta is still setting it up."),
            _("Nothing to do. Look again later."),
            is_waiting=True,
        )
    if status in ("BANNED", "RESTRICTED", "DELETED", "MIGRATED"):
        fix = _("Open the number in WhatsApp Manager; Meta says there why, and how to appeal.")
        return Check(False, title, _("Meta says: %(status)s") % {"status": status.lower()}, fix)
    if told["is_on_phone"]:
        fix = _("Open the WhatsApp Business app on the clinic's phone, and connect it again there.")
        return Check(False, title, _("The phone app has disconnected it."), fix)
    if not status:
        return Check(None, title, _("Meta does not tell."))
    return Check(
        False, title, _("It is not registered."), _("Register it with its six-digit PIN."), "register"
    )


def _can_send(facts: dict) -> Check | None:
    title, told = _("Meta lets this number send"), facts["number"]
    if "problem" in told or not told["can_send"]:
        return None
    if told["can_send"] == "AVAILABLE":
        return Check(True, title, _("Yes, without limits."))
    what = " ".join(error["what"] for error in told["errors"] if error["what"])
    fix = " ".join(error["fix"] for error in told["errors"] if error["fix"])
    said = {"LIMITED": _("Only partly."), "BLOCKED": _("No.")}.get(told["can_send"], told["can_send"].lower())
    return Check(False, title, f"{said} {what}".strip(), fix or _("Open the number in WhatsApp Manager."))


def _subscribed(facts: dict) -> Check:
    title, told = _("The business account sends its webhooks to our app"), facts["apps"]
    if "problem" in told:
        return _refused(title, told)
    ours = facts["token"].get("app_id", "")
    if told["ids"] and (not ours or ours in told["ids"]):
        return Check(True, title, ", ".join(filter(None, told["names"])) or _("Subscribed"))
    finding = _("Only another app is subscribed.") if told["ids"] else _("No app is subscribed.")
    return Check(False, title, finding, _("Have them sent here."), "subscribe")


def _callback(facts: dict, webhook_url: str) -> Check | None:
    title, told = _("Webhooks come to this address"), facts["number"]
    if "problem" in told:
        return None
    if not told["callback"]:
        return Check(
            None,
            title,
            _("Meta does not tell where they go."),
            _("Paste the callback URL shown below into Meta."),
        )
    if told["callback"] == webhook_url:
        return Check(True, title, webhook_url)
    finding = _("They go to %(address)s") % {"address": told["callback"]}
    return Check(False, title, finding, _("Have them sent here."), "subscribe")


def _name(facts: dict) -> Check | None:
    title, told = _("Patients see the clinic's name"), facts["number"]
    status = told.get("name_status", "")
    if not status or status == "NONE":
        return None
    if status in ("APPROVED", "AVAILABLE_WITHOUT_REVIEW"):
        return Check(True, title, told["name"])
    if status in IN_REVIEW:
        fix = _("Nothing to do: Meta decides within days, and messages go out meanwhile.")
        return Check(
            None, title, _("“%(name)s” is in review at Meta.") % {"name": told["name"]}, fix, is_waiting=True
        )
    fix = _("Choose another display name in WhatsApp Manager; it must be clear that it is the clinic's.")
    return Check(False, title, _("Meta declined “%(name)s”.") % {"name": told["name"]}, fix)


def _account(facts: dict) -> Check | None:
    title, told = _("The business account is approved"), facts["account"]
    if "problem" in told or not told["review"]:
        return None
    if told["review"] in IN_REVIEW:
        fix = _("Nothing to do: answers go out meanwhile.")
        return Check(None, title, _("It is in review at Meta."), fix, is_waiting=True)
    if told["review"] == "APPROVED":
        return Check(True, title, told["name"])
    fix = _("Open the account in Meta's Business settings; the reason and the way to appeal stand there.")
    return Check(False, title, _("Meta says: %(status)s") % {"status": told["review"].lower()}, fix)


def _quality(facts: dict) -> Check | None:
    title, rating = _("Patients are content with the messages"), facts["number"].get("quality", "")
    fix = _("Send fewer templates and only to people who asked for them; Meta lowers the limit otherwise.")
    if rating == "GREEN":
        return Check(True, title, _("Quality is high."))
    if rating == "YELLOW":
        return Check(False, title, _("Quality is middling: people have blocked or reported messages."), fix)
    if rating == "RED":
        return Check(False, title, _("Quality is low"), fix)
    return Check(None, title, _("Not rated yet: too little was sent.")) if rating else None


def _limit(facts: dict) -> Check | None:
    title, tier = _("How many people may be written to first"), facts["number"].get("limit", "")
    if not tier:
        return None
    if tier == "TIER_UNLIMITED":
        return Check(True, title, _("As many as you like."))
    people = LIMITS.get(tier, tier.removeprefix("TIER_"))
    finding = _("%(people)s in 24 hours, over all numbers of the business. Answers do not count.") % {
        "people": people
    }
    return Check(True, title, finding)


def _templates(facts: dict) -> Check:
    title, told = _("Templates can be read"), facts["templates"]
    if "problem" in told:
        return _refused(title, told)
    if told["approved"]:
        return Check(True, title, _("%(count)d, of which %(approved)d approved.") % told)
    fix = _("Write one under Templates: without it patients can only be answered within 24 hours.")
    return Check(None, title, _("None is approved yet."), fix)


def _phone(facts: dict) -> Check | None:
    if not facts["number"].get("is_on_phone"):
        return None
    finding = _(
        "Shared with the WhatsApp Business app. Open it on the clinic's phone at least every two weeks."
    )
    return Check(True, _("The phone app uses the same number"), finding)


def _heard(channel: Channel) -> Check:
    title = _("Webhooks arrive")
    if channel.last_event_at is None:
        fix = _("Write to the number from a phone. If nothing shows here, repair what is wrong above.")
        return Check(None, title, _("Nothing has ever come."), fix)
    finding = _("The last one came %(ago)s ago.") % {"ago": timesince(channel.last_event_at)}
    if channel.silent_since:
        fix = _(
            "Patients usually write at these hours. If the clinic is not closed, repair what is wrong above."
        )
        return Check(False, title, finding, fix)
    return Check(True, title, finding)


def _sent(facts: dict) -> Check | None:
    """What the inbox added: `{"at": ISO time or "", "waiting": count}`."""
    title, told = _("Messages go out"), facts.get("sent")
    if told is None:
        return None
    waiting = _("%(count)d wait.") % {"count": told["waiting"]} if told["waiting"] else ""
    if not told["at"]:
        return Check(None, title, f"{_('Nothing was sent yet.')} {waiting}".strip())
    finding = _("The last one was taken %(ago)s ago.") % {
        "ago": timesince(datetime.fromisoformat(told["at"]))
    }
    return Check(True, title, f"{finding} {waiting}".strip())


def _clock(facts: dict) -> Check:
    title, told = _("The clocks agree"), facts["clock"]
    if "problem" in told:
        return Check(None, title, _("WhatsApp did not tell its time."))
    seconds = abs(told["ahead"])
    if seconds <= WRONG_CLOCK:
        return Check(True, title, _("Within %(seconds)d s of Meta's.") % {"seconds": max(seconds, 1)})
    fix = _("Tell your operator: the server's clock is wrong, and 24-hour windows are counted by it.")
    return Check(False, title, _("Ours is off by %(seconds)d s.") % {"seconds": seconds}, fix)


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment))
