"""The emulator as a pytest fixture: one for the whole run, back at its cloud files for each test.

Copy this file. It needs nothing but the standard library; with pytest-xdist each worker has its own emulator,
because port 0 takes free ports.
"""

import json
import pathlib
import subprocess
import urllib.request

import pytest

CLOUD = pathlib.Path(__file__).with_name("cloud.json")


class Emulator:
    def __init__(self, ready):
        self.ready = ready
        self.mqtt_host, self.mqtt_port = ready["mqtt"].rsplit("/", 1)[1].split(":")

    def api(self, method, path, body=None):
        """Calls the emulator API, below /emulator/v1."""
        request = urllib.request.Request(
            self.ready["http"].rstrip("/") + "/emulator/v1" + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def refusals(self):
        """Why something was refused, the sentences of the log."""
        return [record["why"] for record in self.api("GET", "/log?why=true&status=failed")["records"]]


@pytest.fixture(scope="session")
def running_emulator():
    ports = [word for name in ("mqtt", "http") for word in (f"--{name}-port", "0")]
    off = [word for name in ("mqtts", "ws", "https") for word in (f"--{name}-port", "off")]
    process = subprocess.Popen(
        ["alink-emulator", "run", "--json", "-c", str(CLOUD), *ports, *off], stdout=subprocess.PIPE, text=True
    )
    try:
        line = process.stdout.readline()
        assert line, f"the emulator ended with {process.wait()}"
        yield Emulator(json.loads(line))
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture
def emulator(running_emulator):
    running_emulator.api("POST", "/reset", {"connections": "drop"})
    return running_emulator
