from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clinics', '0006_sign_up'),
    ]

    operations = [
        migrations.AddField(
            model_name='member',
            name='undo_seconds',
            field=models.PositiveSmallIntegerField(choices=[(0, 'Off'), (5, '5 seconds'), (10, '10 seconds')], db_default=0, default=0),
        ),
    ]
