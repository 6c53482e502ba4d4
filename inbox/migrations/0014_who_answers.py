import clinic_inbox.tenancy
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from clinic_inbox.tenancy import isolate


def clinic():
    return models.ForeignKey(db_index=False, default=clinic_inbox.tenancy.current_clinic_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinics.clinic')


def identifier():
    return models.UUIDField(default=clinic_inbox.tenancy.uuid7, editable=False, primary_key=True, serialize=False)


def key(to, on_delete, **options):
    return clinic_inbox.tenancy.ClinicKey(on_delete=on_delete, to=to, related_name='+', db_index=False, **options)


class Migration(migrations.Migration):

    dependencies = [
        ('clinics', '0008_hours_and_turns'),
        ('integrations', '0001_initial'),
        ('inbox', '0013_entry_links'),
    ]

    operations = [
        migrations.CreateModel(
            name='AnswerRules',
            fields=[
                ('id', identifier()),
                ('greets', models.BooleanField(default=False)),
                ('greeting', models.JSONField(default=dict)),
                ('answers_away', models.BooleanField(default=False)),
                ('away', models.JSONField(default=dict)),
                ('quiet_minutes', models.PositiveSmallIntegerField(default=30)),
                ('assigning', models.CharField(choices=[('off', 'By hand'), ('round_robin', 'In turn: who was given one longest ago'), ('least_open', 'To who has the fewest open')], default='off', max_length=12)),
                ('is_sticky', models.BooleanField(default=True)),
                ('heeds_languages', models.BooleanField(default=True)),
                ('offers_back', models.BooleanField(default=False)),
                ('first_reply_minutes', models.PositiveIntegerField(null=True)),
                ('next_reply_minutes', models.PositiveIntegerField(null=True)),
                ('asks_reason', models.CharField(choices=[('off', 'Not asked'), ('optional', 'Asked, may be left out'), ('required', 'Asked, one has to be chosen')], default='off', max_length=8)),
                ('changed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('clinic', clinic()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('clinic',), name='one_row_of_answer_rules')],
            },
        ),
        migrations.CreateModel(
            name='ChannelRule',
            fields=[
                ('id', identifier()),
                ('answers', models.BooleanField(default=True)),
                ('channel', key('integrations.channel', django.db.models.deletion.CASCADE)),
                ('team', key('clinics.team', django.db.models.deletion.SET_NULL, null=True)),
                ('clinic', clinic()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('clinic', 'channel'), name='one_rule_per_channel')],
            },
        ),
        migrations.CreateModel(
            name='CloseReason',
            fields=[
                ('id', identifier()),
                ('name', models.CharField(max_length=60)),
                ('place', models.PositiveSmallIntegerField(default=0)),
                ('dropped_at', models.DateTimeField(null=True)),
                ('clinic', clinic()),
            ],
            options={
                'ordering': ['place', 'name'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('dropped_at', None)), fields=('clinic', 'name'), name='one_close_reason_per_name')],
            },
        ),
        isolate("inbox_answerrules"),
        isolate("inbox_channelrule", channel_id="integrations_channel", team_id="clinics_team"),
        isolate("inbox_closereason"),
        migrations.AddField('conversation', 'attend_at', models.DateTimeField(null=True)),
        migrations.AddField('conversation', 'reply_due_at', models.DateTimeField(null=True)),
        migrations.AddField('conversation', 'reply_soon_at', models.DateTimeField(null=True)),
        migrations.AddIndex('conversation', models.Index(condition=models.Q(('reply_due_at__isnull', False)), fields=['clinic', 'reply_due_at', 'id'], name='list_by_due')),
        migrations.AddIndex('conversation', models.Index(condition=models.Q(('attend_at__isnull', False)), fields=['clinic', 'attend_at'], name='to_attend')),
        migrations.AddField('episode', 'close_note', models.CharField(blank=True, db_default='', max_length=300)),
        migrations.AddField('episode', 'replies_met', models.PositiveIntegerField(db_default=0, default=0)),
        migrations.AddField('episode', 'replies_missed', models.PositiveIntegerField(db_default=0, default=0)),
        migrations.AddField('episode', 'close_reason', key('inbox.closereason', django.db.models.deletion.PROTECT, null=True)),
        migrations.RunSQL(
            "ALTER TABLE inbox_episode ADD CONSTRAINT inbox_episode_close_reason_id_own_clinic"
            " FOREIGN KEY (clinic_id, close_reason_id) REFERENCES inbox_closereason (clinic_id, id);"
        ),
    ]
