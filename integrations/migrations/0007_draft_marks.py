import django.db.models.deletion
from django.db import migrations, models

import clinic_inbox.tenancy

OWN_CLINIC = """
    ALTER TABLE integrations_template ADD CONSTRAINT integrations_template_draft_by_id_own_clinic
    FOREIGN KEY (clinic_id, draft_by_id) REFERENCES clinics_member (clinic_id, id)
"""
ANY_CLINIC = "ALTER TABLE integrations_template DROP CONSTRAINT integrations_template_draft_by_id_own_clinic"


class Migration(migrations.Migration):
    dependencies = [
        ("clinics", "0009_shortcuts"),
        ("integrations", "0006_templates_written"),
    ]

    operations = [
        migrations.AddField(
            model_name="template",
            name="draft_mark",
            field=models.CharField(blank=True, db_default="", default="", max_length=36),
        ),
        migrations.AddField(
            model_name="template",
            name="draft_by",
            field=clinic_inbox.tenancy.ClinicKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinics.member",
            ),
        ),
        migrations.RunSQL(OWN_CLINIC, ANY_CLINIC),
    ]
