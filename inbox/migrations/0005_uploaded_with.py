import clinic_inbox.tenancy
import django.db.models.deletion
from django.db import migrations

OWN_CLINIC = """
    ALTER TABLE inbox_attachment ADD CONSTRAINT inbox_attachment_uploaded_with_id_own_clinic
    FOREIGN KEY (clinic_id, uploaded_with_id) REFERENCES clinics_apitoken (clinic_id, id)
"""
ANY_CLINIC = "ALTER TABLE inbox_attachment DROP CONSTRAINT inbox_attachment_uploaded_with_id_own_clinic"


class Migration(migrations.Migration):
    """Uploads know the API key that made them. Those made before, and not sent yet, are unknown to all keys."""

    dependencies = [
        ("clinics", "0004_sign_in"),
        ("inbox", "0004_visibility"),
    ]

    operations = [
        migrations.AddField(
            model_name="attachment",
            name="uploaded_with",
            field=clinic_inbox.tenancy.ClinicKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinics.apitoken",
            ),
        ),
        migrations.RunSQL(OWN_CLINIC, ANY_CLINIC),
    ]
