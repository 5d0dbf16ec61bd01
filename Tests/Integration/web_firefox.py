#!/usr/bin/env python3
"""Looks at the page as web_browser.py does, in Firefox without a window, driven over its Marionette protocol.

    web_firefox.py ADDRESS USER PASSWORD PERSON TIMEOUT [FOLDER_FOR_SCREENSHOTS]
"""

import base64
import json
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import web_browser
from web_browser import Missing, wait

PREFERENCES = {
    "media.autoplay.default": 0, "browser.shell.checkDefaultBrowser": False, "datareporting.policy.dataSubmissionEnabled": False,
    "browser.startup.page": 0, "browser.startup.homepage_override.mstone": "ignore", "app.update.enabled": False,
    "toolkit.telemetry.enabled": False, "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False, "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False, "extensions.update.enabled": False, "intl.accept_languages": "en-GB",
    "browser.aboutwelcome.enabled": False, "termsofuse.bypassNotification": True,
}
# What the pages left on the console, and which addresses they asked for; from Firefox's own side of the wall.
CONSOLE = """
    const found = [];
    for (const one of Services.console.getMessageArray()) {
        if (!(one instanceof Ci.nsIScriptError)) continue;
        found.push({text: one.errorMessage, source: one.sourceName, warning: Boolean(one.flags & 1), category: one.category});
    }
    const kept = Cc["@mozilla.org/consoleAPI-storage;1"].getService(Ci.nsIConsoleAPIStorage).getEvents();
    for (const one of kept) {
        if (!["error", "warn", "assert"].includes(one.level)) continue;
        found.push({text: one.arguments.map(String).join(" "), source: one.filename, warning: one.level == "warn", category: "console"});
    }
    return found;
"""
# Before the first page: remembers every address that anything in a page asks for.
WATCH = """
    window.visageAsked = [];
    window.visageObserver = (subject) => {
        const channel = subject.QueryInterface(Ci.nsIHttpChannel);
        if (channel.loadInfo.browsingContextID) window.visageAsked.push(channel.URI.spec);
    };
    Services.obs.addObserver(window.visageObserver, "http-on-modify-request");
"""


class Firefox:
    """The interface of web_browser.Browser, as far as it is used."""

    session = ""

    def __init__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.profile = Path(tempfile.mkdtemp(prefix="visage-firefox-"))
        preferences = PREFERENCES | {"marionette.port": port}
        (self.profile / "user.js").write_text(
            "".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in preferences.items()))
        self.program = subprocess.Popen(
            ["firefox-esr", "--headless", "--marionette", "--remote-allow-system-access", "--no-remote", "--profile",
             str(self.profile)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self.socket = wait("Firefox", lambda: self.connect(port), 120)
            self.number = 0
            self.receive()
            self.command("WebDriver:NewSession", capabilities={})
            self.command("WebDriver:SetTimeouts", pageLoad=120_000, script=120_000)
            self.command("WebDriver:SetWindowRect", width=1440, height=900)
            self.privileged(WATCH)
        except BaseException:
            self.close()
            raise

    def connect(self, port):
        if self.program.poll() is not None:
            raise Missing(f"Firefox that runs, but it ended with {self.program.returncode}")
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=150)
        except OSError:
            return None

    def receive(self):
        length = b""
        while not length.endswith(b":"):
            byte = self.socket.recv(1)
            if not byte:
                raise Missing("an answer of Firefox, but it has ended")
            length += byte
        left, parts = int(length[:-1]), []
        while left:
            part = self.socket.recv(min(left, 1 << 20))
            if not part:
                raise Missing("an answer of Firefox, but it has ended")
            parts.append(part)
            left -= len(part)
        return json.loads(b"".join(parts))

    def command(self, name, **parameters):
        self.number += 1
        text = json.dumps([0, self.number, name, parameters]).encode()
        self.socket.sendall(str(len(text)).encode() + b":" + text)
        _, number, problem, result = self.receive()
        if number != self.number:
            raise Missing(f"answer {self.number} of Firefox, but it was {number}")
        if problem:
            raise Missing(f"{name}: {problem.get('message', problem)}"[:500])
        return result.get("value") if isinstance(result, dict) and set(result) == {"value"} else result

    def privileged(self, script, *arguments):
        """Runs a script in Firefox's own window."""
        self.command("Marionette:SetContext", value="chrome")
        try:
            return self.command("WebDriver:ExecuteScript", script=script, args=list(arguments), sandbox="system")
        finally:
            self.command("Marionette:SetContext", value="content")

    def call(self, method, path, body=None):
        if not path.endswith("/execute/async"):
            raise Missing(f"a way to {method} {path} in Firefox")
        return self.command("WebDriver:ExecuteAsyncScript", **body)

    def devtools(self, command, **parameters):
        match command:
            case "Emulation.setEmulatedMedia":
                dark = parameters["features"][0]["value"] == "dark"
                self.privileged(
                    "Services.prefs.setIntPref('layout.css.prefers-color-scheme.content-override', arguments[0])", 0 if dark else 1)
            case "Emulation.setDeviceMetricsOverride":
                # A window of Firefox cannot be as narrow as a phone; the page in it can.
                self.privileged(
                    "const b = gBrowser.selectedBrowser; b.style.width = b.style.minWidth = b.style.maxWidth = arguments[0] + 'px'",
                    parameters["width"])
            case "Emulation.clearDeviceMetricsOverride":
                self.privileged(
                    "const b = gBrowser.selectedBrowser; b.style.width = b.style.minWidth = b.style.maxWidth = ''")
            # Names for those who do not see are asked of Chromium; axe-core looks here too.
            case "Accessibility.getFullAXTree":
                return {"nodes": []}
            case _:
                raise Missing(f"a way to do {command} in Firefox")

    def go(self, address):
        self.command("WebDriver:Navigate", url=address)

    def run(self, script, *arguments):
        return self.command("WebDriver:ExecuteScript", script=script, args=list(arguments))

    def picture(self, file):
        file.write_bytes(base64.b64decode(self.command("WebDriver:TakeScreenshot", full=False)))

    def log(self, kind):
        try:
            return self.privileged(CONSOLE)
        except (Missing, OSError) as error:
            return [str(error)]

    def close(self):
        self.program.terminate()
        try:
            self.program.wait(20)
        except subprocess.TimeoutExpired:
            self.program.kill()
            self.program.wait()
        shutil.rmtree(self.profile, ignore_errors=True)


def complaints(browser, base):
    """What the pages said on the console, and what they asked other servers for."""
    # Firefox complains there of itself too; and that this program asks the API without waiting.
    found = [f"console: {one['text']} ({one['source']})" for one in browser.log("browser")
             if one["source"].startswith(base) and "Synchronous XMLHttpRequest" not in one["text"]]
    asked = browser.privileged("return window.visageAsked")
    if not asked:
        raise Missing("what the pages asked for")
    return found + [f"asked for {one}" for one in asked if not one.startswith(base + "/")]


if __name__ == "__main__":
    web_browser.Browser, web_browser.complaints = Firefox, complaints
    web_browser.main()
