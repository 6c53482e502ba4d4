import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import clinic_inbox.tenancy
from clinic_inbox.tenancy import isolate

KINDS = [
    ("text", "Text"),
    ("number", "Number"),
    ("date", "Date"),
    ("choice", "One of several"),
    ("yes_no", "Yes or no"),
]


def _id():
    return models.UUIDField(
        default=clinic_inbox.tenancy.uuid7, editable=False, primary_key=True, serialize=False
    )


def _clinic():
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
        ("clinics", "0003_visibility"),
        ("contacts", "0001_initial"),
    ]

    operations = [
        migrations.AddField("contact", "writing_for", models.CharField(blank=True, db_default="", max_length=200)),
        migrations.AddField("contact", "fields", models.JSONField(db_default={}, default=dict)),
        migrations.CreateModel(
            name="PatientField",
            fields=[
                ("id", _id()),
                ("key", models.CharField(max_length=50)),
                ("name", models.CharField(max_length=60)),
                ("kind", models.CharField(choices=KINDS, default="text", max_length=8)),
                ("choices", models.JSONField(default=list)),
                ("is_hidden", models.BooleanField(default=False)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("clinic", _clinic()),
            ],
        ),
        migrations.AddConstraint(
            "patientfield",
            models.UniqueConstraint(fields=["clinic", "key"], name="one_patient_field_per_key"),
        ),
        migrations.CreateModel(
            name="ContactNote",
            fields=[
                ("id", _id()),
                ("text", models.TextField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("edited_at", models.DateTimeField(null=True)),
                (
                    "author",
                    clinic_inbox.tenancy.ClinicKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinics.member",
                    ),
                ),
                (
                    "contact",
                    clinic_inbox.tenancy.ClinicKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notes",
                        to="contacts.contact",
                    ),
                ),
                ("clinic", _clinic()),
            ],
        ),
        migrations.AddIndex(
            "contactnote",
            models.Index(fields=["clinic", "contact", "-created_at"], name="notes_of_contact"),
        ),
        isolate("contacts_patientfield"),
        isolate("contacts_contactnote", contact_id="contacts_contact", author_id="clinics_member"),
    ]
