#!/bin/sh
# What the device does when the platform is busy. The exit code is the scenario's verdict, and a CI server takes the
# JUnit XML, which has what was expected and what was seen. `scenario.sh REPORT` says where that goes.
set -eu
report=$(realpath "${1:-junit.xml}")
cd "$(dirname "$0")"

alink-emulator exec -c cloud.json -s busy.json --junit "$report" \
	--mqtt-port 0 --mqtts-port off --ws-port off --http-port off --https-port off -- sh -c '
	post() { firmware a1Example01 sensor-1 0123456789abcdef0123456789abcdef 21.5; }
	post || post     # a firmware that gives up at once fails here
'
