from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False  # Messages are written meanwhile: the index of a large table takes minutes.

    dependencies = [
        ('inbox', '0009_later_and_sounds'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='message',
            index=models.Index(condition=models.Q(('state', 'scheduled')), fields=['clinic', 'send_at'], name='messages_scheduled'),
        ),
        AddIndexConcurrently(
            model_name='message',
            index=models.Index(condition=models.Q(('send_at__isnull', False), ('state__in', ['scheduled', 'failed'])), fields=['clinic', 'conversation', 'send_at'], name='messages_for_later'),
        ),
    ]
