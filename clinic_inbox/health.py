"""Is this process alive, may it be given work, and how is the work going: /healthz, /readyz, /metrics.

Answered before every other middleware, because a probe knows no host name, no HTTPS and no session, and must get its
answer while the database is away.
"""

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare

from . import metrics
from .valkey import valkey

LOOPBACK = ("127.0.0.1", "::1")
_migrated: list[bool] = []  # once applied they stay applied while this code runs


def probes(get_response):
    """Answer the addresses of this module; pass everything else on."""
    answers = {"/healthz": healthz, "/readyz": readyz, "/metrics": measures}

    def middleware(request):
        answer = answers.get(request.path, get_response)
        return answer(request)

    return middleware


def healthz(request) -> HttpResponse:
    """This process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request) -> HttpResponse:
    """Each thing this process needs, "ok" or what is wrong; 503 when one is not ok."""
    results = {
        "postgres": _attempt(_check_postgres),
        "migrations": _attempt(_check_migrations),
        "valkey": _attempt(_check_valkey),
    }
    is_ready = set(results.values()) == {"ok"}
    return JsonResponse(results, status=200 if is_ready else 503, headers={"Cache-Control": "no-store"})


def measures(request) -> HttpResponse:
    """Prometheus text, for whoever holds METRICS_TOKEN; without one, for this machine only."""
    if not _may_read_metrics(request):
        return HttpResponse("Not found\n", status=404, content_type="text/plain")
    try:
        return HttpResponse(metrics.exposition(), content_type=metrics.CONTENT_TYPE)
    except DatabaseError:
        return HttpResponse("Postgres is not reachable\n", status=503, content_type="text/plain")


def _may_read_metrics(request) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return constant_time_compare(given, f"Bearer {settings.METRICS_TOKEN}")
    # Our own front sits on this machine too, and always names the address it forwards for.
    is_forwarded = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-Ip"))
    return request.META.get("REMOTE_ADDR") in LOOPBACK and not is_forwarded


def _attempt(check) -> str:
    try:
        return check()
    except (DatabaseError, redis.RedisError, OSError):
        return "not reachable"


def _check_postgres() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        (is_unbound,) = cursor.fetchone()
    return "the role can bypass row-level security" if is_unbound else "ok"


def _check_migrations() -> str:
    if not _migrated:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return "not applied"
        _migrated.append(True)
    return "ok"


def _check_valkey() -> str:
    valkey().ping()
    return "ok"
