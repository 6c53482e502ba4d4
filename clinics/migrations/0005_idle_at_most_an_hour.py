from django.db import migrations

AN_HOUR = "UPDATE clinics_clinic SET idle_timeout_minutes = 60 WHERE idle_timeout_minutes > 60"


class Migration(migrations.Migration):
    """A left screen stays signed in for an hour at most; it could be twelve."""

    dependencies = [
        ("clinics", "0004_sign_in"),
    ]

    operations = [
        migrations.RunSQL(AN_HOUR, migrations.RunSQL.noop),
    ]
