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


class Migration(migrations.Migration):
    dependencies = [
        ("clinics", "0009_shortcuts"),
        ("inbox", "0018_note_answers"),
    ]

    operations = [
        migrations.AddField("conversation", "erasing_at", models.DateTimeField(null=True)),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", identifier()),
                ("contact_id", models.UUIDField()),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("asked", "The patient asked for it"),
                            ("unneeded", "The clinic has no reason any more to keep it"),
                            ("mistake", "It should never have come here, such as a wrong number"),
                            ("duty", "An authority or a court asked for it"),
                            ("restored", "Erased before, and back from a backup"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("running", "Being erased"), ("done", "Erased")], default="running", max_length=8
                    ),
                ),
                ("erased_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("finished_at", models.DateTimeField(null=True)),
                ("counts", models.JSONField(default=dict)),
                ("webhook_cursor", models.BigIntegerField(default=0)),
                ("report_cursor", models.UUIDField(null=True)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("clinic", clinic()),
                (
                    "requested_by",
                    clinic_inbox.tenancy.ClinicKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinics.member",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("clinic", "contact_id"), name="one_erasure_of_a_patient")
                ],
                "indexes": [
                    models.Index(fields=["clinic", "-erased_at", "-id"], name="erasures_newest"),
                    models.Index(
                        condition=models.Q(("state", "running")), fields=["clinic", "due_at"], name="erasures_running"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TombstoneKey",
            fields=[
                ("id", identifier()),
                ("secret_sealed", models.BinaryField(default=bytes)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("clinic", clinic()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("clinic",), name="one_key_of_tombstones")]
            },
        ),
        migrations.CreateModel(
            name="Tombstone",
            fields=[
                ("id", identifier()),
                ("digest", models.BinaryField()),
                ("erased_at", models.DateTimeField()),
                ("clinic", clinic()),
                (
                    "erasure",
                    clinic_inbox.tenancy.ClinicKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inbox.erasure",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("clinic", "digest"), name="one_tombstone_of_an_id")
                ],
                "indexes": [models.Index(fields=["clinic", "erasure"], name="tombstones_of_erasure")],
            },
        ),
        isolate("inbox_erasure", requested_by_id="clinics_member"),
        isolate("inbox_tombstonekey"),
        isolate("inbox_tombstone", erasure_id="inbox_erasure"),
    ]
