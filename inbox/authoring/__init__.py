"""Templates written here: their parts, the checks before Meta sees them, drafts, and handing them in."""

from ..template_decisions import history
from .checks import LIMITS, MOST_BUTTONS, MOST_OF_A_KIND, Problem, problems_of
from .drafting import (
    Account,
    Overtaken,
    accounts,
    add_language,
    begin,
    discard,
    drop_sample,
    duplicate,
    header_of_sample,
    keep_sample,
    parts_of,
    problems,
    write,
)
from .handing_in import delete, submit
from .parts import FILES, Button, Parts, as_components, to_json
from .standing import may_edit, needing_you, reason_of, used_by

__all__ = [
    "FILES",
    "LIMITS",
    "MOST_BUTTONS",
    "MOST_OF_A_KIND",
    "Account",
    "Button",
    "Overtaken",
    "Parts",
    "Problem",
    "accounts",
    "add_language",
    "as_components",
    "begin",
    "delete",
    "discard",
    "drop_sample",
    "duplicate",
    "header_of_sample",
    "history",
    "keep_sample",
    "may_edit",
    "needing_you",
    "parts_of",
    "problems",
    "problems_of",
    "reason_of",
    "submit",
    "to_json",
    "used_by",
    "write",
]
