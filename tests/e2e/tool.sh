#!/bin/sh
# The tool around a real broker: it starts, says where it listens, passes on what a command returns, ends
# in order, and leaves nothing behind, whoever dies first.
#
# By hand, after ./bootstrap.sh build: tests/e2e/tool.sh
set -u
here=$(cd "$(dirname "$0")" && pwd)
EMULATOR=${EMULATOR:-$here/../../build/alink-emulator}
BROKER=${MOSQUITTO:-$(PATH=$PATH:/usr/local/sbin:/usr/sbin command -v mosquitto)}
export EMULATOR

for program in "$BROKER" mosquitto_rr mkfifo timeout tail; do
	command -v "$program" >/dev/null || { echo "skipped: no $program"; exit 77; }
done

folder=$(mktemp -d)
tool=
finish() {
	[ -z "$tool" ] || kill -9 "$tool" 2>/dev/null
	rm -rf "$folder"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

. "$here/../expect.sh"

# A plugin built with sanitizers needs their library before the broker's own.
cat >"$folder/mosquitto" <<SCRIPT
#!/bin/sh
LD_PRELOAD=${BROKER_PRELOAD:-} exec $BROKER "\$@"
SCRIPT
chmod +x "$folder/mosquitto"

# Every private folder of a run is made here, and the keys are.
mkdir "$folder/runs"
unset XDG_RUNTIME_DIR
export TMPDIR="$folder/runs" XDG_STATE_HOME="$folder/state"

# emulator COMMAND ARGS...: on free ports
emulator() {
	command=$1
	shift
	timeout 60 "$EMULATOR" "$command" --mosquitto "$folder/mosquitto" --mqtt-port 0 --mqtts-port 0 --ws-port 0 \
		--http-port 0 --https-port 0 "$@"
}
left_behind() {
	ls "$folder/runs"
}

# --- exec ---

seen=$(emulator exec -- sh -c '
	[ "$ALINK_MQTT_HOST" = 127.0.0.1 ] && [ "$ALINK_MQTT_PORT" -gt 0 ] && [ "$ALINK_MQTTS_PORT" -gt 0 ] &&
	[ -s "$ALINK_CA_FILE" ] && "$EMULATOR" status --json; exit 7')
code=$?
expect_part 'a command finds its emulator' '"state":"memory"' "$seen"
expect 'its exit code is passed on' 7 $code
emulator exec -- "$folder/nothing" 2>"$folder/said"
expect 'a command that is not there' 127 $?
emulator exec -- sh -c 'kill -9 $$'
expect 'a command that is killed' 137 $?
expect 'nothing is left behind' '' "$(left_behind)"

# --- options from the environment ---

# Two files in one variable; the command line wins over the seed's.
echo '{"cloud": 1, "products": [{"productKey": "a1FromEnv01"}]}' >"$folder/product.json"
echo '{"cloud": 1, "devices": [{"productKey": "a1FromEnv01", "deviceName": "from-env"}]}' >"$folder/device.json"
seen=$(ALINK_RUN_CLOUD="$folder/product.json,$folder/device.json" ALINK_RUN_SEED=7 ALINK_RUN_STATE="$folder/env.db" \
	ALINK_RUN_CERT_DIR= emulator exec --seed 8 -- sh -c '"$EMULATOR" device; "$EMULATOR" status --json')
expect_part 'files come from the environment' 'a1FromEnv01  from-env' "$seen"
expect_part 'the command line wins' '"seed":8' "$seen"
expect_part 'the state file, too' "\"state\":\"$folder/env.db\"" "$seen"
seen=$(ALINK_RUN_JSON=true ALINK_RUN_MQTT_PORT=zero "$EMULATOR" run 2>&1)
expect 'a wrong port in a variable is exit code 2' 2 $?
expect_part '... and is shown' "'zero' is not 'off', a port" "$seen"
seen=$(ALINK_RUN_SEED=-1 "$EMULATOR" run 2>&1)
expect_part 'a wrong value is told by its variable' "ALINK_RUN_SEED '-1' is no whole number" "$seen"
seen=$(ALINK_RUN_JSON=perhaps "$EMULATOR" run 2>&1)
expect_part 'a flag is true or false' "ALINK_RUN_JSON 'perhaps' is neither true nor false" "$seen"
seen=$(ALINK_RUN_SED=1 "$EMULATOR" run --mqtt-port wrong 2>&1)
expect_part 'a misspelt variable is told' 'warning: ALINK_RUN_SED names no option' "$seen"

# --- what cannot start ---

echo '{"cloud": 1, "products": [' >"$folder/broken.json"
emulator exec -c "$folder/broken.json" -- true 2>"$folder/said"
expect 'a broken cloud file' 3 $?
expect_part '... is named with the place' "$folder/broken.json:" "$(cat "$folder/said")"

seen=$(emulator exec -- sh -c '"$EMULATOR" run --mqtt-port "$ALINK_MQTT_PORT" 2>&1; echo "code $?"')
expect_part 'a taken port is named with its option' 'the port is taken (--mqtt-port sets another' "$seen"
expect_part '... and is exit code 3' 'code 3' "$seen"

emulator run --mqtt-port nonsense 2>"$folder/said"
expect 'a port that is none is exit code 2' 2 $?
"$EMULATOR" run --mosquitto "$folder/nothing" 2>"$folder/said"
expect 'no broker is exit code 3' 3 $?
expect 'still nothing is left behind' '' "$(left_behind)"

# --- run ---

mkfifo "$folder/out"
# start ARGS...: sets $tool, $broker and $ready, the line of JSON
start() {
	"$EMULATOR" run --json --mosquitto "$folder/mosquitto" --mqtt-port 0 --mqtts-port 0 --ws-port 0 \
		--http-port 0 --https-port 0 "$@" >"$folder/out" 2>"$folder/said" &
	tool=$!
	read -r ready <"$folder/out" || { echo 'FAILED: it did not start'; cat "$folder/said"; exit 1; }
	broker=$(cat "/proc/$tool/task/$tool/children")
	broker=${broker% }
}
# member NAME: a string of the ready line
member() {
	printf '%s\n' "$ready" | sed 's/.*"'"$1"'":"\([^"]*\)".*/\1/'
}
# gone PID: waits for a process that need not be ours
gone() {
	timeout 20 tail --pid="$1" -f /dev/null
}

start
port=$(member mqtts)
post=/sys/$(member productKey)/$(member deviceName)/thing/event/property/post
expect 'a device posts over TLS and trusts the CA' \
	'{"code":200,"data":{},"id":"1","message":"success","method":"thing.event.property.post","version":"1.0"}' \
	"$(timeout 20 mosquitto_rr -h localhost -p "${port##*:}" --cafile "$(member caFile)" -i "$(member clientId)" \
		-u "$(member username)" -P "$(member password)" -t "$post" -e "${post}_reply" \
		-m '{"id":"1","params":{"temperature":21.5}}' 2>&1)"
expect_part 'the log says why' 'ThingModel' "$("$EMULATOR" log --url "$(member http)")"
kill -TERM "$tool"
wait "$tool"
expect 'SIGTERM is a clean end' 0 $?
expect 'with the broker' '' "$(ls -d "/proc/$broker" 2>/dev/null)"
expect 'and the private folder' '' "$(left_behind)"

start
kill -INT "$tool"
wait "$tool"
expect 'SIGINT is, too' 0 $?

start
kill -9 "$broker"
wait "$tool"
expect 'a killed broker is exit code 3' 3 $?
expect_part '... and is said' 'the broker was killed by signal 9' "$(cat "$folder/said")"
expect 'nothing is left behind by that' '' "$(left_behind)"

start
kill -9 "$tool"
gone "$broker"
expect 'the broker does not outlive a killed tool' 0 $?
wait "$tool" 2>/dev/null
tool=

[ $failures = 0 ]
