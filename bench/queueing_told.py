"""What passes between a workload and `bench.queueing`."""

from dataclasses import dataclass


@dataclass
class Batch:
    """So many messages on a channel, one to each of as many people, `after` seconds from the start."""

    after: float
    clinic: str
    channel: str
    mark: str
    first: int
    count: int
