"""A headless Chromium, driven over its DevTools protocol: what a page logs, asks for and looks like."""

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.request

from websockets.sync.client import connect


class Browser:
    """A browser with one page; what goes wrong in it is kept."""

    def __init__(self, path=None):
        path = path or shutil.which("chromium") or shutil.which("google-chrome")
        if path is None:
            raise SystemExit("no chromium here: apt-get install chromium")
        self.folder = tempfile.mkdtemp(prefix="ballast-browser-")
        self.process = subprocess.Popen(
            [path, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             "--no-first-run", "--disable-background-networking", "--remote-debugging-port=0",
             f"--user-data-dir={self.folder}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        mark = os.path.join(self.folder, "DevToolsActivePort")
        for _ in range(600):
            if os.path.exists(mark) and open(mark).read().count("\n") >= 1:
                break
            time.sleep(0.1)
        port = open(mark).read().split()[0]
        pages = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list"))
        page = next(page for page in pages if page["type"] == "page")
        self.socket = connect(page["webSocketDebuggerUrl"], max_size=1 << 28)
        self.number = 0
        self.errors = []
        self.requests = []
        for domain in ["Page", "Runtime", "Log", "Network"]:
            self.call(domain + ".enable")

    def close(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def call(self, method, **parameters):
        """Asks the browser, and takes note of what it says meanwhile."""
        self.number += 1
        self.socket.send(json.dumps(
            {"id": self.number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv(timeout=60))
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.note(message)

    def note(self, message):
        kind, parameters = message.get("method"), message.get("params", {})
        if kind == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description", details["text"]))
        elif kind == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "assert"):
            self.errors.append(str([item.get("value") for item in parameters["args"]]))
        elif kind == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            entry = parameters["entry"]
            self.errors.append(entry["text"] + " " + entry.get("url", ""))
        elif kind == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])

    def listen(self, seconds):
        """Takes note of what the browser says for a while."""
        end = time.time() + seconds
        while time.time() < end:
            try:
                self.note(json.loads(self.socket.recv(timeout=max(end - time.time(), 0.01))))
            except TimeoutError:
                return

    def open(self, url, width=1280, height=900, dark=False, phone=False):
        """Opens a page in a window of a size."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=2 if phone else 1, mobile=phone)
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.call("Page.navigate", url=url)
        self.wait("document.readyState === 'complete'", 30)

    def run(self, script):
        """The value of an expression in the page."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True,
                           awaitPromise=True, allowUnsafeEvalBlockedByCSP=False)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"].get("exception", {}).get("description"))
        return answer["result"].get("value")

    def wait(self, condition, seconds=20):
        """Waits until an expression is true; returns whether it became so."""
        end = time.time() + seconds
        while time.time() < end:
            if self.run(f"Boolean({condition})"):
                return True
            self.listen(0.1)
        return False

    def picture(self, path, whole=True):
        """Saves what the page looks like."""
        data = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        if whole:
            size = self.call("Page.getLayoutMetrics")["cssContentSize"]
            data = self.call(
                "Page.captureScreenshot", captureBeyondViewport=True,
                clip={"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 8000),
                      "scale": 1})
        with open(path, "wb") as file:
            file.write(base64.b64decode(data["data"]))
