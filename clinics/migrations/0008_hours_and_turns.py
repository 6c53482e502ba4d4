import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models
from django.db.models import Value

import clinic_inbox.tenancy
from clinic_inbox.tenancy import isolate


def clinic():
    return models.ForeignKey(db_index=False, default=clinic_inbox.tenancy.current_clinic_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinics.clinic')


def identifier():
    return models.UUIDField(default=clinic_inbox.tenancy.uuid7, editable=False, primary_key=True, serialize=False)


class Migration(migrations.Migration):

    dependencies = [
        ('clinics', '0007_undo_seconds'),
    ]

    operations = [
        migrations.CreateModel(
            name='BusinessHours',
            fields=[
                ('id', identifier()),
                ('week', models.JSONField()),
                ('changed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('clinic', clinic()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('clinic',), name='one_week_per_clinic')],
            },
        ),
        migrations.CreateModel(
            name='SpecialDay',
            fields=[
                ('id', identifier()),
                ('day', models.DateField()),
                ('name', models.CharField(max_length=80)),
                ('spans', models.JSONField(default=list)),
                ('clinic', clinic()),
            ],
            options={
                'ordering': ['day'],
                'constraints': [models.UniqueConstraint(fields=('clinic', 'day'), name='one_special_day_per_day')],
            },
        ),
        migrations.AddField('member', 'speaks', models.JSONField(default=list, db_default=Value([], models.JSONField()))),
        migrations.AddField('member', 'is_away', models.BooleanField(default=False, db_default=False)),
        migrations.AddField('member', 'most_open', models.PositiveSmallIntegerField(null=True)),
        migrations.AddField('member', 'here_at', models.DateTimeField(null=True)),
        migrations.AddField('member', 'given_at', models.DateTimeField(null=True)),
        isolate("clinics_businesshours"),
        isolate("clinics_specialday"),
    ]
