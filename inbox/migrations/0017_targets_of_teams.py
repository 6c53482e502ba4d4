import django.db.models.deletion
from django.db import migrations, models

import clinic_inbox.tenancy
from clinic_inbox.tenancy import isolate


class Migration(migrations.Migration):
    dependencies = [
        ("clinics", "0009_shortcuts"),
        ("inbox", "0016_notices_and_on_call"),
    ]

    operations = [
        migrations.CreateModel(
            name="TeamTarget",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=clinic_inbox.tenancy.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("first_reply_minutes", models.PositiveIntegerField(null=True)),
                ("next_reply_minutes", models.PositiveIntegerField(null=True)),
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
                (
                    "team",
                    clinic_inbox.tenancy.ClinicKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="clinics.team",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="teamtarget",
            constraint=models.UniqueConstraint(fields=("clinic", "team"), name="one_target_per_team"),
        ),
        isolate("inbox_teamtarget", team_id="clinics_team"),
    ]
