#!/bin/sh
# The benchmark; README.md says what it measures and why so.
#
#   run.sh [--markdown FILE]
#
# From the environment: REPS (5), RUN_SECONDS (2), CONNECTIONS ("1 50"), QOS (0),
# BENCH_PLUGIN the plugin for a stock Mosquitto, or BENCH_EMULATOR the tool to start instead.

. "$(dirname "$0")/broker.sh"

reps=${REPS:-5} seconds=${RUN_SECONDS:-2} connections=${CONNECTIONS:-1 50} qos=${QOS:-0} markdown=
plugin=${BENCH_PLUGIN:-$here/../../.libs/mosquitto_alink.so}

die() {
	echo "$*" >&2
	exit 1
}

case $# in
0) ;;
2) [ "$1" = --markdown ] || die 'usage: run.sh [--markdown FILE]'
   markdown=$2 ;;
*) die 'usage: run.sh [--markdown FILE]' ;;
esac
[ -x "$generator" ] || die "$generator is not built"
[ -n "$mosquitto" ] || die 'mosquitto is not installed'
[ -n "$BENCH_EMULATOR" ] || [ -r "$plugin" ] || die "$plugin is not built"

# Broker and generator keep to a core each where there are two.
on_broker_core= on_generator_core=
if taskset -c 0,1 true 2>/dev/null; then
	on_broker_core='taskset -c 0' on_generator_core='taskset -c 1'
fi

# emulator_start [OPTION...]: the same cloud behind the tool, which starts its own broker. The tool keeps
# its certificates under XDG_STATE_HOME.
emulator_start() {
	: >"$work/ready"
	XDG_STATE_HOME=$work $on_broker_core "$BENCH_EMULATOR" run --json -c "$here/cloud.json" --mqtt-port 0 \
		--http-port 0 --mqtts-port off --ws-port off --https-port off "$@" >"$work/ready" 2>"$work/broker.log" &
	started_pid=$!
	port= tries=0
	while [ -z "$port" ]; do
		tries=$((tries + 1))
		if [ $tries -gt 200 ] || ! kill -0 $started_pid 2>/dev/null; then
			cat "$work/broker.log" >&2
			die 'the emulator did not start'
		fi
		sleep 0.05
		port=$(sed -n 's|.*"mqtt":"tcp://127\.0\.0\.1:\([0-9]*\)".*|\1|p' "$work/ready")
	done
	broker_pid=$started_pid          # unless the kernel tells which of its children is the broker
	for child in $(cat "/proc/$started_pid/task/$started_pid/children" 2>/dev/null); do
		[ "$(cat "/proc/$child/comm")" = mosquitto ] && broker_pid=$child
	done
}

# start CONFIGURATION: each is a row of the table below.
start() {
	rm -f "$work"/state*
	if [ "$1" = echo ]; then
		broker_start "$on_broker_core"
	elif [ -n "$BENCH_EMULATOR" ]; then
		case $1 in
		memory|script) emulator_start ;;
		state)  emulator_start --state "$work/state.db" ;;
		esac
	else
		case $1 in
		memory|script) broker_start "$on_broker_core" "plugin $plugin" "plugin_opt_cloud $here/cloud.json" ;;
		state)  broker_start "$on_broker_core" "plugin $plugin" "plugin_opt_cloud $here/cloud.json" \
			"plugin_opt_state $work/state.db" ;;
		esac
	fi
}

# measure REPETITION CONFIGURATION CONNECTIONS: one row of results.
measure() {
	mode=post devices=$work/devices.a1EmuBench1
	[ "$2" = echo ] && mode=echo
	[ "$2" = script ] && mode=raw devices=$work/devices.a1EmuBench2
	start "$2"
	line=$($on_generator_core "$generator" $mode --port "$port" --devices "$devices" --connections "$3" \
		--qos "$qos" --seconds "$seconds" --broker "$broker_pid") || {
		cat "$work/broker.log" >&2
		die "FAILED: $2, $3 connections: $line"
	}
	broker_stop
	row="$1 $2 $3"
	for field in messages_per_second p50_us p99_us broker_cpu_us; do
		value=$(printf '%s\n' "$line" | sed -n "s/.*\"$field\":\([0-9.]*\).*/\1/p")
		row="$row ${value:-0}"
	done
	echo "$row" >>"$work/results"
}

devices_write
rep=1
while [ "$rep" -le "$reps" ]; do
	for count in $connections; do
		for configuration in echo memory state script; do
			[ -t 2 ] && printf '\rrepetition %s of %s, %s connections, %s        ' \
				"$rep" "$reps" "$count" "$configuration" >&2
			measure "$rep" "$configuration" "$count"
		done
	done
	rep=$((rep + 1))
done
[ -t 2 ] && printf '\r%70s\r' '' >&2

# table FORMAT-FOR-WORDS FORMAT-FOR-NUMBERS: medians over the repetitions; a ratio is taken within one of them.
table() {
	awk -v words="$1" -v numbers="$2" '
	function median(key,   i, j, swap) {
		for (i = 2; i <= n[key]; i++)
			for (j = i; j > 1 && v[key, j] < v[key, j - 1]; j--) {
				swap = v[key, j]; v[key, j] = v[key, j - 1]; v[key, j - 1] = swap
			}
		i = int((n[key] + 1) / 2)
		return n[key] % 2 ? v[key, i] : (v[key, i] + v[key, i + 1]) / 2
	}
	function add(key, value) { v[key, ++n[key]] = value }
	BEGIN {
		name["echo"] = "echo, bare broker"
		name["memory"] = "post, in memory"
		name["state"] = "post, state file"
		name["script"] = "post by script"
		printf words, "configuration", "conn.", "msg/s", "of echo", "p50 us", "p99 us", "CPU us", "of echo"
	}
	{
		row = $2 SUBSEP $3
		if (!(row in n)) { rows[++row_count] = row; n[row] = 0 }
		if ($2 == "echo") { floor[$1, $3] = $4; floor_cpu[$1, $3] = $7 }
		add(row SUBSEP "rate", $4); add(row SUBSEP "ratio", $4 / floor[$1, $3])
		add(row SUBSEP "p50", $5); add(row SUBSEP "p99", $6); add(row SUBSEP "cpu", $7)
		add(row SUBSEP "cpu ratio", $7 > 0 ? floor_cpu[$1, $3] / $7 : 0)
	}
	END {
		for (i = 1; i <= row_count; i++) {
			split(rows[i], part, SUBSEP); row = rows[i] SUBSEP
			printf numbers, name[part[1]], part[2], median(row "rate"), median(row "ratio"),
			       median(row "p50"), median(row "p99"), median(row "cpu"), median(row "cpu ratio")
		}
	}' "$work/results"
}

table '%-18s %6s %8s %8s %7s %7s %7s %8s\n' '%-18s %6d %8.0f %8.2f %7.0f %7.0f %7.2f %8.2f\n'
echo "medians of $reps runs of $seconds s, QoS $qos; CPU us: the broker's main thread, per message;"
echo 'of echo: the share of the floor that is reached, by rate and by CPU time'
# Each repetition's own ratio, and of these the median.
for count in $connections; do
	awk -v count="$count" '
		$3 == count && $2 == "memory" { plain[$1] = $4 }
		$3 == count && $2 == "script" { print $4 / plain[$1] }' "$work/results" | sort -n |
		awk -v count="$count" '{ ratio[NR] = $1 } END {
			printf "with %d connections scripted posts come at %.2f of the rate of plain ones\n",
				count, (ratio[int((NR + 1) / 2)] + ratio[int(NR / 2) + 1]) / 2 }'
done

if [ -n "$markdown" ]; then
	table '| %s | %s | %s | %s | %s | %s | %s | %s |\n|---|--:|--:|--:|--:|--:|--:|--:|\n' \
		'| %s | %d | %.0f | %.2f | %.0f | %.0f | %.2f | %.2f |\n' >"$markdown" || die "$markdown was not written"
fi
