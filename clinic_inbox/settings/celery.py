"""How bells are carried to the workers, and what is rung by the clock."""

CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "visibility_timeout": 600,
}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    # The first three take no longer than Postgres does; nothing that waits for the world outside may go before them.
    "inbox.tasks.drain": {"queue": "ingest"},
    "inbox.tasks.sweep_intake": {"queue": "ingest"},
    "inbox.tasks.sweep_delivery": {"queue": "ingest"},
    "inbox.tasks.deliver": {"queue": "delivery"},
    "inbox.tasks.attend": {"queue": "delivery"},
    "inbox.tasks.show_read": {"queue": "delivery"},
    "inbox.tasks.note_delivery": {"queue": "delivery"},
    "inbox.tasks.fetch_attachment": {"queue": "media"},
    "inbox.tasks.prepare_sound": {"queue": "sounds"},
    "inbox.tasks.note_sounds": {"queue": "sounds"},
}
CELERY_TASK_PUBLISH_RETRY = False  # a lost bell is rung again by the sweeper; a request never waits for Redis
CELERY_BEAT_SCHEDULE = {
    "sweep-intake": {"task": "inbox.tasks.sweep_intake", "schedule": 5.0, "options": {"expires": 5}},
    "sweep-delivery": {"task": "inbox.tasks.sweep_delivery", "schedule": 5.0, "options": {"expires": 5}},
    "note-delivery": {"task": "inbox.tasks.note_delivery", "schedule": 30.0, "options": {"expires": 30}},
    "note-sounds": {"task": "inbox.tasks.note_sounds", "schedule": 30.0, "options": {"expires": 30}},
    "sweep-media": {"task": "inbox.tasks.sweep_media", "schedule": 15.0, "options": {"expires": 15}},
    "sweep-attending": {"task": "inbox.tasks.sweep_attending", "schedule": 15.0, "options": {"expires": 15}},
    "wake-snoozed": {"task": "inbox.tasks.wake_snoozed", "schedule": 30.0, "options": {"expires": 30}},
    "push-news": {"task": "inbox.tasks.push_news", "schedule": 5.0, "options": {"expires": 5}},
    "write-letters": {"task": "inbox.tasks.write_letters", "schedule": 30.0, "options": {"expires": 30}},
    "sync-templates": {"task": "inbox.tasks.sync_templates", "schedule": 900.0, "options": {"expires": 900}},
    "seal-audit": {"task": "inbox.tasks.seal_audit", "schedule": 10.0, "options": {"expires": 10}},
    "listen": {"task": "inbox.tasks.listen", "schedule": 300.0, "options": {"expires": 300}},
    "sweep-erasures": {"task": "inbox.tasks.sweep_erasures", "schedule": 30.0, "options": {"expires": 30}},
    "expire": {"task": "inbox.tasks.expire", "schedule": 3600.0, "options": {"expires": 3600}},
    "purge": {"task": "inbox.tasks.purge", "schedule": 3600.0, "options": {"expires": 3600}},
}
