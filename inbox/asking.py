"""What was typed into the search: words, "phrases", conditions like in:closed, and what none of it may be (-)."""

import re
from dataclasses import dataclass

# A condition begins with Latin letters and a colon; an address of the web or a time of day is words.
TERM = re.compile(
    r'(?P<no>-)?(?:(?P<name>[A-Za-z]+):(?!//)(?P<value>"[^"]*"?|[^\s"]*)|"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))'
)


@dataclass(frozen=True)
class Condition:
    """One operator with its value, as typed."""

    name: str
    value: str
    is_not: bool = False


@dataclass(frozen=True)
class Asked:
    """A search, taken apart. Everything may be empty."""

    words: str = ""
    phrases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()  # words and phrases that must not be there
    conditions: tuple[Condition, ...] = ()

    @property
    def sought(self) -> str:
        """The words and phrases that must be there, to mark them in what is found."""
        return " ".join(each for each in (self.words, *self.phrases) if each)


def read(text: str) -> Asked:
    """Take a search apart. What is no condition is a word; an open quotation mark ends with the text."""
    words, phrases, without, conditions = [], [], [], []
    for term in TERM.finditer(text):
        name, phrase, word, is_not = term["name"], term["phrase"], term["word"], bool(term["no"])
        if name:
            conditions.append(Condition(name.lower(), term["value"].strip('"').strip(), is_not))
        elif is_not:
            without.append(word if phrase is None else phrase)
        elif phrase is not None:
            phrases.append(phrase)
        else:
            words.append(word)
    kept = tuple(each for each in without if re.search(r"\w", each))
    return Asked(" ".join(words), tuple(filter(str.strip, phrases)), kept, tuple(conditions))
