#!/usr/bin/env python3
"""Trains a small tokenizer of each style with `tokenizers`, and writes what it makes of hard texts.

    python3 -m venv venv && venv/bin/pip install tokenizers==0.23.3
    venv/bin/python make_tokenizers.py

text.txt: what they are trained on, by this script's own sentences. STYLE.json: the tokenizer.
expected.json: the texts, of each style the tokens of each text and what decoding them gives.
"""
import json
import os
import random

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

here = os.path.dirname(os.path.abspath(__file__))
contractions = "'s|'t|'re|'ve|'m|'ll|'d"
grouped = (r"(?i:%s)|[^\r\n\p{L}\p{N}]?\p{L}+|%s| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")

sentences = [
    "The learning rate at which a small model trains well isn't always the one that a large model wants.",
    "We've measured the loss of 1024 runs, and they're within 0.25% of what we'd predicted; it's a narrow margin.",
    "A batch of 16 sequences holds 4096 tokens, so 1000000 tokens take 244 steps.",
    "for (i = 0; i < n; i++) {\n\tsum += values[i] * weights[i];\n\n    return sum;\n}\n",
    "Die Größe des Modells bestimmt, welche Lernrate am besten wäre; größere Modelle brauchen kleinere.",
    "Скорость обучения малой модели не всегда подходит большой модели, и это можно измерить.",
    "Ο ρυθμός μάθησης ενός μικρού μοντέλου δεν είναι πάντα σωστός για ένα μεγάλο μοντέλο.",
    "معدل التعلم لنموذج صغير ليس دائما مناسبا لنموذج كبير.",
    "קצב הלמידה של מודל קטן אינו תמיד מתאים למודל גדול.",
    "छोटे मॉडल की सीखने की दर हमेशा बड़े मॉडल के लिए सही नहीं होती।",
    "小模型的学习率并不总是适合大模型，所以我们先训练小模型。",
    "小さなモデルの学習率は、大きなモデルにいつも合うとは限らない。",
    "작은 모델의 학습률이 큰 모델에 항상 맞는 것은 아니다.",
    "อัตราการเรียนรู้ของโมเดลขนาดเล็กไม่ได้เหมาะกับโมเดลขนาดใหญ่เสมอไป",
    "Loss: 2.718 -> 1.414 🙂👍🏽 👩‍👩‍👧‍👦 done!!! (see https://example.org/runs?id=42&seed=7)\r\n",
]


def training_text():
    draw = random.Random(5)
    words = " ".join(sentences).split(" ")
    lines = [s for _ in range(3) for s in draw.sample(sentences, len(sentences))]
    lines += [" ".join(draw.choices(words, k=12)) for _ in range(25)]
    return "\n".join(lines) + "\n"


def tokenizer(style, vocabulary, text):
    t = Tokenizer(models.BPE(ignore_merges=style == "llama3"))
    special = ["<|begin_of_text|>", "<|end_of_text|>"] if style == "llama3" else ["<|endoftext|>"]
    if style == "gpt2":
        t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    elif style == "smollm":
        t.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    else:
        expression = grouped % (contractions, r"\p{N}{1,3}" if style == "llama3" else r"\p{N}")
        t.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Split(Regex(expression), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    if style == "qwen2":
        t.normalizer = normalizers.NFC()
    t.decoder = decoders.ByteLevel()
    t.train_from_iterator([text], trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=special, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return t


def texts():
    hard = [
        "", " ", "  ", "a", " a", "  a", "\n", "\r\n", "\r\n\r\n x", "a \n b", "a\n\n\nb", "a  \n\n  b ", "\t\tx\t",
        "end with spaces   ", "   \n", " \n \n x", "one\u00a0two\u00a0\u00a0three", "\u3000全角 空白\u3000",
        "\u2028line\u2029paragraph", "a\u0085b", "a\u200bb\ufeffc\u180ed", " " * 100 + "x" + " " * 300, "\n" * 50,
        "\t" * 70 + "y", "it's IT'S they'll THEY'LL we've I'm he'd 'tis 'S's' ''ll 'Re'Ve", "don't'll've", "'ſ 'ſx", "rock'n'roll",
        "0 12 123 1234 12345678901234567890 3.14159 1,000,000", "x1y22z333 4444a", "½ ² ٣٤٥ ៤២ Ⅷ 一二三 12²", "𝟘𝟙𝟚𝟛",
        "Größe GRÖSSE e\u0301 \u00e9 A\u030a Å \u212b \u1e9b\u0323 q\u0307\u0323", "\u1100\u1161\u11a8 각 \uac00\u11a8", "\u0958 \u0915\u093c \u2126",
        "हिन्दी में पाठ", "ภาษาไทย", "العربية ١٢٣", "עברית", "日本語テキスト、漢字と仮名。", "한국어 문장", "Ελληνικά", "русский язык",
        "👩‍👩‍👧‍👦👍🏽🇩🇪 🙂🙂", "e\u0301\u0301\u0323x", "\u0301 leading mark", "\n\u0301", "\ufffd \ufffdabc", "!!! ... --- ,,,\n\n;;;\r\n x",
        "foo(bar[baz]{qux})->x+=1;//c\n#include <a.h>\n", "<|endoftext|>", "a<|endoftext|>b <|end_of_text|> <|begin_of_text|>\n<|endoftext",
        "<|<|endoftext|>|>", "a" * 300, "ab" * 200, "aaab" * 100 + " " + "é" * 120, "the the the The THE", "CamelCaseWords snake_case_words",
        "http://example.org/?a=b&c=d#e", "\x00\x01\x7f\x80", "\U0001d400\U0001d401 \U00020000\U0002a6d6 \U000e0041 \U0010ffff",
        "mixed русскийenglish中文123abc", "-1 +2 =3 $4 %5 ^6", "“quotes” ‘single’ it’s", "...a ...1 ... ...\n", "  'll", "\u00a0a \u00a0!\u00a0\n!",
    ]
    draw = random.Random(7)
    pool = (["'s", "'LL", "'", " ", " ", "  ", "\n", "\r\n", "\t", "\u00a0", "\u3000", "\u0085", "the", " model", "Learning", "rate", "1", "23",
             "4567", "²", "٣", "!", "...", ";", "é", "e\u0301", "\u0323", "ß", "ж", "大", "モデル", "모", "\u1161", "👍🏽", "\u200d", "ह", "\u093c",
             "<|endoftext|>", "<|end_of_text|>", "x", "_", "-", "\U0001d7d8", "\u2028", "\ufeff", "ſ", "K"])
    return hard + ["".join(draw.choices(pool, k=draw.randint(2, 24))) for _ in range(160)]


text = training_text()
with open(os.path.join(here, "text.txt"), "w", encoding="utf-8", newline="") as file:
    file.write(text)
expected = {"texts": texts()}
for style, vocabulary in [("gpt2", 700), ("llama3", 600), ("smollm", 560), ("qwen2", 640)]:
    t = tokenizer(style, vocabulary, text)
    path = os.path.join(here, style + ".json")
    t.save(path, pretty=False)
    t = Tokenizer.from_file(path)
    ids = [t.encode(s, add_special_tokens=False).ids for s in expected["texts"]]
    own = {"ids": ids, "decoded": [t.decode(row, skip_special_tokens=False) for row in ids]}
    if style != "qwen2":
        assert own.pop("decoded") == expected["texts"]
    expected[style] = own
# Words that are tokens and that no merges lead to: taken whole with ignore_merges.
with open(os.path.join(here, "llama3.json"), encoding="utf-8") as file:
    tree = json.load(file)
tree["model"]["merges"] = tree["model"]["merges"][:-60]
for key, flag in [("whole", True), ("merged", False)]:
    tree["model"]["ignore_merges"] = flag
    fewer = Tokenizer.from_str(json.dumps(tree))
    expected[key] = [fewer.encode(s, add_special_tokens=False).ids for s in expected["texts"][:80]]
assert expected["whole"] != expected["merged"]
# Added tokens that take white space, or stand in the text after composition.
t.add_tokens([AddedToken("[L]", lstrip=True, normalized=False), AddedToken("[R]", rstrip=True, normalized=False),
              AddedToken("caf\u00e9", normalized=True), AddedToken("[R]x", normalized=False)])
t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
t.save(os.path.join(here, "added.json"), pretty=False)
more = ["a [L] b", "a \n[R] \u3000 b[R]", "[L][R]  [L]", "caf\u00e9 cafe\u0301 x", "[R]x[R] x", "a", " a", "", "[L]", "  [L]  ", "x[R]  \n"]
expected["added"] = {"texts": more, "ids": [t.encode(s, add_special_tokens=False).ids for s in more]}
with open(os.path.join(here, "expected.json"), "w", encoding="utf-8") as file:
    json.dump(expected, file, separators=(",", ":"))
    file.write("\n")
