"""Every setting. What comes from the environment stands here, and docs/configuration.md lists it."""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from clinic_inbox import logs

from .accounts import *  # noqa: F403  Django reads every name of this module
from .beginning import *  # noqa: F403
from .celery import *  # noqa: F403

BASE_DIR = Path(__file__).resolve().parent.parent.parent


def _list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def _required(name: str, local: str) -> str:
    value = os.environ.get(name, "")
    if not value and CLINIC_ENV == "production":
        raise ImproperlyConfigured(f"{name} must be set in production")
    return value or local


def _secret(name: str, local: str) -> str:
    """The variable; on a laptop a value that everybody knows, with which production refuses to start."""
    value = _required(name, local)
    if CLINIC_ENV == "production" and local in value:
        raise ImproperlyConfigured(f"{name} is the one of the source code: make your own")
    return value


CLINIC_ENV = os.environ.get("CLINIC_ENV", "local")
if CLINIC_ENV not in ("local", "test", "production"):
    raise ImproperlyConfigured(f"CLINIC_ENV is {CLINIC_ENV!r}: use local, test or production")
PRODUCTION = CLINIC_ENV == "production"
DEBUG = False
SECRET_KEY = _secret("SECRET_KEY", "local-only-" + "0" * 50)
SECRET_KEY_FALLBACKS = _list("SECRET_KEY_FALLBACKS")
# id:base64(32 bytes), first is active. The local default is no secret: production refuses to start without its own.
KEY_RING = _secret("KEY_RING", "local:bG9jYWwtb25seS1rZXktbm90LWEtc2VjcmV0LTAwMDA=")

PUBLIC_URL = os.environ.get("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
WEB_URL = os.environ.get("WEB_URL", "http://127.0.0.1:8001").rstrip("/")
_public = urlsplit(PUBLIC_URL)
ALLOWED_HOSTS = _list("ALLOWED_HOSTS") or [_public.hostname or "127.0.0.1"]
if not PRODUCTION:
    ALLOWED_HOSTS += ["127.0.0.1", "localhost", "[::1]", "testserver"]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
if PRODUCTION and (_public.scheme != "https" or "*" in ALLOWED_HOSTS):
    raise ImproperlyConfigured(
        "PUBLIC_URL must start with https:// in production, and ALLOWED_HOSTS must name hosts"
    )
# Who may tell us the client's address and that HTTPS was used: the `live` process in front of `web`.
TRUSTED_PROXIES = _list("TRUSTED_PROXIES", "127.0.0.1,::1")
# Open at once, of an IPv4 address or an IPv6 network, in each `live` process.
CONNECTIONS_PER_ADDRESS = int(os.environ.get("CONNECTIONS_PER_ADDRESS", "200"))
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")  # empty: /metrics answers this machine only
LOG_LEVEL = os.environ.get("LOG_LEVEL", "INFO").upper()
LOGGING = logs.configuration(LOG_LEVEL)

# The simulator stands in for Meta on a laptop; a production clinic must never be able to talk to it.
SIMULATOR_URL = os.environ.get("SIMULATOR_URL", "").rstrip("/")
if SIMULATOR_URL and PRODUCTION:
    raise ImproperlyConfigured("SIMULATOR_URL cannot be set in production")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "channels",
    "django_htmx",
    "lucide",
    "rest_framework",
    "drf_spectacular",
    "clinic_inbox.backup",
    "clinics",
    "integrations",
    "contacts",
    "inbox",
]

MIDDLEWARE = [
    "clinic_inbox.health.probes",
    "clinic_inbox.access.trusted_front",
    "clinic_inbox.access.access_log",
    "django.middleware.security.SecurityMiddleware",
    "clinic_inbox.middleware.content_security_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "clinic_inbox.api.middleware.clinic_of_the_token",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "clinic_inbox.uploads.of_members_only",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "clinics.middleware.clinic_of_the_request",
]

CSRF_FAILURE_VIEW = "clinic_inbox.errors.csrf_failure"
ROOT_URLCONF = "clinic_inbox.urls"
WSGI_APPLICATION = "clinic_inbox.wsgi.application"
ASGI_APPLICATION = "clinic_inbox.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "clinics.context.workplace",
            ],
            "builtins": ["lucide.templatetags.lucide"],
        },
    }
]


# Milliseconds. The last: a process that froze within a transaction does not keep its locks.
LIMITS = "-c statement_timeout=30000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=30000"
# A migration may build an index for minutes, but nobody waits long behind one that waits for a lock itself.
LIMITS_OF_MIGRATIONS = "-c lock_timeout=10000"


# A database host that vanishes without a word is noticed within 25 seconds, not after the kernel's quarter of an hour.
KEEPALIVES = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}


def _database(url: str, limits: str = LIMITS) -> dict:
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
        "ATOMIC_REQUESTS": True,
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5, "options": limits} | KEEPALIVES,
    }


DATABASE_URL = _required("DATABASE_URL", "postgresql://clinic_app@127.0.0.1:5432/clinic")
# Migrations run as the owner of the tables; everything else as a role that owns nothing.
_AS_OWNER = os.environ.get("CLINIC_DB_ROLE") == "owner"
# For backups alone: a superuser, and what the file is encrypted with. No process that serves anybody has them.
DATABASE_ADMIN_URL = os.environ.get("DATABASE_ADMIN_URL", "")
BACKUP_KEY = os.environ.get("BACKUP_KEY", "")
PUSH_KEY = os.environ.get("PUSH_KEY", "")  # base64 of 32 bytes; empty: browsers cannot be told anything
DATABASES = {
    "default": _database(os.environ["DATABASE_OWNER_URL"], LIMITS_OF_MIGRATIONS)
    if _AS_OWNER
    else _database(DATABASE_URL)
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = _required("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "clinic_inbox.cache.Cache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "clinic-inbox",
    }
}

CELERY_BROKER_URL = REDIS_URL
# A claimed message whose worker says nothing for so long may or may not have been sent. Longer than a whole send.
DELIVERY_LEASE = timedelta(seconds=float(os.environ.get("DELIVERY_LEASE_SECONDS", "60")))
INGEST_SHARDS = int(os.environ.get("INGEST_SHARDS", "1"))
WEBHOOK_RETENTION = timedelta(days=int(os.environ.get("WEBHOOK_RETENTION_DAYS", "30")))

if CLINIC_ENV == "test":
    # Each member of each test has a password; a slow hash would cost half a second for every one.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

SESSION_ENGINE = "clinics.sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_NAME = "__Host-session" if PRODUCTION else "clinic-session"
CSRF_COOKIE_NAME = "__Host-csrf" if PRODUCTION else "clinic-csrf"
CSRF_COOKIE_HTTPONLY = True
IDLE_TIMEOUT = timedelta(minutes=int(os.environ.get("IDLE_TIMEOUT_MINUTES", "60")))

SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024
MAX_BODY_BYTES = 110 * 1024 * 1024  # the largest attachment WhatsApp takes (100 MB) and its form around it

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["clinic_inbox.api.authentication.BearerToken"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_THROTTLE_CLASSES": ["clinic_inbox.api.throttling.PerToken"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["clinic_inbox.api.parsing.Json"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "clinic_inbox.api.problems.handle",
    "UNAUTHENTICATED_USER": None,
}
API_REQUESTS_PER_MINUTE = int(os.environ.get("API_REQUESTS_PER_MINUTE", "600"))
SPECTACULAR_SETTINGS = {
    "TITLE": "Clinic Inbox",
    "DESCRIPTION": "Conversations, messages and contacts of one clinic. Every request carries a token of that clinic.",
    "VERSION": "1",
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {"MediaKind": "inbox.api.drafts.MEDIA"},
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "clinic_inbox.api.schema.add_problems",
    ],
}

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", _("English")),
    ("es", _("Spanish")),
    ("pt", _("Portuguese")),
    ("ar", _("Arabic")),
    ("zh-hans", _("Chinese (simplified)")),
    ("ms", _("Malay")),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["clinic_inbox.formats"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT", BASE_DIR / "staticfiles"))
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not PRODUCTION
DATA_DIR = Path(os.environ.get("DATA_DIR", BASE_DIR / "var"))
MEDIA_ROOT = DATA_DIR / "media"
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "clinic_inbox.uploads.BelowData",
]
INCOMING = DATA_DIR / "incoming"  # what is left here by a killed process goes after an hour
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

EMAIL_BACKEND = os.environ.get(
    "EMAIL_BACKEND",
    "django.core.mail.backends.smtp.EmailBackend"
    if PRODUCTION
    else "django.core.mail.backends.dummy.EmailBackend",
)
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_TIMEOUT = 10
EMAIL_USE_TLS = os.environ.get("EMAIL_USE_TLS", "1") == "1"
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "Clinic Inbox <inbox@localhost>")
