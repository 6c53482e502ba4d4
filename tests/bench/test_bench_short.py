from bench import growing


def test_screens_touch_few_blocks_and_nothing_told_is_lost():
    found = {report.name: report.figures for report in growing.run(short=True)}

    assert {name: blocks for name, blocks in found["inbox_list"].items() if blocks > MOST_BLOCKS} == {}
    assert {name: blocks for name, blocks in found["conversation_open"].items() if blocks > 200} == {}
    assert {name: blocks for name, blocks in found["search"].items() if blocks > 2 * MOST_BLOCKS} == {}
    assert found["ingest_growth"] == {"lost": 0}
    assert found["status_storm"] == {"lost": 0, "backwards": 0}


MOST_BLOCKS = (
    1_000  # of 8 kB, of 2,500 that 10,000 messages and their indexes fill; joining all of them takes more
)
