from django.db import migrations, models
from django.db.models.functions import Now

# Returns one column more; who asks names the columns, so the version before goes on as it did.
FIND_ROUTES = """
DROP FUNCTION find_routes(uuid);
CREATE FUNCTION find_routes(for_hook uuid)
    RETURNS TABLE (kind varchar, external_id varchar, clinic_id uuid, channel_id uuid, since timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT r.kind, r.external_id, r.clinic_id, r.channel_id,
        CASE WHEN h.clinic_id IS NULL THEN r.created_at END
    FROM public.integrations_route r JOIN public.integrations_hook h ON h.id = r.hook_id
    WHERE r.hook_id = for_hook
$$;
"""
AS_BEFORE = """
DROP FUNCTION find_routes(uuid);
CREATE FUNCTION find_routes(for_hook uuid)
    RETURNS TABLE (kind varchar, external_id varchar, clinic_id uuid, channel_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT r.kind, r.external_id, r.clinic_id, r.channel_id FROM public.integrations_route r
    WHERE r.hook_id = for_hook
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0004_onboarding_and_checkups"),
    ]

    operations = [
        migrations.AddField("onboarding", "busy_until", models.DateTimeField(null=True)),
        # In two steps: the routes there are must not look as if they had been made now.
        migrations.AddField("route", "created_at", models.DateTimeField(null=True)),
        migrations.AlterField("route", "created_at", models.DateTimeField(null=True, db_default=Now())),
        migrations.RunSQL(FIND_ROUTES, AS_BEFORE),
    ]
