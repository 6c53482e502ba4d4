"""Whether there is a browser to test with at all."""


def test_it_shows_a_page_and_runs_its_script(page):
    page.set_content("<title>here</title><script>document.title += ' and alive'</script>")

    assert page.title() == "here and alive"
