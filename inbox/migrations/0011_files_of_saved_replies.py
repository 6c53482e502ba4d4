import clinic_inbox.tenancy
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from clinic_inbox.tenancy import isolate


class Migration(migrations.Migration):

    dependencies = [
        ('clinics', '0004_sign_in'),
        ('inbox', '0010_scheduled_messages'),
    ]

    operations = [
        migrations.CreateModel(
            name='SavedReplyFile',
            fields=[
                ('id', models.UUIDField(default=clinic_inbox.tenancy.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=12)),
                ('content_type', models.CharField(max_length=120)),
                ('file', models.FileField(max_length=200, upload_to='')),
                ('thumbnail', models.FileField(blank=True, max_length=200, upload_to='')),
                ('filename', models.CharField(max_length=240)),
                ('size', models.PositiveBigIntegerField()),
                ('width', models.PositiveIntegerField(null=True)),
                ('height', models.PositiveIntegerField(null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('clinic', models.ForeignKey(db_index=False, default=clinic_inbox.tenancy.current_clinic_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinics.clinic')),
                ('reply', clinic_inbox.tenancy.ClinicKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='files', to='inbox.savedreply')),
            ],
            options={
                'ordering': ['created_at'],
                'indexes': [models.Index(fields=['clinic', 'reply'], name='files_of_saved_reply')],
            },
        ),
        isolate("inbox_savedreplyfile", reply_id="inbox_savedreply"),
    ]
