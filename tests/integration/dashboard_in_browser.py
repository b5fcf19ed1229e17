#!/usr/bin/env python3
"""dashboard_in_browser.py CHROMIUM URL TOKEN HOSTILE: uses the dashboard as a reader does, after a page of another site has tried to. DashboardTest
has made the jobs: 1 is dead, 2 in the queue `stuck` should have run long ago, 3 runs; their names and other texts are HOSTILE."""

import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "lit-tests"))
from browser import Browser  # noqa: E402
from report_in_browser import CONTRAST  # noqa: E402


def check(what, value, wanted):
    if value != wanted:
        sys.exit(f"{what}: {value!r}, but {wanted!r} was expected")


def wait(page, what, expression, wanted):
    end = time.monotonic() + 60
    while (value := page.value(expression)) != wanted:
        if time.monotonic() > end:
            check(what, value, wanted)
        time.sleep(0.05)


def cells(table, *columns):
    """The texts of some columns, a list a row."""
    return f"[...document.querySelectorAll('#{table} tr')].map(row => {list(columns)}.map(at => row.cells[at]?.textContent))"


def press(page, table, label):
    """A button, by keyboard."""
    page.value(f"document.querySelector('#{table} button[aria-label=\"{label}\"]').focus()")
    page.press("Enter", text="\r")


class OtherSite(BaseHTTPRequestHandler):
    """An empty page. A browser calls another port of the same host same-site, so that even a SameSite cookie is sent from it."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>other</title><iframe name=there></iframe>")

    def log_message(self, *_):
        pass


def log_in(page, url, token):
    page.open(url)
    wait(page, "the form", "document.getElementById('login').hidden", False)
    page.value("document.getElementById('token').focus()")
    page.type(token)
    page.press("Enter", text="\r")
    wait(page, "the form", "document.getElementById('login').hidden", True)
    check("the token in the page", page.value("document.getElementById('token').value + document.cookie"), "")


def attack(page, url):
    """From another page, with the reader's cookie: to change a job, to read, and to frame the dashboard for a click of the reader's."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), OtherSite)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        page.open(f"http://localhost:{server.server_port}/")
        ask = f"(path, options) => fetch('{url}api/' + path, {{credentials: 'include', ...options}}).then(a => a.type + a.status, () => 'refused')"
        post = "method: 'POST', headers: {'X-Poolguard-UI': '1'}"
        check("a simple POST, whose answer it can't see", page.value(f"({ask})('jobs/1/retry', {{method: 'POST', mode: 'no-cors'}})"), "refused")
        check("a POST with the header", page.value(f"({ask})('jobs/1/retry', {{{post}}})"), "refused")
        check("a POST with the header, without CORS", page.value(f"({ask})('jobs/1/retry', {{{post}, mode: 'no-cors'}})"), "refused")
        check("a read", page.value(f"({ask})('state', {{}})"), "refused")
        loaded = "new Promise(done => {{ document.querySelector('iframe').onload = done; {} }}).then(() => 'loaded')"
        form = f"document.body.insertAdjacentHTML('beforeend', '<form method=post target=there action={url}api/jobs/1/retry></form>');"
        check("a form", page.value(loaded.format(form + "document.forms[0].submit();")), "loaded")
        check("a frame", page.value(loaded.format(f"document.querySelector('iframe').src = '{url}';")), "loaded")
        end = time.monotonic() + 60
        while not (refused := any("frame-ancestors" in each.get("entry", {}).get("text", "") for each in page.complaints())):
            if time.monotonic() > end:
                break
            time.sleep(0.05)
            page.value("null")  # hears what has come since
        check("that a frame was refused", refused, True)
    finally:
        server.shutdown()
        server.server_close()


def look(page, hostile):
    wait(page, "failures", cells("failures", 0, 2, 3, 6), [["1", hostile, "dead", hostile]])
    check("lanes", page.value(cells("lanes", 0, 1)), [["transaction", "ok"], ["session", "ok"]])
    check("queues", sorted(page.value(cells("queues", 0))), sorted([[hostile], ["default"], ["stuck"]]))
    check("what is wedged", page.value("[...document.querySelectorAll('#queues tr')].filter(row => row.cells[1].textContent.startsWith('wedged: "
                                       "a job has been due for')).map(row => row.cells[0].textContent)"), ["stuck"])
    check("running", page.value(cells("running", 0, 1, 2, 3)), [["3", hostile, hostile, hostile]])
    wait(page, "jobs", cells("jobs", 0, 2, 3), [["3", hostile, "active"], ["2", hostile, "waiting"], ["1", hostile, "dead"]])
    press(page, "failures", "show job 1")
    wait(page, "the payload", "JSON.parse(document.getElementById('job').textContent || '{}').payload?.to", hostile)

    check("images and scripts made of texts", page.value("document.querySelectorAll('img, body script').length"), 0)
    check("what a text says ran", page.value("window.ran"), None)
    check("fields without a label", page.value("[...document.querySelectorAll('input, select')].filter(f => f.labels.length !== 1).length"), 0)
    for scheme in ("light", "dark"):
        page.scheme(scheme)
        check(f"texts hard to read, {scheme}", page.value(CONTRAST), [])
    for width in (1280, 800, 400):
        page.size(width, 800)
        check(f"width of the page at {width}", page.value("document.documentElement.scrollWidth"), width)
    page.size(1280, 800)


def use(page):
    press(page, "failures", "retry job 1")
    wait(page, "jobs after the retry", cells("jobs", 0, 3), [["3", "active"], ["2", "waiting"], ["1", "waiting"]])
    wait(page, "failures", "document.getElementById('failures').textContent", "No job has failed.")

    press(page, "jobs", "cancel job 2")
    check("a cancel that wasn't confirmed", [each for each in page.requests() if each.endswith("/cancel")], [])
    page.accepts = True
    press(page, "jobs", "cancel job 2")
    wait(page, "jobs after the cancel", cells("jobs", 0, 3), [["3", "active"], ["2", "cancelled"], ["1", "waiting"]])
    press(page, "running", "cancel job 3")
    wait(page, "what runs", "document.querySelector('#running tr').cells[6].textContent.startsWith('to be cancelled')", True)
    check("buttons of what is to be cancelled", page.value("document.querySelectorAll('#running button').length"), 1)

    page.value("document.getElementById('queue').focus()")
    page.type("stuck")
    page.press("Enter", text="\r")
    wait(page, "jobs of the queue", cells("jobs", 0), [["2"]])


def expected(complaint):
    """The browser tells of the 401 before the login, would have a form with a password ask for a name, too, and was asked to confirm."""
    entry = complaint.get("entry", {})
    return "401" in entry.get("text", "") or entry.get("source") == "recommendation" or complaint.get("type") == "confirm"


def main():
    chromium, url, token, hostile = sys.argv[1:]
    with Browser(chromium, reachable="localhost") as page:
        log_in(page, url, token)
        attack(page, url)
        page.open(url)
        look(page, hostile)
        use(page)
        check("requests to others", [each for each in page.requests() if not each.startswith(url)], [])
        check("complaints of the browser", [each for each in page.complaints() if not expected(each)], [])
        # Had a text got in as markup, it wouldn't run.
        page.value("document.querySelector('h1').innerHTML = '<img src=x onerror=\"window.ran = 1\">'")
        page.value("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        check("what the policy forbids ran", page.value("window.ran"), None)


if __name__ == "__main__":
    main()
