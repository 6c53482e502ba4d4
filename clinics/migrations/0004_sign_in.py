from django.db import migrations, models

WHOSE = """
    ALTER TABLE django_session ADD COLUMN user_id bigint;
    CREATE INDEX django_session_user ON django_session (user_id) WHERE user_id IS NOT NULL;
"""
NOBODYS = "ALTER TABLE django_session DROP COLUMN user_id"


class Migration(migrations.Migration):
    """Sessions know whose they are; rows written by the code before this one get it when they are next saved."""

    dependencies = [
        ("clinics", "0003_visibility"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="OpenSession",
            fields=[
                (
                    "session_key",
                    models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name="session key"),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
            ],
            options={
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
                "db_table": "django_session",
                "abstract": False,
                "managed": False,
            },
        ),
        migrations.AddField(
            model_name="clinic",
            name="requires_mfa",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RunSQL(WHOSE, NOBODYS),
    ]
