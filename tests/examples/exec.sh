#!/bin/sh
# A firmware test: an emulator for the time of one command, on ports of its own, so that any number of these run
# at once. The exit code is the command's.
set -eu
cd "$(dirname "$0")"

alink-emulator exec -c cloud.json --mqtt-port 0 --mqtts-port off --ws-port off --http-port 0 --https-port off -- sh -euc '
	# good values are stored
	firmware a1Example01 sensor-1 0123456789abcdef0123456789abcdef 21.5
	alink-emulator property get a1Example01 sensor-1 --json | grep -q "\"value\":21.5"

	# one beyond the model is refused, and the log says why
	! firmware a1Example01 sensor-1 0123456789abcdef0123456789abcdef 121
	alink-emulator log --why | grep "above max 120"

	# so is a wrong secret
	! firmware a1Example01 sensor-1 00000000000000000000000000000000 21.5
	alink-emulator log --why --service device | grep "signature differs"
'
