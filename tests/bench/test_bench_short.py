from bench import ingest_closed


def test_everything_acknowledged_under_load_is_in_its_conversation():
    report = ingest_closed.run(short=True)

    assert report.figures["lost"] == 0
    assert report.figures["by_floor"] > 0.05  # Far below the target: a busy machine must not fail the build.
    assert report.figures["by_draft"] > 1.5
