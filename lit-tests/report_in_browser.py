#!/usr/bin/env python3
"""report_in_browser.py CHROMIUM REPORT.html: uses the report as a reader does, by keyboard, in light and dark, without
network; and tries to make it run what it should not. The report has findings of two checks in two files, and hostile
names in it."""

import sys
from pathlib import Path

from browser import Browser

SHOWN = "[...document.querySelectorAll('article')].filter(a => a.checkVisibility()).length"
FOCUSED = "document.activeElement.id || document.activeElement.className || document.activeElement.tagName"

# The contrast (WCAG 2.1) of every text with what is behind it, where it is below 4.5.
CONTRAST = """
(() => {
  const channel = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = (element) => {
    const svg = element.closest("svg");
    if (svg && element.tagName === "text") {
      const rect = element.parentElement.querySelector(":scope > rect") ?? svg.querySelector(".paper");
      return getComputedStyle(element.parentElement === svg ? svg.querySelector(".paper") : rect).fill;
    }
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      const parts = numbers(colour);
      if (parts.length === 3 || parts[3] === 1) return colour;
    }
    return matchMedia("(prefers-color-scheme: dark)").matches ? "rgb(0,0,0)" : "rgb(255,255,255)";
  };
  const bad = [];
  let seen = 0;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    if (!walk.currentNode.textContent.trim() || ["SCRIPT", "STYLE", "title", "desc", "OPTION"].includes(element.tagName)) continue;
    if (!element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const one = light(numbers(element.tagName === "text" ? style.fill : style.color)), other = light(numbers(behind(element)));
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    ++seen;
    if (ratio < 4.5) bad.push(`${walk.currentNode.textContent.trim().slice(0, 40)}: ${ratio.toFixed(2)}`);
  }
  if (seen < 50) bad.push(`only ${seen} texts were looked at`);
  return bad;
})()
"""


def check(what, value, wanted):
    if value != wanted:
        sys.exit(f"{what}: {value!r}, but {wanted!r} was expected")


def tab_to(page, wanted):
    for _ in range(60):
        page.press("Tab")
        if page.value(FOCUSED) == wanted:
            return
    sys.exit(f"the key Tab never leads to '{wanted}'")


def quiet(page, report):
    check("requests", [url for url in page.requests() if url != report.resolve().as_uri()], [])
    check("complaints of the browser", page.complaints(), [])


def main():
    chromium, report = sys.argv[1], Path(sys.argv[2])
    with Browser(chromium) as page:
        page.size(1200, 900)
        page.scheme("light")
        page.open(report)
        quiet(page, report)
        total = page.value("document.querySelectorAll('article').length")
        check("findings at first", page.value(SHOWN), total)
        check("status", page.value("document.getElementById('shown').textContent"), f"{total} of {total} findings shown")

        # By keyboard: the first stop leads past the header; then the filters.
        page.press("Tab")
        check("first stop", page.value(FOCUSED), "skip")
        page.press("Enter", text="\r")
        check("the skip link leads to", page.value("location.hash"), "#findings")
        tab_to(page, "check")
        check("focus is seen", page.value("getComputedStyle(document.activeElement).outlineStyle"), "solid")
        page.press("ArrowDown")
        chosen = page.value("document.getElementById('check').value")
        by_check = page.value(f"JSON.parse(document.getElementById('data').textContent).filter(f => f.check === '{chosen}').length")
        check("there are others", 0 < by_check < total, True)
        check("findings of a check", page.value(SHOWN), by_check)
        tab_to(page, "all")
        page.press("Enter", text="\r")
        check("all again", page.value(SHOWN), total)

        page.value("document.activeElement.blur()")
        tab_to(page, "file")
        page.press("ArrowDown")
        by_file = page.value("JSON.parse(document.getElementById('data').textContent)"
                             ".filter(f => f.file === document.getElementById('file').value).length")
        check("there are others", 0 < by_file < total, True)
        check("findings of a file", page.value(SHOWN), by_file)
        check("a file without findings has no heading",
              page.value("[...document.querySelectorAll('.file')].filter(g => g.checkVisibility()).length"), 1)
        page.press("ArrowUp")
        tab_to(page, "text")
        page.type("no such words")
        check("findings with words that nowhere stand", page.value(SHOWN), 0)
        check("status", page.value("document.getElementById('shown').textContent"), f"0 of {total} findings shown")
        tab_to(page, "all")
        page.press(" ", text=" ", code="Space")
        check("all again", page.value(SHOWN), total)
        check("the map can be scrolled by keyboard", page.value("document.querySelector('.picture').tabIndex"), 0)

        # Names for what can be used, one h1, no level of heading left out.
        check("fields without a label",
              page.value("[...document.querySelectorAll('input, select')].filter(f => f.labels.length !== 1).length"), 0)
        levels = page.value("[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => Number(h.tagName[1]))")
        check("h1", levels.count(1), 1)
        check("levels left out", [pair for pair in zip(levels, levels[1:]) if pair[1] > pair[0] + 1], [])
        check("main", page.value("document.querySelectorAll('main').length"), 1)
        check("ids that occur twice", page.value(
            "(ids => ids.filter((id, i) => ids.indexOf(id) !== i))([...document.querySelectorAll('[id]')].map(e => e.id))"), [])

        # Light and dark: another page, both readable.
        colours = []
        for scheme in ("light", "dark"):
            page.scheme(scheme)
            colours.append(page.value("[getComputedStyle(document.body).backgroundColor,"
                                      " getComputedStyle(document.querySelector('.paper')).fill].join()"))
            check(f"texts with too little contrast in {scheme}", page.value(CONTRAST), [])
        check("dark is another page than light", colours[0] != colours[1], True)

        # On a narrow screen nothing but the picture and the tables scrolls sideways.
        page.size(320, 640)
        check("width at 320", page.value("document.documentElement.scrollWidth"), 320)

        # Nothing that the analysed code is called has run, or is an element; and had it got in, it wouldn't run.
        check("images", page.value("document.querySelectorAll('img').length"), 0)
        check("the hostile name is there as text", page.value("document.body.innerText.includes('<img src=x onerror=alert(1)>')"), True)
        quiet(page, report)
        page.value("document.querySelector('h1').innerHTML = '<img src=x onerror=\"window.ran = 1\">'")
        page.value("document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = 1'}))")
        page.value("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        check("what the policy forbids ran", page.value("window.ran"), None)
        check("the policy was asked", bool(page.complaints()), True)

        # Without the script all of it can still be read.
        page.call("Emulation.setScriptExecutionDisabled", value=True)
        page.open(report)
        check("findings without the script", page.value(SHOWN), total)
        check("filters without the script", page.value("document.getElementById('filters').checkVisibility()"), False)


if __name__ == "__main__":
    main()
