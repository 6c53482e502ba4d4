from bench import documentation
from bench.report import Report, failed

ORDER = ["first", "second"]
BEFORE = "# Performance\n\n## second\n\nold\n\n## Reading the figures\n\nby hand\n"


def headings(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("## ")]


def test_a_new_table_takes_its_place_and_what_was_written_by_hand_stays_last(tmp_path):
    file = tmp_path / "performance.md"
    file.write_text(BEFORE)

    documentation.write(Report("first", "how", ("a",), [("1",)]), workload="first", order=ORDER, file=file)

    assert headings(file.read_text()) == ["## first", "## second", "## Reading the figures"]
    assert file.read_text().endswith("by hand\n")


def test_a_broken_workload_says_so_until_it_works_again(tmp_path):
    file = tmp_path / "performance.md"
    file.write_text(BEFORE)

    documentation.write(failed("group", ValueError("no")), workload="group", order=ORDER, file=file)
    broken = file.read_text()
    documentation.write(Report("second", "how", ("a",)), workload="group", order=ORDER, file=file)

    assert "**failed**, so there are no figures: `ValueError: no`" in broken
    assert headings(broken) == ["## second", "## group", "## Reading the figures"]
    assert headings(file.read_text()) == ["## second", "## Reading the figures"]
