"""What the matrix goes by when it leaves a name out: a page that looks one up, in whatever way, is seen to."""

import pytest
from django import forms
from django.http import QueryDict
from django.template import Context, Template

from tests.isolation.reading import NOBODY_READS, names_read, one_by_one


class Form(forms.Form):
    team = forms.CharField(required=False)


WAYS = {
    "get": lambda query: query.get("team"),
    "brackets": lambda query: query["team"],
    "in": lambda query: "team" in query,
    "getlist": lambda query: query.getlist("team"),
    "a template": lambda query: Template("{{ query.team }}").render(Context({"query": query})),
    "a form": lambda query: Form(query).is_valid(),
}
ALTOGETHER = {
    "for": lambda query: [name for name in query],  # noqa: C416 - not list()
    "list": list,
    "dict": dict,
    "**": lambda query: dict(**query),
    "|": lambda query: {} | query.dict(),
    "items": lambda query: list(query.items()),
    "lists": lambda query: list(query.lists()),
    "values": lambda query: list(query.values()),
    "keys": lambda query: set(query.keys()),
    "urlencode": lambda query: query.urlencode(),
    "copy": lambda query: query.copy(),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_name_that_is_looked_up_is_noted_and_no_other(way):
    with names_read({"team", "tag"}) as read:
        WAYS[way](QueryDict("team=1&tag=2"))

    assert read == {"team"}


@pytest.mark.parametrize("way", ALTOGETHER)
def test_who_goes_through_everything_has_read_every_name(way):
    with names_read({"team", "tag", "not there"}) as read:
        ALTOGETHER[way](QueryDict("team=1&tag=2"))

    assert read >= {"team", "tag", "not there"}


def test_a_whole_address_has_every_name(rf):
    with names_read({"team"}) as read:
        rf.get("/", {"team": "1"}).get_full_path()

    assert read == {"team"}


def test_each_name_that_comes_up_is_asked_by_itself():
    """Also one that is looked up only when another one is there by itself."""
    asked = []

    def page(question):
        asked.append(question)
        query = QueryDict("&".join(f"{name}={value}" for name, value in question.items()))
        if "team" in query and "tag" not in query:
            query.get("member")

    looked_up = one_by_one({"team": "1", "tag": "2", "member": "3", "share": "4"}, page)

    assert looked_up == {"team", "tag", "member"}
    assert asked[1:] == [{NOBODY_READS: "1"}, {"tag": "2"}, {"team": "1"}, {"member": "3"}]


def test_a_page_that_refuses_is_asked_no_further():
    asked = []

    assert one_by_one({"team": "1"}, lambda question: bool(asked.append(question))) == set()
    assert asked == [{"team": "1"}]
