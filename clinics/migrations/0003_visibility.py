from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clinics', '0002_audit_chain'),
    ]

    operations = [
        migrations.AddField(
            model_name='apitoken',
            name='sees_sensitive',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='clinic',
            name='emergency_access',
            field=models.CharField(choices=[('everyone', 'Everybody who works here'), ('admins', 'Admins and owners only')], db_default='everyone', default='everyone', max_length=10),
        ),
        migrations.AddField(
            model_name='invitation',
            name='visibility',
            field=models.CharField(choices=[('all', 'All conversations'), ('team', "Their teams' and unassigned"), ('own', 'Only their own')], db_default='all', default='all', max_length=10),
        ),
        migrations.AddField(
            model_name='member',
            name='visibility',
            field=models.CharField(choices=[('all', 'All conversations'), ('team', "Their teams' and unassigned"), ('own', 'Only their own')], db_default='all', default='all', max_length=10),
        ),
    ]
