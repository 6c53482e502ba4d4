"""The emoji of the picker, the clinic's most needed first: to react with, and to put into an answer."""

import unicodedata

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
# What people look for and Unicode calls otherwise.
ALSO = {
    "👍": "yes ok good like",
    "👎": "no bad",
    "❤️": "love",
    "🙏": "please thanks pray",
    "😊": "smile happy",
    "😂": "laugh lol",
    "🎉": "congratulations celebrate",
    "✅": "done yes ok",
    "❌": "no wrong cancel",
    "📅": "appointment date",
    "⏰": "time reminder",
    "📍": "place address where",
    "📞": "call phone",
    "💊": "medicine tablet",
    "💉": "vaccine injection blood test",
    "🩺": "doctor",
    "🦷": "dentist teeth",
    "🤒": "fever ill sick",
    "🤧": "cold flu",
    "🌡️": "temperature fever",
    "🩹": "plaster wound",
    "😢": "sad sorry",
    "🚑": "emergency",
    "🅿️": "parking",
    "💐": "flowers",
    "🤷": "do not know",
}
KEYCAP = "\N{COMBINING ENCLOSING KEYCAP}"


def _name(emoji: str) -> str:
    """Its name in Unicode, in small letters, with what else people call it."""
    if emoji.endswith(KEYCAP):
        return f"number {emoji[0]}"
    letters = [letter for letter in emoji if letter not in "\N{ZERO WIDTH JOINER}\N{VARIATION SELECTOR-16}"]
    name = " ".join(unicodedata.name(letter, "") for letter in letters).lower()
    return f"{name} {ALSO[emoji]}" if emoji in ALSO else name


# Each with the words by which it is found.
EMOJI = tuple(
    (emoji, _name(emoji))
    for emoji in dict.fromkeys(" ".join((MOST_NEEDED, CLINIC, FACES, HANDS, THINGS, SIGNS)).split())
)
