"""Commands that read files and numbers of any origin: paths that are no file, files that hold something else, and
numbers at the ends of their range. Each answers in words, with an exit code of its own, in a bounded time."""

import os
import pathlib

from tool import configuration, counts, problem, remove, run, study

NUMBERS = [
    "0", "-0", "-1", "1", "nan", "inf", "-inf", "1e308", "1e-320", "9223372036854775807", "9223372036854775808",
    "-9223372036854775808", "4611686018427387904", "4294967296", "2147483648", "1e18", "0x10", "", " ", "1_000", "½",
]
# Where NUMBER stands; OUT is a folder that is not there.
WITH_NUMBERS = [
    "tokenizer train text.txt --vocabulary NUMBER --out OUT",
    "inspect run --norms-only --learning-rate NUMBER --weight-decay 0.1",
    "inspect run --norms-only --learning-rate 0.1 --weight-decay NUMBER",
    "inspect run --norms-only --threads NUMBER",
    "doctor run --epsilon NUMBER",
    "doctor run --watch --interval NUMBER",
    "judge 3.1,3.2,3.15 3.0,3.01 --smallest NUMBER",
    "judge 3.1,3.2,3.15 3.0,3.01 --significance NUMBER",
    "judge 3.1,3.2,3.15 3.0,3.01 --miss NUMBER",
    "judge 3.1,NUMBER,3.15 3.0,3.01",
    "judge 3.1,3.2,3.15 NUMBER",
    "import log.csv --out OUT --initial-loss NUMBER",
    "export run --format huggingface --checkpoint NUMBER --out OUT",
    "export run.yaml --format pytorch --set model.width=NUMBER",
    "export run.yaml --format optax --set steps=NUMBER",
    "export run.yaml --format torchtitan --set optimizer.learning-rate=NUMBER",
    "interactions factors.yaml --dry-run --seeds NUMBER",
    "interactions factors.yaml --dry-run --jobs NUMBER",
    "interactions factors.yaml --dry-run --threads NUMBER",
    "sweep run study.yaml --out OUT --dry-run --lanes NUMBER --engine xla",
    "sweep run study.yaml --out OUT --dry-run --devices NUMBER --engine xla",
    "sweep run study.yaml --out OUT --dry-run --steps-per-run NUMBER",
    "train run.yaml --out OUT --dry-run --set data.batch=NUMBER",
    "train run.yaml --out OUT --dry-run --set model.vocabulary=NUMBER",
    "train tokens.yaml --out OUT --dry-run --set model.vocabulary=NUMBER",
    "evaluate run --batches NUMBER",
    "evaluate run --checkpoint NUMBER",
    "prescribe run.yaml --target NUMBER --budget 60s --dry-run --out OUT",
    "prescribe run.yaml --target 64x2 --budget NUMBERs --dry-run --out OUT",
    "forecast sweep --target NUMBER",
]
# Where FILE stands for a path.
WITH_FILES = [
    "tokenizer train FILE --vocabulary 300 --out OUT",
    "tokenizer encode FILE text.txt --count",
    "tokenizer encode tokenizer.json FILE --count",
    "recipe FILE",
    "recipe config.json --arguments FILE",
    "export FILE --format pytorch",
    "export FILE --format csv",
    "export FILE --format huggingface --out OUT",
    "inspect FILE --norms-only",
    "doctor FILE",
    "doctor run --names FILE",
    "judge FILE 3.0,3.01",
    "judge 3.1,3.2,3.15 FILE",
    "judge 3.1,3.2,3.15 3.0,3.01 --campaign FILE",
    "import FILE --out OUT",
    "import log.csv --names FILE --out OUT",
    "interactions FILE --dry-run",
    "sweep run FILE --out OUT --dry-run",
    "evaluate run --text FILE",
    "evaluate FILE",
    "compare run FILE",
    "report FILE",
    "train run.yaml --out OUT --dry-run --set data.text=[FILE]",
    "train run.yaml --out OUT --dry-run --set data.text=[] --set data.tokens=[FILE]",
    "train run.yaml --out OUT --dry-run --set data.tokenizer=FILE",
    "probe pytorch --out FILE",
    "config FILE",
]


def files(work):
    """Paths by what they are; a huge file is one of holes."""
    folder = work / "hostile"
    folder.mkdir(exist_ok=True)
    made = {
        "absent": None, "empty": b"", "zeros": bytes(4096), "noise": os.urandom(4096), "text": b"word " * 500,
        "a brace": b"{", "null": b"null", "a list": b"[1, 2]", "a deep list": b"[" * 100000, "a key": b"a: b\n",
        "gzip cut off": b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "numbers": b"9" * 5000 + b"\n",
        "a long line": b"x" * 3_000_000, "a table": b"step,loss\n" + b"1," * 3000 + b"\n",
    }
    for name, data in made.items():
        path = folder / name.replace(" ", "-")
        if data is not None:
            path.write_bytes(data)
        yield name, path
    (folder / "folder").mkdir(exist_ok=True)
    yield "a folder", folder / "folder"
    pipe = folder / "pipe"
    if not pipe.exists():
        os.mkfifo(pipe)
    yield "a pipe", pipe
    link = folder / "link"
    if not link.is_symlink():
        link.symlink_to(link)
    yield "a link to itself", link
    yield "a device", pathlib.Path("/dev/zero")
    yield "a folder of the system", pathlib.Path("/proc/self")
    yield "a name too long", folder / ("n" * 300)
    yield "below a file", folder / "text" / "below"
    with open(folder / "huge", "wb") as file:
        file.truncate(1 << 40)
    yield "a huge file", folder / "huge"
    closed = folder / "closed"
    closed.write_bytes(b"a: 1\n")
    closed.chmod(0)
    # Root reads it all the same.
    yield "closed", closed


def prepare_files(work):
    """What commands that bring in and take out are given."""
    base = "".join("  " + line + "\n" for line in configuration(work, 3).strip().splitlines())
    (work / "factors.yaml").write_text(
        f"name: factors\nbase:\n{base}"
        "factors: {qk: {model.qk-norm: true}, z: {loss.z-loss: 1e-3}}\n"
        "grid: {optimizer.learning-rate: [1e-3, 1e-2]}\nseeds: [0, 1]\n")
    (work / "log.csv").write_text("step,loss\n1,3.5\n2,3.4\n")
    (work / "config.json").write_text('{"model_type": "gpt2", "n_embd": 64, "n_layer": 2, "n_head": 4}')
    run(["tokenizer", "train", "text.txt", "--vocabulary", "300", "--out", "tokenizer.json"], [0])


def prepare(work):
    prepare_files(work)
    (work / "run.yaml").write_text(configuration(work, 5))
    (work / "study.yaml").write_text(study("study", configuration(work, 3), "{optimizer.learning-rate: [1e-3, 1e-2]}"))
    (work / "tokens.bin").write_bytes(bytes([1, 0, 2, 0]) * 4000)
    (work / "tokens.yaml").write_text(
        configuration(work, 3).replace(f"[{work}/text.txt]", "[]")
        + f"model.vocabulary: 300\ndata.tokens: [{work}/tokens.bin]\n")
    run(["train", "run.yaml", "--out", "run", "--quiet"], [0])
    run(["sweep", "run", "study.yaml", "--out", "sweep"], [0])


def ask(line, words, what):
    out = "hostile-out"
    remove(out)
    pathlib.Path(out).unlink(missing_ok=True)
    arguments = [out if word == "OUT" else word for word in words]
    done = run(arguments, [0, 1, 2, 3, 64], timeout=60, stdin=-3)
    counts["commands with a hostile file or number"] += 1
    if done.returncode in (1, 64) and not done.stderr.strip():
        problem(f"{line} with {what}: exit {done.returncode} without a word")
    if "bug of ballast" in done.stderr or "Fatal error" in done.stderr:
        problem(f"{line} with {what}: {done.stderr[-300:]}")
    remove(out)


def cases(work):
    for line in WITH_NUMBERS:
        for number in NUMBERS:
            yield line, number, [word.replace("NUMBER", number) for word in line.split()]
    for name, path in files(work):
        for line in WITH_FILES:
            # What is to be written goes where it is told: there are no such files after it.
            if "--out FILE" in line and name not in ("a name too long", "below a file", "a folder"):
                continue
            yield line, name, [word.replace("FILE", str(path)) for word in line.split()]


def all_of_them(work, is_done=lambda key: False, finished=lambda key: None):
    prepare(work)
    for line, what, words in cases(work):
        key = f"hostile {line} {what}"
        if not is_done(key):
            ask(line, words, what)
            finished(key)
