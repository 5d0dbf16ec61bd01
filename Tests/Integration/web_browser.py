#!/usr/bin/env python3
"""Looks at the page as people do: Chromium without a window, driven by chromedriver.

    web_browser.py ADDRESS USER PASSWORD PERSON TIMEOUT [FOLDER_FOR_SCREENSHOTS]

Logs in, sees the camera's picture change and PERSON named, scrolls the timeline, plays a recording, and looks at every page
in light, dark and at a phone's width. Prints what it has seen. Ends with 1 and a sentence if something is missing, a page
says anything on the console, asks another server for anything, or is wider than the window.
"""

import base64
import json
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

    browser.go(base + "/timeline")
    rows = "return document.querySelectorAll('[data-visit]').length"
    begin = browser.run(rows)
    deadline = time.monotonic() + TIMEOUT
    while browser.run(rows) < begin + 200:
        browser.run("scrollTo(0, document.documentElement.scrollHeight)")
        if time.monotonic() > deadline:
            raise Missing(f"the timeline ended at {browser.run(rows)} visits")
        time.sleep(0.05)
    ids = browser.run("return [...document.querySelectorAll('[data-visit]')].map((one) => one.dataset.visit)")
    if len(ids) != len(set(ids)):
        raise Missing("the timeline shows a visit twice")
    print("scrolled the timeline")

    browser.go(base + "/timeline?who=" + urllib.parse.quote("person:" + person))
    names = browser.run("return [...document.querySelectorAll('.visit .who')].map((one) => one.textContent)")
    if not names or set(names) != {person}:
        raise Missing(f"visits of {person} alone, but there are {set(names)}")
    visit = browser.run("return document.querySelector('.visit a').getAttribute('href')")
    browser.run("document.querySelector('.visit a').click()")
    wait("the page of a visit", lambda: browser.run("return location.pathname").startswith("/visits/"))
    state = "const v = document.querySelector('video'); return v ? [v.currentTime, v.readyState, v.error?.message] : []"
    at = wait("a recording", lambda: browser.run(state))
    wait(
        "the recording to play", lambda: browser.run(state)[1] >= 2 and browser.run(state)[0] > at[0],
    )
    print("played a recording")

    pages = ["/", "/timeline", visit, "/system"] + browser.run(
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
            if mode == "light":
                nameless(browser, page)
    print("looked at every page")
    browser.run("document.querySelector('.account').requestSubmit()")
    wait("the log-in after logging out", lambda: browser.run("return location.pathname") == "/login")


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
