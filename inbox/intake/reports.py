"""Everything else a provider tells: kept whole, and taken into account where the inbox depends on it."""

from uuid import UUID

from integrations.events import ChannelReport
from integrations.models import Channel, ChannelEvent, Template

from .. import template_decisions as decisions


def keep(channels: dict[UUID, Channel], told: list) -> set[str]:
    """Keep each report once and follow templates and numbers. Returns topics for the screens."""
    topics = set()
    for each in told:
        report = each.event
        _, is_new = ChannelEvent.objects.get_or_create(
            field=report.field[:60],
            dedupe_key=report.dedupe_key,
            defaults={
                "channel_id": each.channel_id,
                "webhook_id": each.webhook_id,
                "kind": report.kind[:60],
                # The account it is about stood beside it.
                "payload": report.payload | {"business_id": each.business_id},
                "occurred_at": report.occurred_at,
            },
        )
        if is_new and report.field in FOLLOWED:
            topics |= FOLLOWED[report.field](each.business_id, report)
    return topics


def _template_status(business_id: str, report: ChannelReport) -> set[str]:
    return _update_template(report, **decisions.told_by(report.payload))


def _template_quality(business_id: str, report: ChannelReport) -> set[str]:
    return _update_template(report, quality=str(report.payload.get("new_quality_score") or "")[:20])


def _template_category(business_id: str, report: ChannelReport) -> set[str]:
    return _update_template(report, category=str(report.payload.get("new_category") or "")[:20])


def _template_words(business_id: str, report: ChannelReport) -> set[str]:
    """Meta changed the words; buttons are seen at the next synchronisation."""
    payload = report.payload
    told_id = payload.get("message_template_id")
    if not told_id or _is_outdated(report, payload__message_template_id=told_id):
        return set()
    found = Template.objects.select_for_update().filter(external_id=str(told_id)).first()
    if found is None:
        return set()
    for component in found.components:
        name = WORDS.get(str(component.get("type", "")).upper())
        if "text" in component and isinstance(payload.get(name), str):
            component["text"] = payload[name]
    found.save(update_fields=["components"])
    return {"templates"}


def _update_template(report: ChannelReport, **facts: str) -> set[str]:
    """Late news changes nothing."""
    facts = {name: value for name, value in facts.items() if value or name == "reason"}
    told_id = report.payload.get("message_template_id")
    external_id = str(told_id or "")
    if not external_id or _is_outdated(report, payload__message_template_id=told_id):
        return set()
    found = Template.objects.select_for_update().filter(external_id=external_id).first() if facts else None
    if found is None:
        return set()
    decisions.follow(found, facts)
    Template.objects.filter(pk=found.pk).update(**facts)
    return {"templates"}


def _account(business_id: str, report: ChannelReport) -> set[str]:
    """An account that Meta deleted or disabled cannot send: say so on its channels. Late news changes nothing."""
    event = str(report.payload.get("event"))
    problem = PROBLEMS.get(event)
    about = {"payload__business_id": business_id, "payload__event__in": list(PROBLEMS)}
    if not problem or _is_outdated(report, **about):
        return set()
    facts = {"problem": problem}
    if event not in SENDING_GOES_ON:
        facts["state"] = Channel.State.BROKEN
    if _is_good_again(event, report.payload):
        facts = {"problem": "", "state": Channel.State.CONNECTED}
    ours = (Channel.State.PAUSED, Channel.State.OFF)  # what an admin decided stays
    channels = Channel.objects.filter(business_id=business_id).exclude(state__in=ours)
    channels.update(**facts)
    return {f"channel-{pk}" for pk in channels.values_list("pk", flat=True)}


def _is_outdated(report: ChannelReport, **about) -> bool:
    """We followed something newer about this already; the order of webhooks is not promised."""
    newer = ChannelEvent.objects.filter(field=report.field, occurred_at__gt=report.occurred_at)
    return newer.filter(**about).exists()


def _is_good_again(event: str, payload: dict) -> bool:
    ban = payload.get("ban_info")
    return event == "ACCOUNT_RECONNECTED" or (
        isinstance(ban, dict) and ban.get("waba_ban_state") == "REINSTATE"
    )


PROBLEMS = {
    "ACCOUNT_DELETED": "Meta says this WhatsApp account was deleted. Connect it again.",
    "DISABLED_UPDATE": "Meta has disabled this WhatsApp account. Look at it in Meta's Business Manager.",
    "ACCOUNT_RECONNECTED": "The phone with the WhatsApp Business app is connected again.",
    "ACCOUNT_RESTRICTION": "Meta has restricted this WhatsApp account. Look at the reason in Meta's Business Manager.",
    "PARTNER_REMOVED": "The WhatsApp account was disconnected from this app. Connect it again.",
    "PARTNER_APP_UNINSTALLED": "The app was removed from the WhatsApp account. Connect it again.",
    "ACCOUNT_OFFBOARDED": "The phone with the WhatsApp Business app changed. Open the app there to reconnect.",
}

# Meta only refuses some messages then, mostly templates: answers still go out, and a refused one says why.
SENDING_GOES_ON = {"ACCOUNT_RESTRICTION"}

# Where the webhook has the words of a component.
WORDS = {
    "HEADER": "message_template_title",
    "BODY": "message_template_element",
    "FOOTER": "message_template_footer",
}
FOLLOWED = {
    "message_template_components_update": _template_words,
    "message_template_status_update": _template_status,
    "message_template_quality_update": _template_quality,
    "template_category_update": _template_category,
    "account_update": _account,
}
