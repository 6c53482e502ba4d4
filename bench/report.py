"""What a workload found: a table, and what was promised of it."""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class Report:
    """One workload's table. `targets` are sentences with whether they were met."""

    name: str
    method: str
    columns: tuple[str, ...]
    rows: list[tuple] = field(default_factory=list)
    targets: list[tuple[str, bool]] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)  # for tests
    is_failure: bool = False  # there is no table: the workload broke

    def markdown(self) -> str:
        lines = [f"## {self.name}", "", self.method, ""]
        if self.is_failure:
            return "\n".join(lines)
        cells = [self.columns, *(tuple(map(str, row)) for row in self.rows)]
        widths = [max(len(row[at]) for row in cells) for at in range(len(self.columns))]
        lines.append(_line(self.columns, widths))
        lines.append("|" + "|".join("-" * (width + 2) for width in widths) + "|")
        lines += [_line(row, widths) for row in cells[1:]]
        lines.append("")
        lines += [f"- {'met' if is_met else '**missed**'}: {text}" for text, is_met in self.targets]
        return "\n".join(lines) + "\n"


def failed(name: str, error: BaseException) -> Report:
    """The section of a workload that broke."""
    words = f"{type(error).__name__}: {error}".strip().splitlines()[0][:300]
    return Report(name, f"**failed**, so there are no figures: `{words}`", (), is_failure=True)


def spread(values: Iterable[float], digits: int = 0) -> str:
    """`median (lowest–highest)`."""
    values = sorted(values)
    middle = statistics.median(values)
    return f"{middle:,.{digits}f} ({values[0]:,.{digits}f}–{values[-1]:,.{digits}f})"


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"
