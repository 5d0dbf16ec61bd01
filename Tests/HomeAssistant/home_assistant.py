#!/usr/bin/env python3
"""Runs a real Home Assistant on 127.0.0.1 with its MQTT integration, for tests; with the Python of its environment.

    home_assistant.py run FOLDER PORT BROKER_PORT   until it is ended; prints `ready` once the integration is set up
    home_assistant.py states FOLDER                 every state as JSON
    home_assistant.py image FOLDER ENTITY FILE      saves what an image entity shows
    home_assistant.py triggers FOLDER               "SUBTYPE TYPE" of every device trigger, a line each
    home_assistant.py fired FOLDER TEXT SECONDS     waits until that trigger fires
"""

import asyncio
import json
import pathlib
import signal
import subprocess
import sys

import aiohttp

# Every step of its set-up but the user's is done: the others would ask the internet.
ONBOARDING = {
    "version": 4, "minor_version": 1, "key": "onboarding", "data": {"done": ["core_config", "analytics", "integration"]}}
CONFIGURATION = """\
homeassistant: {{name: Lab, latitude: 0, longitude: 0, elevation: 0, unit_system: metric, time_zone: UTC}}
http: {{server_host: 127.0.0.1, server_port: {port}}}
api:
config:
system_log:
logger: {{default: warning, logs: {{homeassistant.components.mqtt: info}}}}
"""
PATIENCE = 120


async def run(folder, port, broker):
    config = folder / "config"
    (config / ".storage").mkdir(parents=True)
    (config / ".storage/onboarding").write_text(json.dumps(ONBOARDING))
    (config / "configuration.yaml").write_text(CONFIGURATION.format(port=port))
    with open(folder / "output", "w") as output:
        # It ends with this program, whatever ends that.
        program = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", str(pathlib.Path(sys.executable).parent / "hass"), "--skip-pip",
             "--log-no-color", "-c", str(config)], stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await set_up(folder, program, f"http://127.0.0.1:{port}", int(broker))
    print("ready", flush=True)
    while program.poll() is None and not ended.is_set():
        await asyncio.sleep(0.1)
    program.terminate()
    program.wait()


async def set_up(folder, program, base, broker):
    """Its user, a token, and the MQTT integration, as a person makes them in the browser."""
    async with aiohttp.ClientSession() as http:

        async def ask(method, path, token=None, **content):
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            for _ in range(10 * PATIENCE):
                if program.poll() is not None:
                    sys.exit(f"Home Assistant ended; see {folder}/output")
                try:
                    async with http.request(method, base + path, headers=headers, **content) as answer:
                        # Its parts come one after the other.
                        if answer.status == 404:
                            raise aiohttp.ClientConnectionError
                        if answer.status >= 300:
                            sys.exit(f"{path}: {answer.status} {await answer.text()}")
                        return await answer.json()
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.1)
            sys.exit(f"{path}: no answer in {PATIENCE} s")

        client = base + "/"
        user = {"name": "Lab", "username": "lab", "password": "lab-secret", "client_id": client, "language": "en"}
        code = (await ask("POST", "/api/onboarding/users", json=user))["auth_code"]
        grant = {"grant_type": "authorization_code", "code": code, "client_id": client}
        token = (await ask("POST", "/auth/token", data=grant))["access_token"]
        # Its start has to be over, or the flow does not find all that it needs.
        for _ in range(10 * PATIENCE):
            if (await ask("GET", "/api/config", token))["state"] == "RUNNING":
                break
            await asyncio.sleep(0.1)
        path = "/api/config/config_entries/flow"
        step = await ask("POST", path, token, json={"handler": "mqtt"})
        if step["type"] == "menu":
            step = await ask("POST", f"{path}/{step['flow_id']}", token, json={"next_step_id": "broker"})
        entry = {"broker": "127.0.0.1", "port": broker}
        step = await ask("POST", f"{path}/{step['flow_id']}", token, json=entry)
        if step["type"] != "create_entry":
            sys.exit(f"MQTT could not be set up: {step}")
    (folder / "lab.json").write_text(json.dumps({"base": base, "token": token}))


class Assistant:
    """A Home Assistant that `run` has set up."""

    def __init__(self, folder, http):
        lab = json.loads((folder / "lab.json").read_text())
        self.base, self.token, self.http = lab["base"], lab["token"], http

    async def get(self, path):
        async with self.http.get(self.base + path, headers={"Authorization": f"Bearer {self.token}"}) as answer:
            if answer.status != 200:
                sys.exit(f"{path}: {answer.status} {await answer.text()}")
            return await answer.read()

    async def connect(self):
        self.number = 0
        self.socket = await self.http.ws_connect(self.base + "/api/websocket")
        await self.socket.receive_json()
        await self.socket.send_json({"type": "auth", "access_token": self.token})
        await self.socket.receive_json()

    async def call(self, kind, **content):
        self.number += 1
        await self.socket.send_json({"id": self.number, "type": kind, **content})
        while True:
            answer = await self.socket.receive_json()
            if answer["type"] == "result" and answer["id"] == self.number:
                if not answer["success"]:
                    sys.exit(f"{kind}: {answer['error']}")
                return answer["result"]

    async def triggers(self):
        await self.connect()
        found = {}
        for device in await self.call("config/device_registry/list"):
            for trigger in await self.call("device_automation/trigger/list", device_id=device["id"]):
                if trigger["domain"] == "mqtt":
                    found[f"{trigger['subtype']} {trigger['type']}"] = trigger
        return found

    async def fired(self, text, seconds):
        trigger = (await self.triggers()).get(text) or sys.exit(f"there is no trigger {text!r}")
        trigger.pop("metadata", None)
        await self.call("subscribe_trigger", trigger=trigger)
        print("waiting", flush=True)
        async with asyncio.timeout(float(seconds)):
            while (await self.socket.receive_json())["type"] != "event":
                pass


async def main():
    command, folder, *words = sys.argv[1:]
    folder = pathlib.Path(folder)
    if command == "run":
        return await run(folder, *words)
    async with aiohttp.ClientSession() as http:
        assistant = Assistant(folder, http)
        if command == "states":
            print((await assistant.get("/api/states")).decode())
        elif command == "image":
            pathlib.Path(words[1]).write_bytes(await assistant.get(f"/api/image_proxy/{words[0]}"))
        elif command == "triggers":
            print("\n".join(sorted(await assistant.triggers())))
        elif command == "fired":
            await assistant.fired(*words)
        else:
            sys.exit(__doc__)


asyncio.run(main())
