"""The dials: how the simulated world behaves when nothing goes wrong."""

from dataclasses import asdict, dataclass, field, fields


class BadInput(Exception):
    """The control API was asked for something that cannot be; the text says why."""


@dataclass
class Options:
    """Behaviour of every number; see README.md for the units and the meaning."""

    statuses: bool = True
    sent_ms: int = 150
    delivered_ms: int = 300
    read_ms: int = 150
    auto_read: bool = False
    latency_ms: int = 0
    window: bool = True
    strict_recipients: bool = False
    pair_rate: bool = False
    throughput: int | None = None
    retry_delays: list[float] = field(default_factory=lambda: [1, 2, 5, 10, 30, 60, 120])
    retry_limit: int = 40
    webhook_timeout_s: float = 10
    media_url_seconds: int = 300
    template_review_ms: int | None = None
    log_bodies: bool = True


@dataclass
class Chaos:
    """What goes wrong, and how often: probabilities from 0 to 1, milliseconds, counts."""

    duplicate: float = 0
    reorder: float = 0
    reorder_ms: int = 600
    delay_ms: int = 0
    batch: int = 0
    wrong_signature: float = 0
    duplicate_status: float = 0
    missing_status: float = 0
    fail_status: dict | None = None
    drop_response: float = 0
    error: dict | None = None
    rate_limit_429: float = 0
    http_5xx: float = 0
    hang: float = 0
    accept_on_failure: float = 0.5
    faults: dict = field(default_factory=dict)
    lists: dict | None = None
    late_status: float = 0
    late_status_ms: int = 3000
    slow_ms: int = 0
    seed: int | None = None


def change(settings: Options | Chaos, values: dict) -> None:
    """Set the named fields. None restores a field's default; raises BadInput for an unknown name."""
    defaults = asdict(type(settings)())
    unknown = set(values) - {f.name for f in fields(settings)}
    if unknown:
        raise BadInput(f"Unknown setting: {', '.join(sorted(unknown))}.")
    for name, value in values.items():
        setattr(settings, name, defaults[name] if value is None else value)
