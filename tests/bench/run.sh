#!/bin/sh
# The benchmark; README.md says what it measures and why so.
#
#   run.sh [--markdown FILE]
#
# From the environment: REPS (5), RUN_SECONDS (2), CONNECTIONS ("1 50 500"), QOS (0), ROWS (all of them),
# BENCH_PLUGIN the plugin for a stock Mosquitto, or BENCH_EMULATOR the tool to start instead.

. "$(dirname "$0")/broker.sh"

reps=${REPS:-5} seconds=${RUN_SECONDS:-2} connections=${CONNECTIONS:-1 50 500} qos=${QOS:-0} markdown=
rows=${ROWS:-echo memory state script rules-topics rules-devices rules-match gateway echo-tls tls c node}
plugin=${BENCH_PLUGIN:-$here/../../build/.libs/mosquitto_alink.so}
responder=${BENCH_RESPONDER:-$here/../../build/tests/bench/responder}
emulator=$BENCH_EMULATOR

case $# in
0) ;;
2) [ "$1" = --markdown ] || die 'usage: run.sh [--markdown FILE]'
   markdown=$2 ;;
*) die 'usage: run.sh [--markdown FILE]' ;;
esac
[ -x "$generator" ] || die "$generator is not built"
[ -n "$mosquitto" ] || die 'mosquitto is not installed'
[ -n "$emulator" ] || [ -r "$plugin" ] || die "$plugin is not built"

# What this machine lacks is left out, and said.
without() {
	echo "left out: $1, for want of $2" >&2
	rows=$(printf ' %s \n' "$rows" | sed "s/ $1 / /")
}
command -v openssl >/dev/null || { without tls openssl; without echo-tls openssl; }
[ -d "$here/../interop/node_modules/mqtt" ] && command -v node >/dev/null ||
	case " $rows " in *' node '*) without node 'the npm packages of tests/interop' ;; esac

certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
		-keyout "$work/key.pem" -out "$work/certificate.pem" 2>/dev/null || die 'openssl made no certificate'
}
tls_lines() {
	printf 'certfile %s\nkeyfile %s\n' "$work/certificate.pem" "$work/key.pem"
}

# cloud_start [tls] [waker] [state] [scenario KIND] [gateways]: ours, in a stock broker or behind the tool.
cloud_start() {
	set -- "$@" end
	lines="plugin $plugin
plugin_opt_cloud $here/cloud.json" options="-c $here/cloud.json" tls=
	while [ "$1" != end ]; do
		case $1 in
		tls) tls=--tls
		     lines="$(tls_lines)
$lines" ;;
		waker) lines="$lines
plugin_opt_waker 127.0.0.1:@PORT@" ;;       # the tool always has it
		state) lines="$lines
plugin_opt_state $work/state.db" options="$options --state $work/state.db" ;;
		scenario) lines="$lines
plugin_opt_scenario $work/rules-$2.json" options="$options -s $work/rules-$2.json"
			shift ;;
		gateways) lines="$lines
plugin_opt_cloud $work/gateways.json" options="$options -c $work/gateways.json" ;;
		esac
		shift
	done
	if [ -n "$emulator" ]; then
		# shellcheck disable=SC2086 # a list of options without blanks in them
		tool_start $options --mqtts-port "$([ -n "$tls" ] && echo 0 || echo off)"
		[ -z "$tls" ] || port=$mqtts_port
	else
		broker_start "$on_broker_core" "$lines" ${tls:+"plugin_opt_listeners mqtts=@PORT@"}
	fi
}

# start ROW: the broker, and $how the generator loads it.
start() {
	rm -f "$work"/state*
	how="post --devices $work/devices.a1EmuBench1"
	case $1 in
	echo) how=echo; broker_start "$on_broker_core" ;;
	memory) cloud_start ;;
	state) cloud_start state ;;
	script) how="raw --devices $work/devices.a1EmuBench2"; cloud_start waker ;;
	rules-*) cloud_start scenario "${1#rules-}" ;;
	gateway) how="sub --devices $work/devices.a1EmuBench3 --subs 200"; cloud_start gateways ;;
	echo-tls) how='echo --tls'; broker_start "$on_broker_core" "$(tls_lines)" ;;
	tls) how="$how --tls"; cloud_start tls ;;
	c) how=ask; broker_start "$on_broker_core"; responder_start "$responder" ;;
	node) how=ask; broker_start "$on_broker_core"; responder_start node "$here/responder.mjs" ;;
	*) die "no such row: $1" ;;
	esac
}

# measure REPETITION ROW CONNECTIONS: one line of results.
measure() {
	start "$2"
	# shellcheck disable=SC2086 # $how is a list
	line=$($on_generator_core "$generator" $how --port "$port" --connections "$3" \
		--qos "$qos" --seconds "$seconds" --broker "$broker_pid") || {
		cat "$work/broker.log" >&2
		die "FAILED: $2, $3 connections: $line"
	}
	broker_stop
	row="$1 $2 $3"
	for field in messages_per_second p50_us p99_us broker_cpu_us; do
		value=$(number $field "$line")
		row="$row ${value:-0}"
	done
	echo "$row" >>"$work/results"
}

devices_write a1EmuBench1 500 bench-%04d >"$work/devices.a1EmuBench1"
devices_write a1EmuBench2 500 bench-%04d >"$work/devices.a1EmuBench2"
devices_write a1EmuBench3 50 gw-%04d >"$work/devices.a1EmuBench3"
cloud_with_gateways 50 200 >"$work/gateways.json"
for kind in topics devices match; do
	scenario $kind 1000 >"$work/rules-$kind.json"
done
case " $rows " in *' tls '* | *' echo-tls '*) certificate ;; esac

rep=1
while [ "$rep" -le "$reps" ]; do
	for count in $connections; do
		for row in $rows; do
			[ "$row" = gateway ] && [ "$count" -gt 50 ] && continue     # 10 000 sub-devices are enough
			[ -t 2 ] && printf '\rrepetition %s of %s, %s connections, %s        ' \
				"$rep" "$reps" "$count" "$row" >&2
			measure "$rep" "$row" "$count"
		done
	done
	rep=$((rep + 1))
done
[ -t 2 ] && printf '\r%70s\r' '' >&2

# table FORMAT-FOR-WORDS FORMAT-FOR-NUMBERS
table() {
	awk -v words="$1" -v numbers="$2" -f "$here/table.awk" "$work/results"
}

table '%-28s %6s %8s %8s %7s %7s %7s %8s\n' '%-28s %6d %8.0f %8.2f %7.0f %7.0f %7.2f %8.2f\n'
echo "medians of $reps runs of $seconds s, QoS $qos; CPU us: the broker's main thread, per message;"
echo 'of echo: the share of the floor that is reached, by rate and by CPU time'
awk -f "$here/against.awk" "$work/results"

if [ -n "$markdown" ]; then
	table '| %s | %s | %s | %s | %s | %s | %s | %s |\n|---|--:|--:|--:|--:|--:|--:|--:|\n' \
		'| %s | %d | %.0f | %.2f | %.0f | %.0f | %.2f | %.2f |\n' >"$markdown" || die "$markdown was not written"
	awk -v bullet='- ' -f "$here/against.awk" "$work/results" >>"$markdown"
fi
