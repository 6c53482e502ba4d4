from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clinics', '0008_hours_and_turns'),
    ]

    operations = [
        migrations.AddField(
            model_name='member',
            name='shortcuts',
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name='member',
            name='shortcuts_on',
            field=models.BooleanField(db_default=True, default=True),
        ),
    ]
