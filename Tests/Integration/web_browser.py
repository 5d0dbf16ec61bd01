#!/usr/bin/env python3
"""Looks at the page as people do: Chromium without a window, driven by chromedriver.

    web_browser.py ADDRESS USER PASSWORD PERSON TIMEOUT [FOLDER_FOR_SCREENSHOTS]

Logs in, sees the camera's picture change and PERSON named, jumps to a day of the timeline and scrolls it both ways, plays a
recording, looks at every page in light, dark and at a phone's width, names an unknown person, corrects a name of PERSON and
removes everybody else. Prints what it has seen. Ends with 1 and a sentence if something is missing, a page says anything on
the console, asks another server for anything, is wider than the window, or axe-core, if the variable AXE names its file,
finds something serious.
"""

import base64
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path


class Missing(Exception):
    """What was expected and did not come."""


class Browser:
    def __init__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.driver = subprocess.Popen(
            ["chromedriver", f"--port={self.port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait("chromedriver", self.is_up, 30)
            options = {
                "args": [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                    "--window-size=1440,900", "--autoplay-policy=no-user-gesture-required", "--lang=en-GB",
                    "--disable-background-networking", "--no-first-run",
                ]
            }
            asked = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
            self.session = "/session/" + self.call("POST", "/session", {"capabilities": {"alwaysMatch": asked}})["sessionId"]
        except BaseException:
            self.driver.kill()
            raise

    def is_up(self):
        try:
            return self.call("GET", "/status")["ready"]
        except OSError:
            return False

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise Missing(error.read().decode()[:500]) from None

    def devtools(self, command, **parameters):
        return self.call("POST", self.session + "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def go(self, address):
        self.call("POST", self.session + "/url", {"url": address})

    def run(self, script, *arguments):
        return self.call("POST", self.session + "/execute/sync", {"script": script, "args": list(arguments)})

    def picture(self, file):
        file.write_bytes(base64.b64decode(self.call("GET", self.session + "/screenshot")))

    def log(self, kind):
        return self.call("POST", self.session + "/se/log", {"type": kind})

    def close(self):
        try:
            self.call("DELETE", self.session)
        finally:
            self.driver.kill()
            self.driver.wait()


TIMEOUT = 120


def wait(what, condition, timeout=None):
    """Waits until `condition` gives something true, and returns it."""
    end = time.monotonic() + (timeout or TIMEOUT)
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise Missing(f"{what} did not come")
        time.sleep(0.1)


def look(browser, base, user, password, person, screenshots):
    browser.go(base + "/timeline")
    if "/login" not in browser.run("return location.href"):
        raise Missing("nobody had to log in")
    browser.run(
        "document.querySelector('#user').value = arguments[0]; document.querySelector('#password').value = arguments[1];"
        "document.querySelector('form').requestSubmit();", user, password)
    wait("the timeline after the log-in", lambda: browser.run("return location.pathname") == "/timeline")
    print("logged in")

    browser.go(base + "/")
    count = "return Number(document.querySelector('img[data-frame]')?.dataset.count ?? 0)"
    first = wait("a picture of the camera", lambda: browser.run(count))
    wait("further pictures", lambda: browser.run(count) > first + 3)
    size = browser.run("const i = document.querySelector('img[data-frame]'); return [i.naturalWidth, i.naturalHeight]")
    print(f"pictures of {size[0]} x {size[1]}")
    named = "return [...document.querySelectorAll('[data-present] .person')].map((one) => one.textContent)"
    wait(f"{person} before the camera", lambda: person in browser.run(named))
    wait(f"{person} among the last visits", lambda: browser.run(
        "return document.querySelector('[data-recent]').textContent.includes(arguments[0])", person))
    print(f"{person} is there")

    scroll(browser, base)

    own = base + "/timeline?who=" + urllib.parse.quote("person:" + person)
    browser.go(own)
    names = browser.run("return [...document.querySelectorAll('.visit .who')].map((one) => one.textContent)")
    if not names or set(names) != {person}:
        raise Missing(f"visits of {person} alone, but there are {set(names)}")
    # One that is over has a picture.
    wait("a picture of a visit", lambda: browser.run(
        "const i = document.querySelector('.visit .face img'); return i && (!i.complete || i.naturalWidth > 8)")
        or browser.go(own) or time.sleep(1))
    picture(browser, "the picture of a visit in the timeline", ".visit .face img")
    visit = browser.run("return document.querySelector('.visit:has(img) a').getAttribute('href')")
    browser.run("document.querySelector('.visit:has(img) a').click()")
    wait("the page of a visit", lambda: (browser.run("return location.pathname") or "").startswith("/visits/"))
    picture(browser, "the picture of a visit on its page", ".view img")
    print("saw pictures of visits")
    state = ("const v = document.querySelector('video'); return v ? {from: Number(v.dataset.from), at: v.currentTime,"
             " state: v.readyState, duration: String(v.duration), paused: v.paused, ended: v.ended, problem: v.error?.message} : null")
    wait("a recording", lambda: browser.run(state))
    try:
        wait("the recording to play", lambda: (now := browser.run(state)) and now["state"] >= 2 and now["at"] > now["from"])
    except Missing as missing:
        raise Missing(f"{missing}: {browser.run(state)}") from None
    print("played a recording")

    pages = ["/", "/timeline", visit, "/people/" + urllib.parse.quote(person)] + browser.run(
        "return [...document.querySelectorAll('.top nav a')].map((one) => one.getAttribute('href'))")
    for mode in ("light", "dark", "phone"):
        browser.devtools("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if mode == "dark" else "light"}])
        if mode == "phone":
            browser.devtools(
                "Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True)
        for page in dict.fromkeys(pages):
            browser.go(base + page)
            if page == "/":
                wait("a picture of the camera", lambda: browser.run(count))
            wide = browser.run("return document.documentElement.scrollWidth - innerWidth")
            if wide > 0:
                raise Missing(f"{page} that fits, but it is {wide} pixels too wide in {mode}")
            if screenshots:
                time.sleep(1)
                browser.picture(screenshots / f"{page.split('?')[0].strip('/').replace('/', '-') or 'live'}-{mode}.png")
            if mode != "dark":
                nameless(browser, page)
            serious(browser, page, mode)
    browser.devtools("Emulation.clearDeviceMetricsOverride")
    print("looked at every page")
    change_people(browser, base, person)
    browser.run("document.querySelector('.account').requestSubmit()")
    wait("the log-in after logging out", lambda: browser.run("return location.pathname") == "/login")


def scroll(browser, base):
    """Jumps into the middle of the timeline, as the form does, and scrolls down and up from there."""
    rows = "return [...document.querySelectorAll('[data-visit]')].map((one) => Number(one.dataset.visit))"
    browser.go(base + "/timeline?who=undecided")
    browser.run(
        "document.querySelector('#day').value = arguments[0]; document.querySelector('[data-filter]').requestSubmit()",
        "2026-04-01")
    wait("the day that was chosen", lambda: "day=2026-04-01" in browser.run("return location.search"))
    days = browser.run("return [...document.querySelectorAll('[data-day]')].map((one) => one.dataset.day)")
    if days != ["2026-04-01"]:
        raise Missing(f"visits of 2026-04-01 alone, but there are {days}")
    # All that is before that day.
    browser.go(base + "/timeline?before=" + browser.run("return document.querySelector('[data-visit]').dataset.cursor"))
    seen, most, deadline = set(), 0, time.monotonic() + TIMEOUT
    for wanted, target in ((1500, "document.documentElement.scrollHeight"), (2200, "0")):
        begin = len(seen)
        while len(seen) < wanted:
            browser.run(f"scrollTo(0, {target})")
            ids = browser.run(rows)
            if ids != sorted(ids, reverse=True) or len(ids) != len(set(ids)):
                raise Missing(f"visits in order and each once, but there are {ids}")
            seen.update(ids)
            most = max(most, len(ids))
            if time.monotonic() > deadline:
                raise Missing(f"{wanted} visits while scrolling to {target}: there were {len(seen)}, {begin} before")
            time.sleep(0.02)
    if most > 450:
        raise Missing(f"a page that stays small, but it had {most} visits")
    # None was passed over between the first and the last.
    if len(seen) != max(seen) - min(seen) + 1:
        raise Missing(f"all {max(seen) - min(seen) + 1} visits, but there were {len(seen)}")
    print(f"scrolled {len(seen)} visits, at most {most} of them in the page")


def picture(browser, what, selector):
    wait(what, lambda: browser.run(
        "const i = document.querySelector(arguments[0]); return i && i.complete && i.naturalWidth > 8", selector))


def done(browser, what, address=None):
    """Waits for the end of a change, after which a page is loaded that says so."""
    def state():
        box = browser.run(
            "const box = document.querySelector('[data-training]');"
            "return [location.pathname, box && !box.hidden ? box.className : '', box?.textContent ?? '']")
        if box is None:
            # Between two pages.
            return False
        if "failed" in box[1]:
            raise Missing(f"{what}, but: {box[2]}")
        return "done" in box[1] and (address is None or box[0] == address)
    wait(what, state)


# A page may still say how the change before has ended.
QUIET = "for (const box of document.querySelectorAll('[data-training]')) box.className = '';"


def change_people(browser, base, person):
    """Names somebody, says that a name is wrong, and removes somebody."""
    browser.go(base + "/unknown")
    ids = browser.run(
        QUIET + "const form = document.querySelector('[data-label]'); form.querySelector('[name=name]').value = arguments[0];"
        "form.requestSubmit(); return form.dataset.label", "Eileen Collins")
    done(browser, f"a name for {ids}")
    wait("somebody called by the new name", lambda: browser.run(
        "const a = new XMLHttpRequest(); a.open('GET', '/api/v1/visits?limit=1&person=Eileen%20Collins', false);"
        "a.send(); return JSON.parse(a.responseText).visits.length") or time.sleep(0.5))
    print(f"named {ids}, who has come again")

    visits = browser.run(
        "const a = new XMLHttpRequest(); a.open('GET', '/api/v1/visits?limit=20&person=' + encodeURIComponent(arguments[0]),"
        "false); a.send(); return JSON.parse(a.responseText).visits.filter((one) => one.over && one.best).map((one) => one.id)",
        person)
    browser.go(f"{base}/visits/{visits[0]}")
    browser.run(QUIET + "document.querySelector('[data-correct]').requestSubmit()")
    done(browser, f"a correction of visit {visits[0]}")
    browser.go(f"{base}/people/{urllib.parse.quote(person)}")
    if "not/" not in browser.run("return document.querySelector('main').innerHTML"):
        raise Missing(f"the face that is not {person} on the page of {person}")
    print("corrected a name")

    names = "return [...document.querySelectorAll('.person-card .who')].map((one) => one.textContent)"
    browser.go(base + "/people")
    for name in browser.run(names):
        if name == person:
            continue
        browser.go(f"{base}/people/{urllib.parse.quote(name)}")
        browser.run(QUIET + "document.querySelector('[data-action=\"forget\"]').requestSubmit()")
        done(browser, f"the removal of {name}", "/people")
        if name in browser.run(names):
            raise Missing(f"people without {name}")
    print("removed people")


def serious(browser, page, mode):
    """Raises what axe-core finds that keeps people from using a page."""
    if not os.environ.get("AXE"):
        return
    browser.run(Path(os.environ["AXE"]).read_text())
    found = browser.call("POST", browser.session + "/execute/async", {"args": [], "script": """
        const done = arguments[arguments.length - 1];
        axe.run().then((found) => done(found.violations.filter((one) => ["serious", "critical"].includes(one.impact))
            .map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 150)).slice(0, 3).join(" | ")}`)));
        """})
    if found:
        raise Missing(f"nothing serious from axe-core on {page} in {mode}, but: {found}")


def nameless(browser, page):
    """Raises if something that one uses has no name for those who do not see it."""
    for node in browser.devtools("Accessibility.getFullAXTree")["nodes"]:
        role = node.get("role", {}).get("value")
        if role in ("button", "link", "textbox", "combobox", "image", "Date") and not node.get("ignored"):
            if not node.get("name", {}).get("value", "").strip():
                raise Missing(f"a name for a {role} on {page}")


def complaints(browser, base):
    """What the pages said on the console, and what they asked other servers for."""
    found = [f"console: {entry['message']}" for entry in browser.log("browser") if entry["level"] in ("SEVERE", "WARNING")]
    for entry in browser.log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            address = message["params"]["request"]["url"]
            if not address.startswith((base + "/", "blob:" + base, "data:", "chrome:", "about:")):
                found.append(f"asked for {address}")
    return found


def main():
    global TIMEOUT
    if len(sys.argv) not in (6, 7):
        sys.exit("usage: web_browser.py ADDRESS USER PASSWORD PERSON TIMEOUT [FOLDER]")
    base, user, password, person = sys.argv[1:5]
    TIMEOUT = float(sys.argv[5])
    browser = Browser()
    try:
        look(browser, base, user, password, person, Path(sys.argv[6]) if len(sys.argv) > 6 else None)
        found = complaints(browser, base)
        if found:
            raise Missing("quiet pages, but:\n" + "\n".join(found))
    except Missing as error:
        sys.exit(f"web_browser.py: expected: {error}\nconsole: {browser.log('browser')[-5:]}")
    finally:
        browser.close()


if __name__ == "__main__":
    main()
