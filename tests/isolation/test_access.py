"""Everybody on every route of their own clinic: who is let in, who is not, and that a route says so at all."""

import pytest

from tests.isolation.asking import API_METHODS, METHODS, actor, ask, fitting, snapshot
from tests.isolation.entries import ACCESS, ANYBODY, LET_IN, MACHINE
from tests.isolation.routes import BY_SECRET, all_routes

pytestmark = pytest.mark.django_db(transaction=True)
SIGN_IN = "/accounts/login/"
REFUSED = {401, 403, 404, 405}


def test_every_route_says_who_is_let_in():
    routes = {route.template for route in all_routes()}

    assert routes - ACCESS.keys() - BY_SECRET.keys() == set(), "tell tests/isolation/entries.py"


@pytest.mark.parametrize("kind", sorted(LET_IN[ANYBODY]))
def test_everybody_gets_what_is_theirs_and_nothing_else(ours, kind):
    client, before = actor(ours, kind), snapshot(ours)
    routes = [(route, ACCESS.get(route.template, ANYBODY)) for route in all_routes()]
    theirs = [(route, level) for route, level in routes if kind in LET_IN[level] and level != ANYBODY]
    closed = [(route, level) for route, level in routes if kind not in LET_IN[level]]

    let_in_wrongly = [
        (route.template, status)
        for route, level in closed
        for status, text in answers(ours, client, route, level)
        if not (is_refusal(status, text) and ours.word not in text)
    ]
    assert let_in_wrongly == []
    assert snapshot(ours) == before
    shut_out_wrongly = [
        (route.template, [status for status, _ in told])
        for route, level in theirs
        if (told := list(answers(ours, client, route, level)))
        and (all(is_refusal(*each) for each in told) or any(status >= 500 for status, _ in told))
    ]
    assert shut_out_wrongly == []


def answers(world, client, route, level: str):
    """What each method answers on each of the clinic's own rows that the route may be about."""
    for path in fitting(world, route) if route.places else ["/" + route.template]:
        for method in API_METHODS if level == MACHINE else METHODS:
            yield ask(client, method, path, {"clinic": str(world.clinic.pk)} if level != MACHINE else None)


def is_refusal(status: int, text: str) -> bool:
    return status in REFUSED or (status == 302 and SIGN_IN in text)


@pytest.mark.parametrize("kind", ["stranger", "removed"])
def test_who_does_not_work_here_gets_no_word_of_it_even_where_anybody_may_ask(ours, kind):
    shown = [
        route.template
        for route in all_routes()
        if ACCESS.get(route.template) == ANYBODY
        for method in METHODS
        if ours.word in ask(actor(ours, kind), method, "/" + route.template)[1]
    ]

    assert shown == []
