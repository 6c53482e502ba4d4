"""Lists of the settings that have grown long: a page at a time, sought by name, and short in queries and bytes."""

import re

import pytest

from clinics.models import Member, Role, User
from clinics.operations.teams import create_team
from inbox.models import Tag
from tests.factories import make_member
from tests.inbox.screens import queries_of, signed_in


@pytest.fixture
def admin(clinic):
    return make_member("Ana Admin", Role.ADMIN)


def make_members(count: int) -> list[Member]:
    people = User.objects.bulk_create(User(email=f"m{n}@clinic.example", password="!") for n in range(count))
    return Member.objects.bulk_create(
        Member(user=person, name=f"Member {n:04}") for n, person in enumerate(people)
    )


def names(page: str) -> list[str]:
    return re.findall(r"<strong>(Member \d+)</strong>", page)


def tags(page: str) -> list[str]:
    return re.findall(r"<bdi>(tag \d+)</bdi>", page)


def test_members_come_fifty_at_a_time(admin):
    make_members(120)
    browser = signed_in(admin)

    pages = [browser.get(f"/settings/members/?page={n}").text for n in (1, 2, 3)]

    assert [len(names(page)) for page in pages] == [49, 50, 21]
    assert sorted({name for page in pages for name in names(page)}) == [f"Member {n:04}" for n in range(120)]
    assert ["51–100 of 121" in page for page in pages] == [False, True, False]
    assert 'class="settings-count">121<' in pages[1]
    around = [re.findall(r'href="([^"]*)" rel="(\w+)"', page) for page in pages]
    address = "/settings/members/?"
    assert around == [
        [(address + "page=2", "next")],
        [(address, "prev"), (address + "page=3", "next")],
        [(address + "page=2", "prev")],
    ]


@pytest.mark.parametrize("sought", ["member 0077", "M77@clinic"])
def test_a_member_is_sought_by_name_or_address(admin, sought):
    make_members(120)

    page = signed_in(admin).get("/settings/members/", {"q": sought}).text

    assert names(page) == ["Member 0077"]


def test_what_is_saved_on_a_page_stays_on_that_page(admin):
    later = make_members(120)[70]
    browser = signed_in(admin)
    address = f"/settings/members/{later.pk}/role/?page=2"
    assert address in browser.get("/settings/members/?page=2").text

    page = browser.post(address, {"role": "admin"}).text

    assert "Member 0070" in names(page)
    assert Member.objects.get(pk=later.pk).role == "admin"


@pytest.mark.parametrize(
    ("asked", "first"), [("9999999", "tag 000"), ("0", "tag 000"), ("3", "tag 100"), ("²", "tag 000")]
)
def test_a_page_that_is_not_there_is_one_that_is(admin, asked, first):
    Tag.objects.bulk_create(Tag(name=f"tag {n:03}", tint=0) for n in range(120))

    page = signed_in(admin).get("/settings/tags/", {"page": asked}).text

    assert tags(page)[0] == first


def test_a_tag_is_sought(admin):
    Tag.objects.bulk_create(Tag(name=f"tag {n:03}", tint=0) for n in range(120))
    browser = signed_in(admin)

    assert tags(browser.get("/settings/tags/", {"q": "G 11"}).text) == [f"tag {n}" for n in range(110, 120)]
    assert "Nothing matches" in browser.get("/settings/tags/", {"q": "no such\0"}).text


def test_in_a_large_clinic_one_team_is_open(admin):
    people = make_members(100)
    teams = [create_team(f"Team {n}") for n in range(7)]
    teams[3].members.add(*people[:3], through_defaults={"clinic_id": admin.clinic_id})
    browser = signed_in(admin)

    closed = browser.get("/settings/teams/").text
    opened = browser.get(f"/settings/teams/?open={teams[3].pk}").text

    assert (closed.count('name="members"'), opened.count('name="members"')) == (0, 101)
    assert opened.count(" checked") == 3
    assert ("3 members" in closed, len(re.findall(r"<input[^>]*autofocus", opened))) == (True, 1)


@pytest.mark.parametrize("path", ["members", "tags", "teams"])
def test_a_thousand_take_no_more_queries_and_few_bytes(admin, path, django_assert_max_num_queries):
    browser = signed_in(admin)
    create_team("Team"), Tag.objects.create(name="tag", tint=0)
    before = queries_of(browser, f"/settings/{path}/", django_assert_max_num_queries)
    make_members(1000)
    Tag.objects.bulk_create(Tag(name=f"tag {n:03}", tint=0) for n in range(1000))

    assert queries_of(browser, f"/settings/{path}/", django_assert_max_num_queries) <= before
    assert len(browser.get(f"/settings/{path}/").content) < 600_000
