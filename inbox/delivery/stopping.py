"""Whether this worker is about to end. Its processes are told by their parent, which alone gets the signal."""

from mmap import mmap

from celery.signals import worker_shutting_down

# Shared with the processes forked after this import. A lock around it could be left held by one that was killed.
_flag = mmap(-1, 1)


def is_stopping() -> bool:
    """Nothing new should be begun here; what is under way may finish."""
    return _flag[0] == 1


@worker_shutting_down.connect
def stop(**_told) -> None:
    _flag[0] = 1


def forget() -> None:
    """As before the signal."""
    _flag[0] = 0
