"""A line on which some requests wait."""

import re

from tests.browser.test_reach import wait_until


class SlowLine:
    """Requests of one page that wait until the line is well again; what is fetched ahead does not."""

    def __init__(self, page, pattern):
        self.page, self.held, self.is_slow = page, [], True
        page.route(re.compile(pattern), self._take)

    def _take(self, route):
        if self.is_slow and "x-ahead" not in route.request.headers:
            self.held.append(route)
        else:
            route.continue_()

    def wait_for(self, count):
        wait_until(self.page, lambda: len(self.held) >= count)

    def let_go(self):
        self.is_slow = False
        for route in self.held:
            route.continue_()
            if answer := route.request.response():  # not given up by the page
                answer.finished()
        self.page.evaluate("new Promise((go) => requestAnimationFrame(() => setTimeout(go)))")
