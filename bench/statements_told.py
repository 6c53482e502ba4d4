"""What passes between a workload and `bench.statements`."""

from dataclasses import dataclass, field


@dataclass
class Question:
    """One thing to ask, by the name of a function of bench.statements; of the floors the fastest counts."""

    clinic: str
    member: str
    asks: str
    argument: str = ""
    floors: list[str] = field(default_factory=list)
    values: dict = field(default_factory=dict)
    times: int = 20


@dataclass
class Taken:
    """Median milliseconds and blocks of 8 kB touched, of ours and of the fastest floor; and the ratios of the times."""

    ours: float
    floor: float
    ratios: list[float]
    blocks: int
    floor_blocks: int
    statements: int
