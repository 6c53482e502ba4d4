from inbox.views.emoji import EMOJI, emoji_in


def test_emoji_are_found_by_the_readers_own_words_and_what_has_none_by_its_name():
    spanish, english = dict(emoji_in("es")), dict(emoji_in("en"))

    assert spanish["🩺"] == "estetoscopio médico"
    assert english["🩺"] == "stethoscope doctor"
    assert spanish["🧘"] == english["🧘"] == "person in lotus position"
    assert len(spanish) == len(EMOJI)
    assert all(spanish.values())
