import django.db.models.deletion
from django.db import migrations, models

import clinic_inbox.tenancy

OWN_CLINIC = """
    ALTER TABLE inbox_attachment ADD CONSTRAINT inbox_attachment_uploaded_for_id_own_clinic
    FOREIGN KEY (clinic_id, uploaded_for_id) REFERENCES inbox_conversation (clinic_id, id)
"""
ANY_CLINIC = "ALTER TABLE inbox_attachment DROP CONSTRAINT inbox_attachment_uploaded_for_id_own_clinic"


class Migration(migrations.Migration):
    """Uploads know for which conversation they were made. Those made before, and not sent yet, are chosen anew."""

    dependencies = [
        ("inbox", "0021_erased_records"),
    ]

    operations = [
        migrations.AddField(
            model_name="attachment",
            name="uploaded_for",
            field=clinic_inbox.tenancy.ClinicKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="inbox.conversation",
            ),
        ),
        migrations.RunSQL(OWN_CLINIC, ANY_CLINIC),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(
                condition=models.Q(("uploaded_for__isnull", False)),
                fields=["clinic", "uploaded_for"],
                name="uploads_of_conversation",
            ),
        ),
    ]
