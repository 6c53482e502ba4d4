from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inbox", "0014_who_answers"),
    ]

    operations = [
        migrations.AddField(
            model_name="mention",
            name="told_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="answers_due_at",
            field=models.DateTimeField(null=True),
        ),
    ]
