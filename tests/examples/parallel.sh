#!/bin/sh
# Several emulators at once, each with a cloud of its own: `run --json` on free ports says where it listens.
#
# usage: parallel.sh [HOW-MANY]
set -eu
cd "$(dirname "$0")"
count=${1:-4}
folder=$(mktemp -d)
pids=
finish() {
	for pid in $pids; do kill "$pid" 2>/dev/null || :; done
	wait
	rm -rf "$folder"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

# All start at the same time; each says one line when it is ready.
for number in $(seq "$count"); do
	mkfifo "$folder/ready.$number"
	alink-emulator run --json -c cloud.json --mqtt-port 0 --mqtts-port off --ws-port off --http-port 0 --https-port off \
		>"$folder/ready.$number" &
	pids="$pids $!"
done

# member NAME: a string of the line in $ready
member() { printf '%s\n' "$ready" | sed 's/.*"'"$1"'":"\([^"]*\)".*/\1/'; }

for number in $(seq "$count"); do
	read -r ready <"$folder/ready.$number"
	mqtt=$(member mqtt)
	ALINK_MQTT_HOST=127.0.0.1 ALINK_MQTT_PORT=${mqtt##*:} \
		firmware a1Example01 sensor-1 0123456789abcdef0123456789abcdef "$number"
	# the same device, but another cloud: this one has only its own value
	alink-emulator property get a1Example01 sensor-1 --json --url "$(member http)" | grep -q "\"value\":$number,"
done
