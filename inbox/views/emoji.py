"""The emoji of the picker, the clinic's most needed first: to react with, and to put into an answer."""

import unicodedata
from functools import cache

from django.utils import translation
from django.utils.translation import pgettext_lazy

MOST_NEEDED = "👍 ❤️ 😊 🙏 😂 😮 😢 🎉 👌 👏 💪 🤝 ✅ ❌ ⚠️ ❗ ❓ 💬 📞 📅 ⏰ 📍"
CLINIC = (
    "🏥 💊 💉 🩺 🦷 👶 🤒 🤧 😷 🌡️ 🩹 🩻 👀 🩸 🧬 🔬 🧪 🚑 ♿ 🤰 🤱 👩‍⚕️ 👨‍⚕️ 🧑‍⚕️ 🦴 🧠 🫀 🫁 👁️ 👂 👃 👄 🦻 "
    "🦵 🦶 🤕 🤢 🤮 🥵 🥶 😵 😴 🛌 🧘"
)
FACES = (
    "🙂 😀 😃 😄 😁 😅 🤣 😇 😉 😌 😍 🥰 😘 😋 😎 🤓 🤗 🤔 🤨 😐 😑 🙄 😏 😕 😟 🙁 ☹️ 😔 😞 😓 😥 😪 😭 😩 😫 😤 😠 😳 "
    "😱 😨 😰 😬 🤭 🤫 🥳 🥺 😶"
)
HANDS = "👎 👋 🤚 ✋ 🖐️ 👆 👇 👈 👉 ☝️ ✌️ 🤞 🤙 👊 ✊ 🙌 👐 🤲 🙋 🙆 🙅 🤷 🤦 💁 🙇 🧑 👩 👨 👧 👦 👵 👴 👪 💑"
THINGS = (
    "🌷 🌹 🌻 💐 🌱 🍀 ☀️ 🌙 ⭐ ✨ 🌈 ☁️ 🌧️ ❄️ 🔥 💧 🎂 🎁 🎈 🏆 🐶 🐱 ☕ 🍵 🍎 🍌 🍊 🥕 🥗 🍞 🧀 🥛 🚫 🚭 🍷 🏠 🏃 "
    "🚶 🚴 🏊 🚗 🚌 🚆 ✈️ 🅿️ 🚪 🛗 📱 💻 📧 📝 📄 📋 📎 📷 🎥 🔔 🔕 🔒 🔑 💳 💶 💵 🧾 ⌛ ⏳ 🕐 📆 🗓️"
)
SIGNS = "💯 ✔️ ➕ ➖ ➡️ ⬅️ ⬆️ ⬇️ 🔁 🔄 🆗 🆕 🆘 ℹ️ 🔴 🟠 🟡 🟢 🔵 🟣 ⚪ ⚫ 💔 🧡 💛 💚 💙 💜 🤍 🖤 💕 💖 1️⃣ 2️⃣ 3️⃣ 4️⃣ 5️⃣"
# What people look for, in their own language; Unicode calls many otherwise, and in English alone.
WORDS = {
    "👍": pgettext_lazy("emoji", "yes ok good like"),
    "👎": pgettext_lazy("emoji", "no bad"),
    "❤️": pgettext_lazy("emoji", "heart love"),
    "🙏": pgettext_lazy("emoji", "please thanks pray"),
    "😊": pgettext_lazy("emoji", "smile happy"),
    "😂": pgettext_lazy("emoji", "laugh tears"),
    "😮": pgettext_lazy("emoji", "surprised"),
    "😢": pgettext_lazy("emoji", "sad sorry cry"),
    "🎉": pgettext_lazy("emoji", "congratulations celebrate"),
    "👌": pgettext_lazy("emoji", "all right"),
    "👏": pgettext_lazy("emoji", "applause well done"),
    "💪": pgettext_lazy("emoji", "strong"),
    "🤝": pgettext_lazy("emoji", "agreed handshake"),
    "✅": pgettext_lazy("emoji", "done yes ok"),
    "❌": pgettext_lazy("emoji", "no wrong cancel"),
    "⚠️": pgettext_lazy("emoji", "warning careful"),
    "❗": pgettext_lazy("emoji", "important"),
    "❓": pgettext_lazy("emoji", "question"),
    "💬": pgettext_lazy("emoji", "speech message"),
    "📞": pgettext_lazy("emoji", "call phone"),
    "📅": pgettext_lazy("emoji", "calendar appointment date"),
    "⏰": pgettext_lazy("emoji", "alarm time reminder"),
    "📍": pgettext_lazy("emoji", "place address where"),
    "🏥": pgettext_lazy("emoji", "hospital clinic"),
    "💊": pgettext_lazy("emoji", "pill medicine tablet"),
    "💉": pgettext_lazy("emoji", "syringe vaccine injection blood test"),
    "🩺": pgettext_lazy("emoji", "stethoscope doctor"),
    "🦷": pgettext_lazy("emoji", "tooth dentist"),
    "👶": pgettext_lazy("emoji", "baby child"),
    "🤒": pgettext_lazy("emoji", "fever ill sick thermometer"),
    "🤧": pgettext_lazy("emoji", "cold flu sneeze"),
    "😷": pgettext_lazy("emoji", "mask ill"),
    "🌡️": pgettext_lazy("emoji", "thermometer temperature fever"),
    "🩹": pgettext_lazy("emoji", "plaster bandage wound"),
    "🩻": pgettext_lazy("emoji", "X-ray"),
    "👀": pgettext_lazy("emoji", "eyes look"),
    "🩸": pgettext_lazy("emoji", "blood"),
    "🔬": pgettext_lazy("emoji", "microscope laboratory"),
    "🧪": pgettext_lazy("emoji", "test tube laboratory"),
    "🚑": pgettext_lazy("emoji", "ambulance emergency"),
    "♿": pgettext_lazy("emoji", "wheelchair"),
    "🤰": pgettext_lazy("emoji", "pregnant"),
    "🤱": pgettext_lazy("emoji", "breast-feeding"),
    "🦴": pgettext_lazy("emoji", "bone"),
    "🤕": pgettext_lazy("emoji", "injured head bandage"),
    "🤢": pgettext_lazy("emoji", "nausea"),
    "🤮": pgettext_lazy("emoji", "vomiting"),
    "😴": pgettext_lazy("emoji", "sleep tired"),
    "🅿️": pgettext_lazy("emoji", "parking"),
    "💐": pgettext_lazy("emoji", "flowers"),
    "🤷": pgettext_lazy("emoji", "do not know shrug"),
    "📄": pgettext_lazy("emoji", "document page"),
    "📎": pgettext_lazy("emoji", "paper clip attachment"),
    "🔔": pgettext_lazy("emoji", "bell reminder"),
    "🔒": pgettext_lazy("emoji", "locked private"),
    "🧾": pgettext_lazy("emoji", "receipt invoice"),
}
KEYCAP = "\N{COMBINING ENCLOSING KEYCAP}"


@cache
def emoji_in(language: str) -> tuple[tuple[str, str], ...]:
    """Each emoji with the words by which it is found and called by a reader of this language."""
    with translation.override(language):
        return tuple((emoji, _called(emoji, is_english=language.startswith("en"))) for emoji in EMOJI)


def _called(emoji: str, *, is_english: bool) -> str:
    words = str(WORDS.get(emoji, ""))
    if words and not is_english:
        return words
    return " ".join(dict.fromkeys(f"{_name(emoji)} {words}".split()))


def _name(emoji: str) -> str:
    """Its name in Unicode, in small letters."""
    if emoji.endswith(KEYCAP):
        return f"number {emoji[0]}"
    letters = [letter for letter in emoji if letter not in "\N{ZERO WIDTH JOINER}\N{VARIATION SELECTOR-16}"]
    return " ".join(unicodedata.name(letter, "") for letter in letters).lower()


EMOJI = tuple(dict.fromkeys(" ".join((MOST_NEEDED, CLINIC, FACES, HANDS, THINGS, SIGNS)).split()))
