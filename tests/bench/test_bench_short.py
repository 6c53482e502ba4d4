from bench import growing

MOST_BLOCKS = (
    1_000  # of 8 kB, of 2,500 that 10,000 messages and their indexes fill; joining all of them takes more
)


def test_screens_touch_few_blocks_and_nothing_told_is_lost():
    reports = {report.name: report for report in growing.run(short=True)}
    found = {name: report.figures for name, report in reports.items()}

    assert {name: blocks for name, blocks in found["inbox_list"].items() if blocks > MOST_BLOCKS} == {}
    assert {name: blocks for name, blocks in found["conversation_open"].items() if blocks > 200} == {}
    assert {name: blocks for name, blocks in found["search"].items() if blocks > 2 * MOST_BLOCKS} == {}
    assert [asked for report in reports.values() for asked in _more_queries(report)] == []
    assert found["ingest_growth"] == {"lost": 0}  # or stored twice, which would be less than none


def _more_queries(report) -> list[str]:
    return [text for text, is_met in report.targets if text.startswith("as many queries") and not is_met]
