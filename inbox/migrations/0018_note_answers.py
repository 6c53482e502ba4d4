import django.db.models.deletion
from django.db import migrations, models

import clinic_inbox.tenancy
from clinic_inbox.tenancy import isolate


def note(related_name):
    return clinic_inbox.tenancy.ClinicKey(
        db_index=False,
        on_delete=django.db.models.deletion.CASCADE,
        related_name=related_name,
        to="inbox.message",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("clinics", "0009_shortcuts"),
        ("inbox", "0017_targets_of_teams"),
    ]

    operations = [
        migrations.AddField(
            model_name="mention",
            name="is_answer",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name="NoteAnswer",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=clinic_inbox.tenancy.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("answer", note("answering")),
                (
                    "clinic",
                    models.ForeignKey(
                        db_index=False,
                        default=clinic_inbox.tenancy.current_clinic_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinics.clinic",
                    ),
                ),
                ("note", note("+")),
            ],
            options={
                "indexes": [models.Index(fields=["clinic", "note", "id"], name="answers_of_note")],
                "constraints": [
                    models.UniqueConstraint(fields=("clinic", "answer"), name="a_note_answers_one")
                ],
            },
        ),
        isolate("inbox_noteanswer", note_id="inbox_message", answer_id="inbox_message"),
    ]
