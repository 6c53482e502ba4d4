"""Every screen there is: each route that answers a browser's GET with a whole page, to a member and to a stranger."""

from collections.abc import Iterator

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, Page

from tests.isolation.asking import fitting
from tests.isolation.entries import FITS
from tests.isolation.routes import Route, all_routes
from tests.isolation.world import World

SERIOUS = ("serious", "critical")
# Rules that a screen fails because of a bug of axe, or that say nothing: none so far.
RUN_AXE = """async (rules) => {
    const options = {resultTypes: ["violations"], ...(rules && {runOnly: {type: "rule", values: rules}})}
    const {violations} = await axe.run(document, options)
    return violations.map(({id, impact, nodes}) => ({id, impact, nodes: nodes.map(({html, failureSummary}) =>
        `${html.slice(0, 160)} (${failureSummary.split("\\n").slice(1, 3).join(";")})`)}))
}"""
# What sticks out of the page sideways, or lies out of its reach: its element's path.
TOO_WIDE = """() => {
    const root = document.scrollingElement
    // Pages of the app scroll within what is below <main>; the inbox' own panes do so each for itself.
    const scrollers = [root, ...document.querySelectorAll("#main:has(#pane)")]
    if (scrollers.every((each) => each.scrollWidth <= each.clientWidth + 1)) return []
    return [...document.body.querySelectorAll("*")]
        .filter((each) => {
            const box = each.getBoundingClientRect()
            return box.width && (box.right > root.clientWidth + 1 || box.left < -1)
        })
        .concat(root)
        .slice(0, 3)
        .map((each) => `${each.tagName}.${each.className} ${Math.round(each.getBoundingClientRect().right)}`)
}"""

# Inside the app its parts scroll, never the window; in the inbox not even what they stand in.
TOO_TALL = """() => {
    if (!document.querySelector("body > .app")) return []
    return [document.scrollingElement, ...document.querySelectorAll("#main:has(#inbox)")]
        .map((each) => each.scrollHeight - each.clientHeight)
        .filter((below) => below > 0)
        .map((below) => `${below} px below`)
}"""


def addresses(world: World) -> Iterator[str]:
    """The path of each route of the product, with the world's rows in its places."""
    for route in all_routes():
        if route.template.startswith(("api/", "media/")):
            continue
        if not route.places:
            yield "/" + route.template
        elif _is_about_a_row(route):
            yield next(iter(fitting(world, route)))


def _is_about_a_row(route: Route) -> bool:
    words = route.template.split("/")
    return all(place.startswith("<uuid:") for place in route.places) and all(
        words[words.index(place) - 1] in FITS for place in route.places
    )


def screens(context: BrowserContext, address: str, world: World) -> list[str]:
    """The addresses that answer with a whole page in this window, each page once."""
    found = {}
    for path in addresses(world):
        response = context.request.get(address + path, max_redirects=5, fail_on_status_code=False)
        is_page = "text/html" in response.headers.get("content-type", "") and "<html" in response.text()
        if response.status < 400 and is_page:
            found.setdefault(response.url.split("?")[0], path)
    return list(found.values())


def against_axe(page: Page, rules: list[str] | None = None) -> list[str]:
    """What axe finds serious on this page, in sentences."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate(RUN_AXE, rules)
    return [
        f"{each['id']}: {node}" for each in found if each["impact"] in SERIOUS for node in each["nodes"][:3]
    ]


def outside(page: Page) -> list[str]:
    """What makes this page scroll sideways, or a window of the app scroll at all."""
    return page.evaluate(TOO_WIDE) + page.evaluate(TOO_TALL)
