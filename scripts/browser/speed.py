"""How fast the dashboard is with many runs: first paint, and the frames while a chart is panned.

    speed.py BALLAST [RUNS [STEPS]]    500 runs of 2,500 steps with four curves: five million points

The server has read everything before the browser comes, and nothing else asks of it. Exit code 1 where the first paint
takes a second or more, or the 95th percentile of the frames 33 ms or more.
"""

import json
import math
import os
import random
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from browser import Browser  # noqa: E402

FIRST_PAINT = 1.0
FRAME = 0.033
TAGS = ["train/loss", "optim/grad_norm", "attn/0/max_logit", "optim/lr"]

TABLE = []
for number in range(256):
    for _ in range(8):
        number = (number >> 1) ^ (0x82F63B78 if number & 1 else 0)
    TABLE.append(number)


def checksum(data):
    """The masked CRC-32C of TensorBoard's records."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number, data):
    return bytes([number << 3 | 2]) + varint(len(data)) + data


def record(step, values):
    summary = b"".join(
        field(1, field(1, tag.encode()) + b"\x15" + struct.pack("<f", value))
        for tag, value in zip(TAGS, values))
    event = b"\x09" + struct.pack("<d", 1.7e9 + step) + b"\x10" + varint(step) + field(5, summary)
    head = struct.pack("<Q", len(event))
    return (head + struct.pack("<I", checksum(head)) + event
            + struct.pack("<I", checksum(event)))


def curve(seed, steps):
    """An event file of a run that might have been."""
    noise = random.Random(seed)
    rate = 10 ** noise.uniform(-3, 0)
    out = bytearray()
    for step in range(1, steps + 1):
        part = step / steps
        loss = 2.5 + 3 * math.exp(-12 * part) + noise.gauss(0, 0.05)
        norm = math.exp(noise.gauss(0, 0.3)) * (0.3 + math.exp(-8 * part))
        logit = 4 + 30 * rate * math.sqrt(step) + abs(noise.gauss(0, 1))
        out += record(step, [loss, norm, logit, rate * (1 - part)])
    return bytes(out)


def write_runs(folder, runs, steps):
    files = [curve(seed, steps) for seed in range(min(runs, 12))]
    for run in range(runs):
        place = os.path.join(folder, f"run-{run:03d}")
        os.makedirs(place)
        with open(os.path.join(place, "events.out.tfevents.1.host"), "wb") as file:
            file.write(files[run % len(files)])


def wait_until_read(url, runs, steps):
    """Waits until the server knows the last step of every run."""
    end = time.time() + 300
    while time.time() < end:
        known = json.load(urllib.request.urlopen(url + "api/overview"))["runs"]
        if len(known) == runs and all(run["step"] == steps for run in known):
            return
        time.sleep(0.5)
    raise SystemExit("speed: the server does not read the runs")


# The times of frames, in milliseconds, and the steps shown in them, while they are taken.
RECORDER = """
window.frames_ = []; window.places_ = new Set(); window.recording_ = true;
(function next(now) {
  if (!window.recording_) { return; }
  window.frames_.push(now);
  window.places_.add(String(Ballast.view.range));
  requestAnimationFrame(next);
})(performance.now());
"""
# The check can fail: with this much work in each frame, it does.
BURDEN = """
(function () {
  var project = Ballast.Chart.prototype.project;
  Ballast.Chart.prototype.project = function (pen, width, height) {
    var end = performance.now() + 40;
    while (performance.now() < end) { }
    return project.call(this, pen, width, height);
  };
})();
"""


def pan(browser, seconds=3):
    """Zooms into the middle of a chart and drags it to and fro; returns the seconds of each frame."""
    box = "document.querySelector('.chart canvas').getBoundingClientRect()"
    browser.run("document.querySelector('.chart canvas').scrollIntoView({block: 'center'})")
    left, top, width, height = browser.run(f"(b => [b.x, b.y, b.width, b.height])({box})")
    y = top + height / 2

    def mouse(kind, x, modifiers=0, buttons=1):
        browser.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=buttons,
                     modifiers=modifiers, clickCount=1)

    mouse("mousePressed", left + 0.4 * width)
    mouse("mouseMoved", left + 0.6 * width)
    mouse("mouseReleased", left + 0.6 * width, buttons=0)
    browser.listen(3)
    shift = 8
    mouse("mousePressed", left + 0.5 * width, shift)
    browser.run(RECORDER)
    begin = time.time()
    while time.time() - begin < seconds:
        part = math.sin(2 * math.pi * (time.time() - begin) / 1.5)
        mouse("mouseMoved", left + (0.5 + 0.35 * part) * width, shift)
        time.sleep(0.008)
    times = browser.run("window.recording_ = false, window.frames_")
    mouse("mouseReleased", left + 0.5 * width, shift, 0)
    if browser.run("window.places_.size") < len(times) / 4:
        raise SystemExit("speed: the chart does not follow the pointer")
    return [(b - a) / 1000 for a, b in zip(times, times[1:])]


def main():
    ballast = os.path.abspath(sys.argv[1])
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    steps = int(sys.argv[3]) if len(sys.argv) > 3 else 2500
    with tempfile.TemporaryDirectory(prefix="ballast-speed-") as folder, Browser() as browser:
        write_runs(folder, runs, steps)
        server = subprocess.Popen([ballast, "serve", folder, "--port", "0", "--json"],
                                  stdout=subprocess.PIPE, text=True)
        try:
            url = json.loads(server.stdout.readline())["url"]
            begin = time.time()
            wait_until_read(url, runs, steps)
            reading = time.time() - begin
            browser.open(url, width=1400, height=900)
            painted = "performance.getEntriesByName('first-contentful-paint')"
            # The entry comes after the paint that it speaks of.
            if not browser.wait(f"{painted}.length > 0", 30):
                raise SystemExit("speed: the page is not painted")
            paint = browser.run(f"{painted}[0].startTime / 1000")
            drawn = ("window.drawn_ || (document.querySelectorAll('#runs tbody tr').length > 0 && "
                     "(window.drawn_ = performance.now() / 1000))")
            if not browser.wait(drawn, 30):
                raise SystemExit("speed: the runs are not shown")
            drawn = browser.run("window.drawn_")
            browser.run("document.getElementById('select-shown').click()")
            browser.listen(6)
            frames = sorted(pan(browser))
            selected = browser.run("document.querySelectorAll('tr.picked').length")
            browser.run(BURDEN)
            slow = sorted(pan(browser, 1))
        finally:
            server.terminate()
            server.wait()
    p95 = frames[int(0.95 * (len(frames) - 1))]
    if slow[int(0.95 * (len(slow) - 1))] < FRAME:
        sys.exit("speed: frames with 40 ms of work in each chart passed the check")
    print(f"dashboard of {runs} runs, {runs * steps * len(TAGS):,} points (read in {reading:.1f} s): first paint "
          f"{paint:.2f} s, table of runs {drawn:.2f} s; panning {selected} runs: {len(frames)} frames, median "
          f"{1000 * frames[len(frames) // 2]:.1f} ms, p95 {1000 * p95:.1f} ms")
    if paint >= FIRST_PAINT or p95 >= FRAME:
        sys.exit(f"speed: first paint below {FIRST_PAINT} s and p95 below {1000 * FRAME:.0f} ms are needed")


if __name__ == "__main__":
    main()
