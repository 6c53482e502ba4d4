from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clinics', '0007_undo_seconds'),
        ('inbox', '0008_lists'),
        ('integrations', '0003_silence_told'),
    ]

    operations = [
        migrations.AddField(
            model_name='attachment',
            name='peaks',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='attachment',
            name='playable_file',
            field=models.FileField(blank=True, db_default='', max_length=200, upload_to=''),
        ),
        migrations.AddField(
            model_name='attachment',
            name='playable_state',
            field=models.CharField(blank=True, choices=[('', 'Not looked at, or none is needed'), ('waiting', 'Waiting to be listened to'), ('ready', 'Listened to; a twin was made where one is needed'), ('failed', 'Could not be read as a sound')], db_default='', max_length=10),
        ),
        migrations.AddField(
            model_name='attachment',
            name='playable_type',
            field=models.CharField(blank=True, db_default='', max_length=120),
        ),
        migrations.AddField(
            model_name='attachment',
            name='seconds',
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name='message',
            name='send_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='message',
            name='stops_on_reply',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AlterField(
            model_name='message',
            name='state',
            field=models.CharField(choices=[('received', 'Received'), ('scheduled', 'To be sent later'), ('cancelled', 'Taken back before it was sent'), ('queued', 'Waiting to be sent'), ('claimed', 'Being sent'), ('sent', 'Sent'), ('delivered', 'Delivered'), ('read', 'Read'), ('played', 'Played'), ('failed', 'Failed'), ('uncertain', 'May not have been sent'), ('retried', 'Sent again')], default='received', max_length=10),
        ),
        migrations.AddIndex(
            model_name='attachment',
            index=models.Index(condition=models.Q(('playable_state', 'waiting')), fields=['clinic', 'due_at'], name='sounds_waiting'),
        ),
    ]
