import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import clinic_inbox.tenancy
from clinic_inbox.tenancy import isolate


def identifier():
    return models.UUIDField(default=clinic_inbox.tenancy.uuid7, editable=False, primary_key=True, serialize=False)


def clinic():
    return models.ForeignKey(
        db_index=False,
        default=clinic_inbox.tenancy.current_clinic_id,
        editable=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="clinics.clinic",
    )


def key(to):
    return clinic_inbox.tenancy.ClinicKey(
        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to=to
    )


class Migration(migrations.Migration):
    dependencies = [
        ("clinics", "0005_idle_at_most_an_hour"),
        ("inbox", "0015_calls_told_and_targets_answered"),
    ]

    operations = [
        migrations.AddField(
            "alertchoices",
            "mails",
            models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
        ),
        migrations.AddField(
            "alertchoices",
            "mail_after",
            models.PositiveSmallIntegerField(
                choices=[(5, "after 5 minutes"), (15, "after 15 minutes"), (60, "after an hour")],
                db_default=15,
                default=15,
            ),
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", identifier()),
                ("event", models.CharField(max_length=10)),
                ("about", models.CharField(max_length=40)),
                ("happened_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("seen_at", models.DateTimeField(null=True)),
                ("pushed_at", models.DateTimeField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
                ("clinic", clinic()),
                ("conversation", key("inbox.conversation")),
                ("member", key("clinics.member")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "member", "conversation", "event", "about"), name="one_notice_of_a_thing"
                    )
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_at", None), ("seen_at", None)),
                        fields=["clinic", "happened_at"],
                        name="notices_waiting",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OnCallRules",
            fields=[
                ("id", identifier()),
                ("on_urgent", models.BooleanField(default=True)),
                ("on_overdue", models.BooleanField(default=True)),
                ("inside_minutes", models.PositiveSmallIntegerField(null=True)),
                ("outside_minutes", models.PositiveSmallIntegerField(null=True)),
                ("admins_minutes", models.PositiveSmallIntegerField(null=True)),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("clinic", clinic()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("clinic",), name="one_row_of_on_call_rules")]
            },
        ),
        migrations.CreateModel(
            name="OnCall",
            fields=[
                ("id", identifier()),
                ("clinic", clinic()),
                ("member", key("clinics.member")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("clinic", "member"), name="once_on_call")]
            },
        ),
        migrations.CreateModel(
            name="Escalation",
            fields=[
                ("id", identifier()),
                ("waiting_since", models.DateTimeField()),
                ("step", models.PositiveSmallIntegerField(choices=[(1, "on call"), (2, "admins")])),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("clinic", clinic()),
                ("conversation", key("inbox.conversation")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "conversation", "waiting_since", "step"), name="one_escalation_per_step"
                    )
                ],
                "indexes": [models.Index(fields=["clinic", "created_at"], name="escalations_newest")],
            },
        ),
        isolate("inbox_notice", conversation_id="inbox_conversation", member_id="clinics_member"),
        isolate("inbox_oncallrules"),
        isolate("inbox_oncall", member_id="clinics_member"),
        isolate("inbox_escalation", conversation_id="inbox_conversation"),
    ]
