import clinic_inbox.tenancy
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from clinic_inbox.tenancy import isolate


def clinic():
    return models.ForeignKey(db_index=False, default=clinic_inbox.tenancy.current_clinic_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinics.clinic')


def key(to, on_delete=django.db.models.deletion.CASCADE, **options):
    return clinic_inbox.tenancy.ClinicKey(on_delete=on_delete, to=to, **{'related_name': '+', 'db_index': False} | options)


def identifier():
    return models.UUIDField(default=clinic_inbox.tenancy.uuid7, editable=False, primary_key=True, serialize=False)


def moment():
    return models.DateTimeField(default=django.utils.timezone.now)


class Migration(migrations.Migration):

    dependencies = [
        ('clinics', '0004_sign_in'),
        ('inbox', '0005_uploaded_with'),
    ]

    operations = [
        migrations.CreateModel(
            name='SavedReply',
            fields=[
                ('id', identifier()),
                ('title', models.CharField(max_length=80)),
                ('shortcut', models.CharField(blank=True, max_length=30)),
                ('bodies', models.JSONField(default=dict)),
                ('is_for_teams', models.BooleanField(default=False)),
                ('created_at', moment()),
                ('changed_at', moment()),
                ('deleted_at', models.DateTimeField(null=True)),
                ('clinic', clinic()),
                ('owner', key('clinics.member', django.db.models.deletion.PROTECT, null=True)),
            ],
            options={
                'ordering': ['title'],
                'indexes': [models.Index(fields=['clinic', '-changed_at', '-id'], name='saved_replies_newest')],
            },
        ),
        migrations.CreateModel(
            name='SavedReplyTeam',
            fields=[
                ('id', identifier()),
                ('clinic', clinic()),
                ('reply', key('inbox.savedreply', related_name='for_teams')),
                ('team', key('clinics.team')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('clinic', 'reply', 'team'), name='once_for_a_team')],
            },
        ),
        migrations.CreateModel(
            name='SavedReplyUse',
            fields=[
                ('id', identifier()),
                ('count', models.PositiveIntegerField(default=0)),
                ('last_used_at', moment()),
                ('clinic', clinic()),
                ('member', key('clinics.member')),
                ('reply', key('inbox.savedreply', related_name='uses')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('clinic', 'reply', 'member'), name='one_count_per_reply_and_member')],
            },
        ),
        migrations.CreateModel(
            name='Mention',
            fields=[
                ('id', identifier()),
                ('created_at', moment()),
                ('seen_at', models.DateTimeField(null=True)),
                ('clinic', clinic()),
                ('conversation', key('inbox.conversation')),
                ('member', key('clinics.member')),
                ('note', key('inbox.message', related_name='mentions')),
            ],
            options={
                'indexes': [
                    models.Index(fields=['clinic', 'member', 'conversation'], name='mentions_of_member'),
                    models.Index(condition=models.Q(('seen_at', None)), fields=['clinic', 'member'], name='mentions_unseen'),
                ],
                'constraints': [models.UniqueConstraint(fields=('clinic', 'note', 'member'), name='once_in_a_note')],
            },
        ),
        migrations.CreateModel(
            name='Pin',
            fields=[
                ('id', identifier()),
                ('created_at', moment()),
                ('by', key('clinics.member', django.db.models.deletion.PROTECT, null=True)),
                ('clinic', clinic()),
                ('conversation', key('inbox.conversation', related_name='pins')),
                ('note', key('inbox.message', related_name='pins')),
            ],
            options={
                'indexes': [models.Index(fields=['clinic', 'conversation'], name='pins_of_conversation')],
                'constraints': [models.UniqueConstraint(fields=('clinic', 'note'), name='a_note_is_pinned_once')],
            },
        ),
        isolate("inbox_savedreply", owner_id="clinics_member"),
        isolate("inbox_savedreplyteam", reply_id="inbox_savedreply", team_id="clinics_team"),
        isolate("inbox_savedreplyuse", reply_id="inbox_savedreply", member_id="clinics_member"),
        isolate(
            "inbox_mention",
            note_id="inbox_message",
            conversation_id="inbox_conversation",
            member_id="clinics_member",
        ),
        isolate(
            "inbox_pin",
            note_id="inbox_message",
            conversation_id="inbox_conversation",
            by_id="clinics_member",
        ),
    ]
