import clinic_inbox.tenancy
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from clinic_inbox.tenancy import isolate


class Migration(migrations.Migration):

    dependencies = [
        ('clinics', '0003_visibility'),
        ('contacts', '0001_initial'),
        ('inbox', '0003_messages_newest'),
        ('integrations', '0002_silence_and_retention'),
    ]

    operations = [
        migrations.CreateModel(
            name='GlassBreak',
            fields=[
                ('id', models.UUIDField(default=clinic_inbox.tenancy.uuid7, editable=False, primary_key=True, serialize=False)),
                ('reason', models.CharField(max_length=500)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('ends_at', models.DateTimeField()),
                ('noticed_at', models.DateTimeField(null=True)),
                ('clinic', models.ForeignKey(db_index=False, default=clinic_inbox.tenancy.current_clinic_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinics.clinic')),
                ('conversation', clinic_inbox.tenancy.ClinicKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='inbox.conversation')),
                ('member', clinic_inbox.tenancy.ClinicKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinics.member')),
                ('noticed_by', clinic_inbox.tenancy.ClinicKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinics.member')),
            ],
        ),
        migrations.AddField(
            model_name='conversation',
            name='is_sensitive',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddIndex(
            model_name='conversation',
            index=models.Index(condition=models.Q(('team__isnull', False)), fields=['clinic', 'team', 'status', '-last_message_at', '-id'], name='list_by_team'),
        ),
        migrations.AddIndex(
            model_name='conversation',
            index=models.Index(condition=models.Q(('is_sensitive', True)), fields=['clinic', 'id'], name='sensitive_ones'),
        ),
        migrations.AddIndex(
            model_name='glassbreak',
            index=models.Index(fields=['clinic', 'member', '-ends_at'], name='glass_broken_by_member'),
        ),
        migrations.AddIndex(
            model_name='glassbreak',
            index=models.Index(fields=['clinic', '-created_at', '-id'], name='glass_broken_newest'),
        ),
        migrations.AddIndex(
            model_name='glassbreak',
            index=models.Index(condition=models.Q(('noticed_at', None)), fields=['clinic'], name='glass_unnoticed'),
        ),
        isolate(
            "inbox_glassbreak",
            conversation_id="inbox_conversation",
            member_id="clinics_member",
            noticed_by_id="clinics_member",
        ),
    ]
