"""What patients and agents write, made up: sentences in four languages whose words are as unequal as real ones.

The common words are real; behind them comes a long tail of made-up ones, each rarer than the one before (Zipf).
"""

import random
from bisect import bisect
from itertools import accumulate

# The share of each language in what is written.
SHARES = {"es": 0.45, "en": 0.35, "ar": 0.1, "zh": 0.1}
COMMON = {
    "es": """de la que el en y a los una por con para mi me no es hola gracias cita su día hora puedo quiero buenas
        tardes doctora doctor mañana lunes martes miércoles jueves viernes consulta clínica niño señora cómo está
        dónde cuándo turno cambiar cancelar confirmar resultado análisis receta dolor cabeza medicación presión
        corazón también después sería atención teléfono recepción información urgencia vacuna""",
    "en": """the to and a of i my is for in on it you can at be have with please thanks hello appointment doctor
        time day morning afternoon monday tuesday wednesday thursday friday visit clinic change cancel confirm
        result test prescription pain head medicine pressure heart when where how tomorrow today week café naïve
        reception question insurance urgent vaccine number call back""",
    "ar": """في من على إلى أن هل موعد الطبيب شكرا مرحبا اليوم غدا الاثنين الثلاثاء الأربعاء الخميس عيادة تغيير
        إلغاء تأكيد نتيجة تحليل وصفة ألم رأس دواء ضغط قلب متى أين كيف طفل سيدة صباح مساء لقاح""",
    "zh": """您好 请问 医生 预约 时间 明天 上午 下午 星期一 星期二 星期三 可以 改期 取消 确认 结果 检查 处方 头疼 药
        血压 心脏 什么时候 哪里 谢谢 孩子 诊所 电话 疫苗""",
}
NAMES = """María José Ana Luis Carmen Lucía Sofía Martín Mateo Diego Elena Pablo Nuria Íñigo Zoë Emma Olivia Liam Noah
    Chloé Muñoz García López Fernández Núñez Álvarez Gómez Smith Jones Brown Taylor Wilson محمد فاطمة علي
    خديجة 王芳 李娜 张伟 刘洋"""
SYLLABLES = """ba ce di fo gu la me ni so tu ra ve zi po ca lo men tor ser nal"""
TAIL = 20_000  # made-up words behind the common ones of a language that has letters
# One message in so many says it. Not in any vocabulary, so that its count is known: twenty in a big clinic.
RARE = "marcapasos"


def sentences(count: int, seed: int = 7) -> list[str]:
    """So many sentences, the same each time."""
    chance = random.Random(seed)
    books = {language: _book(language, chance) for language in SHARES}
    languages = chance.choices(list(SHARES), list(SHARES.values()), k=count)
    return [_sentence(*books[language], chance, language) for language in languages]


def _book(language: str, chance: random.Random) -> tuple[list[str], list[float]]:
    words = COMMON[language].split()
    if language in ("es", "en"):
        words += ["".join(chance.choices(SYLLABLES.split(), k=chance.randint(2, 5))) for _ in range(TAIL)]
    return words, list(accumulate(1 / (rank + 3) for rank in range(len(words))))


def _sentence(words: list[str], weights: list[float], chance: random.Random, language: str) -> str:
    drawn = (words[bisect(weights, chance.random() * weights[-1])] for _ in range(chance.randint(4, 14)))
    return ("" if language == "zh" else " ").join(drawn)
