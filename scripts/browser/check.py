"""Reports and the dashboard in a headless Chromium: every figure renders, nothing is complained of on the
console, nothing is asked of any other machine, and the dashboard follows a sweep that runs.

    check.py BALLAST [PICTURES]     the built tool; a folder for pictures of every page
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from browser import Browser  # noqa: E402

LAPTOP = {"width": 1400, "height": 900}
PHONE = {"width": 390, "height": 844, "phone": True}


class Failure(Exception):
    pass


def require(condition, words):
    if not condition:
        raise Failure(words)


def quiet(browser, allowed):
    """Nothing was complained of, and nothing asked of others."""
    browser.listen(0.3)
    require(not browser.errors, f"the console has {browser.errors[:3]}")
    foreign = [url for url in browser.requests if not url.startswith(tuple(allowed))]
    require(not foreign, f"asked for {foreign[:3]}")


def check_report(browser, path, pictures=None):
    """A report: each figure drawn, in light and dark, on a laptop and on a phone."""
    browser.errors.clear()
    browser.requests.clear()
    address = pathlib.Path(path).as_uri()
    for name, window in [("laptop", LAPTOP), ("dark", {**LAPTOP, "dark": True}), ("phone", PHONE)]:
        browser.open(address, **window)
        drawn = ("document.querySelectorAll('.chart').length > 0 && Array.from(document.querySelectorAll("
                 "'.chart')).every(chart => chart.querySelector('svg, canvas'))")
        require(browser.wait(drawn, 30), f"{path}: a figure is not drawn ({name})")
        size = browser.run("[document.documentElement.scrollWidth, innerWidth]")
        require(size[0] <= size[1] + 1, f"{path}: wider than the window ({name}): {size}")
        if pictures:
            stem = f"{pathlib.Path(path).parent.name}-{pathlib.Path(path).stem}"
            browser.picture(f"{pictures}/{stem}-{name}.png")
    quiet(browser, ["file://", "data:", "blob:"])


def check_point(browser, path):
    """A point of the figure of losses leads to its run in the table."""
    browser.open(pathlib.Path(path).as_uri(), **LAPTOP)
    mark = "#loss-against-learning-rate svg path[aria-roledescription=point]"
    require(browser.wait(f"document.querySelector('{mark}')", 30), "no points are drawn")
    browser.run("document.getElementById('loss-against-learning-rate').scrollIntoView()")
    browser.listen(0.5)
    x, y = browser.run(f"(box => [box.x + box.width / 2, box.y + box.height / 2])"
                       f"(document.querySelector('{mark}').getBoundingClientRect())")
    for kind, buttons in [("mouseMoved", 0), ("mousePressed", 1), ("mouseReleased", 0)]:
        browser.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left",
                     buttons=buttons, clickCount=1)
    require(browser.wait("document.querySelector(':target')?.closest('tr')", 5),
            "a point does not lead to its run")


def must_fail(browser, path, scratch, damage):
    """The check can fail: on a page with this in it, it does."""
    text = open(path).read()
    place = os.path.join(scratch, "damaged")
    os.makedirs(place, exist_ok=True)
    broken = os.path.join(place, "report.html")
    with open(broken, "w") as file:
        file.write(damage(text))
    try:
        check_report(browser, broken)
    except Failure:
        return
    raise SystemExit("a damaged report passed the check")


def check_dashboard(browser, ballast, scratch, environment, pictures=None):
    """The dashboard of a folder in which a sweep begins, runs and ends."""
    folder = os.path.join(scratch, "live")
    os.makedirs(folder)
    server = subprocess.Popen([ballast, "serve", folder, "--port", "0", "--json"],
                              stdout=subprocess.PIPE, text=True, env=environment)
    sweep = None
    try:
        url = json.loads(server.stdout.readline())["url"]
        browser.errors.clear()
        browser.requests.clear()
        browser.open(url, **LAPTOP)
        require(browser.wait("document.querySelector('.live.on')"), "the stream does not open")
        notice = "document.getElementById('notice').textContent.includes('No runs yet')"
        require(browser.wait(notice), "an empty folder is not said to be empty")
        study = write_study(scratch, "live", steps=3000, rates="[1e-3, 1e-2, 0.1]")
        sweep = subprocess.Popen(
            [ballast, "sweep", "run", study, "--out", folder + "/sweep", "--jobs", "1"],
            stdout=subprocess.DEVNULL, env=environment)
        require(browser.wait("document.querySelectorAll('.cell').length === 3", 30),
                "the grid of a study that has begun is not there")
        require(browser.wait("document.querySelector('.cell.running')", 30), "no cell runs")
        require(browser.wait("document.querySelectorAll('.chart').length >= 3", 30), "no charts")
        step = "(document.querySelector('.state-running')?.closest('tr').querySelectorAll('td')[2]" \
            ".textContent.split('/')[0].replace(/[^0-9]/g, '') || 0)"
        seen = set()
        end = time.time() + 90
        while sweep.poll() is None and len(seen) < 4 and time.time() < end:
            seen.add(int(browser.run(step)))
            browser.listen(0.4)
        require(len(seen) >= 3, f"the steps of a run do not move: {sorted(seen)}")
        ink = ("Array.from(document.querySelectorAll('.chart canvas')).map(canvas => {"
               "const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;"
               "const colours = new Set(); for (let i = 0; i < data.length; i += 4) {"
               "if (data[i + 3] > 200) { colours.add(data[i] << 16 | data[i + 1] << 8 | data[i + 2]); } }"
               "return colours.size; })")
        require(all(count > 3 for count in browser.run(ink)), "a chart is empty")
        if pictures:
            browser.picture(f"{pictures}/dashboard-live.png")
        require(sweep.wait(300) == 0, "the sweep failed")
        require(browser.wait("document.querySelectorAll('.cell.finished').length === 3", 30),
                "cells that are done are not shown as done")
        # A cell leads to its run, and a run to its alarm.
        browser.run("document.getElementById('select-none').click()")
        browser.run("document.querySelector('.cell').click()")
        require(browser.wait("document.querySelectorAll('tr.picked').length === 1"),
                "a cell does not lead to its run")
        browser.run("document.getElementById('filter').value = 'learning-rate>=1e-2';"
                    "document.getElementById('filter').dispatchEvent(new Event('input'))")
        require(browser.run("document.querySelectorAll('#runs tbody tr').length") == 2,
                "the filter does not filter")
        browser.run("document.getElementById('filter').value = '';"
                    "document.getElementById('filter').dispatchEvent(new Event('input'));"
                    "document.getElementById('select-shown').click()")
        browser.listen(1)
        require(browser.run("document.querySelectorAll('#difference th').length") >= 4,
                "the keys that differ are not shown")
        quiet(browser, [url, "data:"])
        for name, window in [("dark", {**LAPTOP, "dark": True}), ("phone", PHONE)]:
            browser.open(url, **window)
            require(browser.wait("document.querySelectorAll('.chart').length >= 3", 20), name)
            browser.listen(1.5)
            size = browser.run("[document.documentElement.scrollWidth, innerWidth]")
            require(size[0] <= size[1] + 1, f"the dashboard is wider than the window ({name}): {size}")
            if pictures:
                browser.picture(f"{pictures}/dashboard-{name}.png")
        quiet(browser, [url, "data:"])
        # The policy holds: what a page of the folder could try does not run.
        browser.run("new Promise(done => { const script = document.createElement('script');"
                    "script.textContent = 'window.injected = 1'; document.body.append(script); done(1); })")
        require(browser.run("window.injected === undefined"), "an inline script ran")
        try:
            browser.run("eval('1')")
            raise Failure("eval ran")
        except RuntimeError:
            pass
    finally:
        server.terminate()
        server.wait()
        if sweep and sweep.poll() is None:
            sweep.terminate()
            sweep.wait()


def write_study(scratch, name, steps, rates):
    text = os.path.join(scratch, "text.txt")
    if not os.path.exists(text):
        with open(text, "w") as file:
            for line in range(6000):
                file.write(f"Line {line} holds {line * 7919 % 1000} and {line * 104729 % 997}.\n")
    path = os.path.join(scratch, name + ".yaml")
    with open(path, "w") as file:
        file.write(f"""name: {name}
base:
  model: {{width: 16, depth: 2, context: 32, head-dimension: 8}}
  data: {{text: [{text}], batch: 8}}
  steps: {steps}
  evaluation: {{every: 50, batches: 2}}
  telemetry: {{every: 2}}
grid:
  optimizer.learning-rate: {rates}
""")
    return path


def main():
    ballast = os.path.abspath(sys.argv[1])
    pictures = os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 else None
    if pictures:
        os.makedirs(pictures, exist_ok=True)
    environment = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="ballast-pages-") as scratch, Browser() as browser:
        study = write_study(scratch, "grid", steps=40, rates="[1e-3, 1e-2, 0.1, 1.0]")
        out = os.path.join(scratch, "grid")
        subprocess.run([ballast, "sweep", "run", study, "--out", out], check=True,
                       stdout=subprocess.DEVNULL, env=environment)
        check_report(browser, out + "/report.html", pictures)
        check_point(browser, out + "/report.html")
        cell = next(pathlib.Path(out, "cells").iterdir())
        run = os.path.join(scratch, "run")
        subprocess.run([ballast, "train", str(cell / "config.yaml"), "--out", run, "--quiet"],
                       check=True, env=environment)
        check_report(browser, run + "/report.html", pictures)
        for damage in [
            lambda page: page.replace("window.ballastFigures = [", "window.ballastFigures = [];[", 1),
            lambda page: page.replace("</main>", "</main><script>console.error('x')</script>", 1),
            lambda page: page.replace("img-src data:", "img-src * data:", 1).replace(
                "</main>", "<img src='http://127.0.0.1:9/x.png'></main>", 1),
        ]:
            must_fail(browser, run + "/report.html", scratch, damage)
        print("reports: every figure drawn, console silent, no foreign request")
        check_dashboard(browser, ballast, scratch, environment, pictures)
        print("dashboard: follows a sweep, console silent, no foreign request, policy holds")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"pages: {failure}")
