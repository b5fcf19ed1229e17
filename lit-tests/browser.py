"""A browser for tests: Debian's Chromium, headless, spoken to over a pipe in the DevTools protocol.

    with Browser("/usr/bin/chromium") as page:
        page.open("/path/to/report.html")
        page.value("document.title")

It has a profile of its own, in a temporary folder, and no network: every name and address leads nowhere, but for `reachable`, a name of this
machine.
"""

import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from base64 import b64decode
from pathlib import Path

START, ANSWER = 60, 120  # seconds that it has to come up, and for each call
STARTS = 3


class Silent(Exception):
    pass


class Browser:
    """Silent: it has not answered in time. It is started anew if it does not come up; that is not what is tested."""

    def __init__(self, program, reachable=None):
        for start in range(1, STARTS + 1):
            try:
                self.start(program, reachable)
                return
            except BaseException as error:
                self.stop()
                if not isinstance(error, Silent) or start == STARTS:
                    raise
                print(f"{program}: {error}; it is started anew", file=sys.stderr)

    def start(self, program, reachable):
        rules = "MAP * ~NOTFOUND" + (f", EXCLUDE {reachable}" if reachable else "")
        self.profile = tempfile.mkdtemp(prefix="poolguard-browser-")
        to_browser, self.to_browser = os.pipe()
        self.from_browser, from_browser = os.pipe()

        # The protocol's pipes are the descriptors 3 and 4. What is there now may be one of the pipes' ends.
        script = f'exec "$@" 3<&{to_browser} 4>&{from_browser}'
        self.process = subprocess.Popen(
            ["bash", "-c", script, "browser", program, "--headless", "--no-sandbox", "--disable-gpu",
             "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--disable-quic",
             f"--host-resolver-rules={rules}", "--proxy-server=127.0.0.1:9",
             f"--user-data-dir={self.profile}", "--remote-debugging-pipe", "about:blank"],
            pass_fds=(to_browser, from_browser), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.rest, self.number, self.events = b"", 0, []
        self.accepts = False  # what it says to dialogs
        self.patience = START
        target = self.call("Target.createTarget", url="about:blank", session=None)["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True, session=None)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")
        self.patience = ANSWER

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.to_browser)
        os.close(self.from_browser)
        shutil.rmtree(self.profile, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def deadline(self):
        return time.monotonic() + self.patience

    def read(self, deadline):
        while b"\0" not in self.rest:
            if not select.select([self.from_browser], [], [], max(0, deadline - time.monotonic()))[0]:
                raise Silent(f"the browser has not answered within {self.patience} s")
            data = os.read(self.from_browser, 1 << 20)
            if not data:
                raise RuntimeError("the browser has gone")
            self.rest += data
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, session="page", **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session == "page":
            message["sessionId"] = self.session
        os.write(self.to_browser, json.dumps(message).encode() + b"\0")
        deadline = self.deadline()
        while True:
            answer = self.read(deadline)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            if "method" in answer:
                self.event(answer)

    def event(self, answer):
        self.events.append(answer)
        if answer["method"] == "Page.javascriptDialogOpening":  # it would wait for ever
            self.number += 1
            message = {"id": self.number, "method": "Page.handleJavaScriptDialog", "params": {"accept": self.accepts},
                       "sessionId": self.session}
            os.write(self.to_browser, json.dumps(message).encode() + b"\0")

    def open(self, place):
        """A file's path, or a URL."""
        self.events.clear()
        url = place if str(place).startswith("http://") else Path(place).resolve().as_uri()
        self.call("Page.navigate", url=url)
        deadline = self.deadline()
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            answer = self.read(deadline)
            if "method" in answer:
                self.event(answer)

    def value(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def scheme(self, name):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def size(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def press(self, key, text="", code=None):
        """A key: `Tab`, `Enter`, `ArrowDown`, or a character."""
        codes = {"Tab": 9, "Enter": 13, "ArrowDown": 40, "ArrowUp": 38, " ": 32}
        common = {"key": key, "code": code or key, "windowsVirtualKeyCode": codes.get(key, ord(key[0].upper()))}
        self.call("Input.dispatchKeyEvent", type="keyDown", **common, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, text):
        for character in text:
            self.press(character, text=character)

    def requests(self):
        return [event["params"]["request"]["url"] for event in self.events
                if event["method"] == "Network.requestWillBeSent"]

    def complaints(self):
        """What the browser had to say: errors of scripts, violations of the page's policy, dialogs."""
        return [event["params"] for event in self.events
                if event["method"] in ("Log.entryAdded", "Runtime.exceptionThrown", "Page.javascriptDialogOpening")]

    def screenshot(self, path):
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
        Path(path).write_bytes(b64decode(data))
