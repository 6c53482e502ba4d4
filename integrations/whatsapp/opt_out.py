"""STOP and START, said in so many words. Whole messages only: "I can't stop bleeding" must reach the clinic.

Left out on purpose, though some use them so: words that answer a clinic's question in some language, such as "cancel"
and "iptal" (the appointment), "alto" (the pressure), "dur" (the lump), "red" (the rash), "quit" (smoking).
"""

import unicodedata

STOP_PHRASES = {
    "en": (
        "stop",
        "stop all",
        "stopall",
        "unsubscribe",
        "opt out",
        "optout",
        "cancel subscription",
        "stop messages",
        "stop sending",
        "remove me",
        "please stop",
    ),
    "es": (
        "parar",
        "baja",
        "darme de baja",
        "dar de baja",
        "cancelar suscripción",
        "no más mensajes",
    ),
    "pt": ("parar", "pare", "sair", "descadastrar", "cancelar inscrição", "não quero mais mensagens"),
    "ar": ("توقف", "إيقاف", "ايقاف", "أوقف", "اوقف", "الغاء الاشتراك", "إلغاء الاشتراك"),
    "zh": ("停止", "退订", "退訂", "取消订阅", "取消訂閱", "td"),
    "ms": ("berhenti", "henti", "batal langganan", "nyahlanggan"),
    "tr": ("durdur", "ret", "abonelikten çık", "çıkış", "mesaj istemiyorum"),
    "de": ("stopp", "stop", "abmelden", "abbestellen", "keine nachrichten mehr"),
    "fr": (
        "stop",
        "arrêt",
        "arrêter",
        "arreter",
        "désabonner",
        "me désabonner",
        "se désabonner",
        "désinscription",
    ),
}
START_PHRASES = {
    "en": (
        "start",
        "unstop",
        "subscribe",
        "opt in",
        "optin",
    ),
    "es": ("iniciar", "darme de alta", "suscribirme", "reanudar"),
    "pt": ("iniciar", "inscrever", "quero receber mensagens"),
    "ar": ("ابدأ", "ابدا", "بدء", "اشتراك"),
    "zh": ("开始", "開始", "订阅", "訂閱"),
    "ms": ("mula", "langgan", "sambung semula"),
    "tr": (
        "başla",
        "başlat",
        "abone ol",
    ),
    "de": ("start", "anmelden", "abonnieren"),
    "fr": ("start", "démarrer", "reprendre", "m'abonner", "s'abonner"),
}


def understood(text: str) -> str:
    """The word "stop" or "start", or "" when the message is not exactly one of the phrases."""
    if len(text) > 60:
        return ""
    phrase = _plain(text)
    return "stop" if phrase in STOP else "start" if phrase in START else ""


def _plain(text: str) -> str:
    """Lower case, without marks around and between words, one space between words.

    Turkish İ and ı and our i all become i: İPTAL, IPTAL and iptal are one word.
    """
    text = unicodedata.normalize("NFKC", text).replace("İ", "i").casefold().replace("ı", "i")
    # Format characters (direction marks, zero-width spaces) and Arabic vowel signs are not part of the word.
    letters = (letter if unicodedata.category(letter)[0] in "LN" else _gap(letter) for letter in text)
    return " ".join("".join(letters).split())


def _gap(letter: str) -> str:
    return "" if unicodedata.category(letter) in ("Cf", "Mn", "Me") or letter in "'’ـ" else " "


STOP = frozenset(_plain(phrase) for phrases in STOP_PHRASES.values() for phrase in phrases)
START = frozenset(_plain(phrase) for phrases in START_PHRASES.values() for phrase in phrases)
