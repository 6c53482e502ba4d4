"""The demo clinics' people and what they wrote. All invented; the numbers are reserved for fiction."""

from dataclasses import dataclass, field

MINUTE, HOUR, DAY = 1, 60, 24 * 60


@dataclass(frozen=True)
class Said:
    """One message: how many minutes ago, by whom (`patient`, a member's key, or `note:` and a member's key)."""

    ago: int
    by: str
    text: str
    state: str = "read"
    error_code: str = ""
    error_detail: str = ""


@dataclass(frozen=True)
class Thread:
    """One patient's conversation, oldest message first."""

    name: str
    number: str
    said: list[Said] = field(default_factory=list)
    status: str = "open"
    assignee: str = ""
    team: str = ""
    unread: int = 0
    note: str = ""
    language: str = "en"
    country: str = "US"


def _in(ago: int, text: str) -> Said:
    return Said(ago, "patient", text)


HARBOUR = [
    Thread(
        "Marta Sampleton",
        "12025550111",
        [
            _in(2 * DAY, "Good morning, could Leo be seen for his cough this week?"),
            Said(
                2 * DAY - 9,
                "ines",
                "Good morning Marta. Dr Placeholder has Friday at 9:30 or 11:00. Which suits you?",
            ),
            _in(2 * DAY - 30, "9:30 please"),
            Said(
                2 * DAY - 34,
                "ines",
                "Booked: Friday 9:30 with Dr Placeholder. Please bring Leo's vaccination card.",
            ),
            _in(7, "Can I move Leo's visit? He has a school trip on Friday."),
            _in(6, "Monday would be best, any time after 3"),
        ],
        assignee="ines",
        unread=2,
        note="Writes for her son Leo.",
    ),
    Thread(
        "Oliver Testworth",
        "447700900114",
        [_in(18, "Hello, do you take walk-ins on Saturday? I have had an earache since yesterday.")],
        unread=1,
        country="GB",
    ),
    Thread(
        "Priya Exampleton",
        "12025550117",
        [
            _in(3 * HOUR, "Is it normal that the stitches itch?"),
            Said(
                3 * HOUR - 12,
                "tom",
                "A little itching while it heals is common. Any redness, warmth or fever?",
            ),
            _in(2 * HOUR, "No fever. It is a bit red around the edge."),
            Said(2 * HOUR - 4, "note:tom", "Asked Dr Placeholder to look at the photo when it comes."),
            Said(2 * HOUR - 5, "tom", "Thank you. Could you send a photo? The doctor will look at it today."),
        ],
        assignee="tom",
    ),
    Thread(
        "George Fictional",
        "447700900118",
        [
            _in(DAY + 2 * HOUR, "I would like to book my annual check-up"),
            Said(DAY + HOUR, "tom", "Of course. Mornings or afternoons?", state="delivered"),
        ],
        assignee="tom",
        country="GB",
    ),
    Thread(
        "Yara Demonstra",
        "12025550121",
        [
            _in(55, "Bom dia! Meu exame já ficou pronto?"),
            Said(
                50, "ines", "Bom dia, Yara! Sim, o resultado chegou. Quer passar aqui ou prefere uma ligação?"
            ),
            _in(41, "Uma ligação por favor, depois das 17h"),
        ],
        assignee="ines",
        language="pt",
    ),
    Thread(
        "Henrik Mockman",
        "12025550123",
        [
            _in(5 * HOUR, "My invoice shows two visits but I only came once in October"),
            Said(5 * HOUR - 20, "note:olga", "The second line is the lab. Billing will write to him today."),
        ],
        team="Billing",
    ),
    Thread(
        "Sofia Pretend",
        "12025550126",
        [
            _in(6 * HOUR, "Do I have to fast before the blood test tomorrow?"),
            Said(
                6 * HOUR - 3,
                "tom",
                "Yes, nothing but water from 22:00 tonight. Your visit is at 8:10.",
                state="failed",
                error_code="131026",
                error_detail="Message undeliverable",
            ),
        ],
        assignee="tom",
    ),
    Thread(
        "Amal Made-Up",
        "12025550129",
        [
            _in(22 * HOUR + 40, "Thank you for the appointment. Is there parking near the clinic?"),
            Said(22 * HOUR, "ines", "There are six places behind the building, entrance from Pier Street."),
            _in(21 * HOUR, "Perfect, thanks"),
        ],
        assignee="ines",
    ),
    Thread(
        "Lukas Invented",
        "12025550132",
        [
            _in(4 * DAY, "Please cancel my visit on Thursday, I am travelling."),
            Said(4 * DAY - 15, "tom", "Cancelled. Write to us when you are back and we find a new time."),
            _in(4 * DAY - 16, "Will do"),
        ],
        status="closed",
        assignee="tom",
    ),
    Thread(
        "Grace Notional",
        "447700900135",
        [
            _in(6 * DAY, "Which vaccines do I need for Kenya?"),
            Said(
                6 * DAY - 40,
                "ines",
                "Our travel nurse looks at that with you. Tuesday 14:00 is free, shall I book it?",
            ),
            _in(6 * DAY - 60, "Yes please"),
            Said(6 * DAY - 65, "ines", "Booked: Tuesday 14:00, travel nurse, about 30 minutes."),
        ],
        status="closed",
        assignee="ines",
        country="GB",
    ),
    Thread(
        "Noah Imaginary",
        "12025550138",
        [
            _in(DAY - HOUR, "Can you send the referral letter to my new dentist?"),
            Said(
                DAY - 2 * HOUR,
                "olga",
                "Yes. We need your written consent first; the form is at the front desk.",
            ),
        ],
        status="snoozed",
        team="Front desk",
    ),
]

HILLSIDE = [
    Thread(
        "Ruth Specimen",
        "447700900151",
        [_in(2 * HOUR, "My crown came loose. Is there anything free today?")],
        unread=1,
        country="GB",
    )
]
