"""A device under test, tried from outside: what it sends, and what it makes of the cloud's answers."""

import os
import subprocess

DEVICE = ("a1Example01", "sensor-1")
SECRET = "0123456789abcdef0123456789abcdef"


def run_firmware(emulator, temperature, secret=SECRET):
    environment = {**os.environ, "ALINK_MQTT_HOST": emulator.mqtt_host, "ALINK_MQTT_PORT": emulator.mqtt_port}
    return subprocess.run(
        ["firmware", *DEVICE, secret, str(temperature)], env=environment, timeout=30, capture_output=True
    ).returncode


def stored(emulator):
    properties = emulator.api("GET", "/properties/a1Example01/sensor-1")["properties"]
    return {name: value["value"] for name, value in properties.items()}


def test_a_value_is_stored(emulator):
    assert run_firmware(emulator, 21.5) == 0
    assert stored(emulator) == {"temperature": 21.5}


def test_each_test_begins_with_the_cloud_file(emulator):
    assert stored(emulator) == {}


def test_a_value_beyond_the_model_is_noticed(emulator):
    assert run_firmware(emulator, 121) == 1
    assert any("above max 120" in why for why in emulator.refusals())


def test_a_disabled_device_is_noticed(emulator):
    emulator.api("POST", "/devices/a1Example01/sensor-1/disable", {})
    assert run_firmware(emulator, 20) == 1
