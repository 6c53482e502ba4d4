from django.utils import translation

from inbox.templatetags.meta_words import category_words, quality_words, status_words


def test_metas_words_are_the_readers_and_a_new_one_is_shown_as_it_came():
    with translation.override("es"):
        words = [category_words("UTILITY"), status_words("IN_APPEAL"), quality_words("RED")]
        of_a_number = quality_words("green")
        new = status_words("HELD_BACK")

    assert words == ["Utilidad", "en apelación", "baja"]
    assert of_a_number == "alta"
    assert new == "held back"
