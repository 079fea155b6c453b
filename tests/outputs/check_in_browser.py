"""Open a report in a browser from its file, without a network, and use it: check_in_browser.py REPORT.html FOLDER

Asks for playwright, and for Chromium as Debian packs it (CHROMIUM names another).
"""

import os
import sys
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

ARGS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
]
HOSTILE = "<img src=x onerror='window.hacked=1'></script><script>window.hacked=1</script>"
LOCAL = ("file:", "data:", "blob:")
PATIENCE_S = 90


def until(page, condition):
    """Wait for something to become so; the page's own policy forbids the library's way of waiting."""
    end = time.monotonic() + PATIENCE_S
    while not page.evaluate(condition):
        if time.monotonic() > end:
            sys.exit(f"waited in vain for: {condition}")
        page.wait_for_timeout(50)


def opened(browser, report, faults):
    """The report in a window without network; what it says to the console or asks of anyone is a fault."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True).new_page()
    page.on("console", lambda said: faults.append(f"console, {said.type}: {said.text}"))
    page.on("pageerror", lambda fault: faults.append(f"error: {fault}"))
    page.on("request", lambda request: request.url.startswith(LOCAL) or faults.append(f"request: {request.url[:80]}"))
    page.goto(report.resolve().as_uri())
    until(page, "!!(window.report && window.report.ready)")
    return page


def settled(page):
    """Wait until the map is drawn, and give its picture."""
    page.wait_for_timeout(400)
    until(page, "window.report.map.loaded() && window.report.map.areTilesLoaded()")
    page.wait_for_timeout(300)
    return page.locator("#map").screenshot()


def use(page, folder):
    """Choose, point, click, search and type as a reader would; what does not answer is a fault."""
    faults = []

    def holds(is_so, fault):
        if not is_so:
            faults.append(fault)

    first = settled(page)
    page.screenshot(path=folder / "open.png")
    page.select_option("#year", "1")
    later = settled(page)
    holds(first != later, "another year changes nothing on the map")
    page.select_option("#profile", "2")
    holds(settled(page) != later, "another activity changes nothing on the map")
    page.select_option("#layer", "holding")
    holds(settled(page) != later, "another layer changes nothing on the map")
    page.select_option("#layer", "verdict")
    page.fill("#plot", page.evaluate("window.report.data.plots.id[3]"))
    page.keyboard.press("Enter")
    settled(page)
    text = page.inner_text("#told")
    holds(page.evaluate("window.report.data.plots.id[3]") in text and "Onderbouwing" in text, "a search tells nothing")
    page.evaluate("window.report.choose(-1)")
    box = page.locator("#map").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2 + 3, box["y"] + box["height"] / 2 + 3)
    page.wait_for_timeout(300)
    holds("Kavel" in page.inner_text("#hover"), "pointing at a plot tells nothing")
    page.mouse.click(box["x"] + box["width"] / 2 + 3, box["y"] + box["height"] / 2 + 3)
    page.wait_for_timeout(300)
    holds("Onderbouwing" in page.inner_text("#told"), "a click tells nothing")
    page.screenshot(path=folder / "clicked.png")
    before = page.evaluate("window.report.map.getCenter().lng")
    page.locator(".maplibregl-canvas").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(700)
    holds(page.evaluate("window.report.map.getCenter().lng") != before, "the map does not answer to the keyboard")
    page.fill("#plot", "geen-kavel-die-zo-heet")
    page.keyboard.press("Enter")
    holds("Geen kavel" in page.inner_text("#found"), "a search in vain is not told")
    holds(page.evaluate("window.report.faults.length") == 0, f"the map: {page.evaluate('window.report.faults')}")
    page.pdf(path=folder / "report.pdf", prefer_css_page_size=True, print_background=True)
    return faults


def hostile(report, folder):
    """The same report with the name of the first plot made hostile, as if the register held it."""
    text = report.read_text(encoding="utf-8")
    start = text.index('"plots":{"id":["') + len('"plots":{"id":["')
    end = text.index('"', start)
    name = HOSTILE.replace("<", "\\u003c")
    target = folder / "hostile.html"
    target.write_text(text[:start] + name + text[end:], encoding="utf-8", newline="\n")
    return target


def main(report, folder):
    """Exit 1 with every fault, if there is one."""
    folder.mkdir(parents=True, exist_ok=True)
    faults = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=ARGS)
        faults += use(opened(browser, report, faults), folder)
        page = opened(browser, hostile(report, folder), faults)
        page.evaluate("window.report.choose(0)")
        page.wait_for_timeout(500)
        if page.evaluate("!!window.hacked") or HOSTILE not in page.inner_text("#told"):
            faults.append("a hostile name is not told as it stands")
        browser.close()
    if faults:
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
