import pytest

from clinics.models import Visibility
from inbox.search import find_people
from tests.factories import make_channel, make_contact, make_conversation, make_identity, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def nora(clinic):
    return make_conversation(make_identity(make_contact("Nora Example"), "+12025550101"), make_channel())


@pytest.fixture
def norbert(nora):
    return make_conversation(make_identity(make_contact("Norbert Sample"), "+12025550102"), nora.channel)


def test_a_patient_is_found_by_the_beginning_of_a_name_and_by_number(nora, norbert):
    ada = make_member("Ada")

    assert find_people(ada, "nora", []) == [nora]
    assert find_people(ada, "50102", []) == [norbert]
    assert find_people(ada, "nobody", []) == []


def test_those_opened_last_stand_first(nora, norbert):
    ada = make_member("Ada")

    for recent in ([nora, norbert], [norbert, nora]):
        assert find_people(ada, "nor", [str(each.pk) for each in recent]) == recent
        assert find_people(ada, "", [str(each.pk) for each in recent]) == recent


def test_what_a_member_does_not_see_is_not_found_even_when_they_name_it(nora, norbert):
    ben = make_member("Ben", visibility=Visibility.OWN)
    norbert.assignee = ben
    norbert.save()

    assert find_people(ben, "nor", [str(nora.pk)]) == [norbert]
    assert find_people(ben, "", [str(nora.pk), str(norbert.pk)]) == [norbert]


def test_made_up_ids_are_a_bad_request(client, nora):
    client.force_login(make_member("Ada").user)

    assert client.post("/conversations/jump/", {"ids": "nonsense"}).status_code == 400
    assert client.get("/conversations/jump/?q=nora").status_code == 405
