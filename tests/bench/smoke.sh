#!/bin/sh
# Keeps the generator and the benchmark's cloud file from rotting: a few messages, by count.
. "$(dirname "$0")/broker.sh"

if [ -z "$mosquitto" ] || [ ! -x "$mosquitto" ]; then
	echo 'skipped: no mosquitto here'
	exit 77
fi

fail() {
	echo "$*"
	cat "$work/broker.log"
	exit 1
}

# expect WORDS -- COMMAND...: it succeeds, and each of the words is in what it prints.
expect() {
	words=$1
	shift 2
	line=$("$@") || fail "exit code $? of: $* $line"
	for word in $words; do
		case $line in
		*"$word"*) ;;
		*) fail "no $word in: $line" ;;
		esac
	done
}

devices_write a1EmuBench1 3 bench-%04d >"$work/devices.a1EmuBench1"
devices_write a1EmuBench2 3 bench-%04d >"$work/devices.a1EmuBench2"
devices_write a1EmuBench3 2 gw-%04d >"$work/devices.a1EmuBench3"
cloud_with_gateways 2 5 >"$work/gateways.json"
scenario match 20 >"$work/rules.json"
for qos in 0 1; do
	broker_start ''
	expect '"mode":"echo" "payload_bytes":300 "messages":200, "errors":0}' -- \
		"$generator" echo --port "$port" --qos $qos --connections 1 --warm-up 0 --count 200
	[ ! -x "$BENCH_RESPONDER" ] || {
		responder_start "$BENCH_RESPONDER"
		expect '"mode":"ask" "payload_bytes":300 "messages":200, "errors":0}' -- \
			"$generator" ask --port "$port" --qos $qos --connections 3 --warm-up 0 --count 200
	}
	broker_stop
done

# Without the plugin there is no cloud to ask.
[ -r "$BENCH_PLUGIN" ] || exit 0
broker_start '' "plugin $BENCH_PLUGIN" "plugin_opt_cloud $here/cloud.json" "plugin_opt_cloud $work/gateways.json" \
	"plugin_opt_scenario $work/rules.json"
for qos in 0 1; do
	expect '"mode":"post" "payload_bytes":300 "messages":200, "errors":0}' -- \
		"$generator" post --port "$port" --devices "$work/devices.a1EmuBench1" --qos $qos --connections 3 --warm-up 0 --count 200
	expect '"mode":"raw" "payload_bytes":12 "messages":200, "errors":0}' -- \
		"$generator" raw --port "$port" --devices "$work/devices.a1EmuBench2" --qos $qos --connections 3 --warm-up 0 --count 200
	expect '"mode":"sub" "payload_bytes":300 "messages":200, "errors":0}' -- \
		"$generator" sub --port "$port" --devices "$work/devices.a1EmuBench3" --subs 5 --qos $qos --connections 2 --warm-up 0 --count 200
done
[ "$("$generator" hold --port "$port" --devices "$work/devices.a1EmuBench1" --connections 3 </dev/null)" = held ] ||
	fail 'idle connections are not held'

# A benchmark of refusals must not pass for a fast one.
echo 'a1EmuBench1 bench-0001 ffffffffffffffffffffffffffffffff' >"$work/devices"
"$generator" post --port "$port" --devices "$work/devices" --warm-up 0 --count 1 >"$work/refused" 2>&1 &&
	fail "a wrong secret passes: $(cat "$work/refused")"
grep -q 'CONNECT: refused' "$work/refused" || fail "not refused: $(cat "$work/refused")"
