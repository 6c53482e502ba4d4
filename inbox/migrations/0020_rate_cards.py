import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import clinic_inbox.tenancy
from clinic_inbox.tenancy import isolate


class Migration(migrations.Migration):
    dependencies = [
        ("clinics", "0009_shortcuts"),
        ("inbox", "0019_erasures"),
    ]

    operations = [
        migrations.CreateModel(
            name="RateCard",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=clinic_inbox.tenancy.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("since", models.DateField()),
                ("currency", models.CharField(max_length=3)),
                ("prices", models.JSONField(default=dict)),
                ("countries", models.JSONField(default=dict)),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
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
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("clinic", "since"), name="one_rate_card_per_day")
                ],
            },
        ),
        isolate("inbox_ratecard"),
    ]
