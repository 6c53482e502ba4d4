"""STOP means stop; a patient's sentence does not."""

import pytest

from integrations.whatsapp.opt_out import understood


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "stop",
        " Stop. ",
        "¡STOP!",
        "“stop”",
        "ＳＴＯＰ",
        "stop\u200f",
        "Stop 🙏",
        "STOP ALL",
        "unsubscribe",
        "opt-out",
        "Please stop",
        "baja",
        "Darme de baja",
        "PARAR",
        "sair",
        "إيقاف",
        "أَوْقِف",
        "الغاء الاشتراك",
        "退订",
        "停止。",
        "TD",
        "berhenti",
        "DURDUR",
        "ABONELİKTEN ÇIK",
        "abonelikten çık",
        "Stopp!",
        "abmelden",
        "Arrêt",
        "désabonner",
    ],
)
def test_a_wish_to_stop_is_understood(text):
    assert understood(text) == "stop"


@pytest.mark.parametrize(
    "text", ["START", "start!", "Unstop", "subscribe", "BAŞLAT", "başlat", "开始", "ابدأ", "M’abonner"]
)
def test_a_wish_to_start_again_is_understood(text):
    assert understood(text) == "start"


@pytest.mark.parametrize(
    "text",
    [
        "I can't stop bleeding",
        "stop the bleeding how?",
        "don't stop",
        "Stop at the pharmacy?",
        "nonstop",
        "stopping",
        "",
        "...",
        "🙏",
        "cancel",
        "iptal",
        "red",
        "alto",
        "dur",
        "quit",
        "no",
        "end",
        "S T O P",
        "stop " * 20,
        "st0p",
        "When does it start?",
        "let's start the treatment",
        "başım ağrıyor",
        "Ich kann nicht stoppen",
    ],
)
def test_a_sentence_is_not_a_wish(text):
    assert understood(text) == ""
