#!/bin/sh
# What a post costs as the work grows: devices in the registry, sub-devices of a gateway, scenario rules, records in the
# log. README.md says how; growth.mjs draws the picture.
#
#   growth.sh RESULTS      lines of `repetition dimension size CPU-us`
#
# From the environment: REPS (3), RUN_SECONDS (2), DIMENSIONS (all of them), and what run.sh takes.

. "$(dirname "$0")/broker.sh"

reps=${REPS:-3} seconds=${RUN_SECONDS:-2} dimensions=${DIMENSIONS:-registry gateway rules log}
plugin=${BENCH_PLUGIN:-$here/../../build/.libs/mosquitto_alink.so}
results=$1
[ -n "$results" ] || die 'usage: growth.sh RESULTS'
: >"$results" || exit 1

# The sizes of each dimension.
sizes() {
	case $1 in
	registry) echo 100 1000 10000 100000 1000000 ;;
	gateway) echo 10 50 200 1000 2000 ;;
	rules) echo 0 10 100 1000 ;;
	log) echo 1000 10000 100000 ;;
	*) die "no such dimension: $1" ;;
	esac
}

# start DIMENSION SIZE: the broker, and $how the generator loads it.
start() {
	set -- "$1" "$2" "plugin $plugin" "plugin_opt_cloud $here/cloud.json"
	how="post --devices $work/devices --connections 50"
	devices_write a1EmuBench1 50 bench-%04d >"$work/devices"
	case $1 in
	registry)      # fifty of them, evenly spread; a cloud has room for a million, so these alone
		cloud_with_devices "$2" >"$work/grown.json"
		devices_write a1EmuBench5 50 registry-%07d $(($2 / 50)) >"$work/devices"
		broker_start "$on_broker_core" "$3" "plugin_opt_cloud $work/grown.json"
		return ;;
	gateway)
		cloud_with_gateways 5 "$2" >"$work/grown.json"
		devices_write a1EmuBench3 5 gw-%04d >"$work/devices"
		how="sub --devices $work/devices --connections 5 --subs $2"
		set -- "$@" "plugin_opt_cloud $work/grown.json" ;;
	rules)
		[ "$2" = 0 ] && { broker_start "$on_broker_core" "$3" "$4"; return; }
		scenario mixed "$2" >"$work/grown.json"
		set -- "$@" "plugin_opt_scenario $work/grown.json" ;;
	log)           # full before the measuring begins
		echo "{ \"cloud\": 1, \"limits\": { \"logRecords\": $2 } }" >"$work/grown.json"
		how="$how --warm-up-count $(($2 / 2 + 1000))"
		set -- "$@" "plugin_opt_cloud $work/grown.json" ;;
	esac
	shift 2
	broker_start "$on_broker_core" "$@"
}

# measure REPETITION DIMENSION SIZE: a message's cost in CPU microseconds of the broker's main thread.
measure() {
	start "$2" "$3"
	# shellcheck disable=SC2086 # $how is a list
	line=$($on_generator_core "$generator" $how --port "$port" --seconds "$seconds" --broker "$broker_pid") || {
		cat "$work/broker.log" >&2
		die "FAILED: $2 $3: $line"
	}
	broker_stop
	echo "$1 $2 $3 $(number broker_cpu_us "$line")" >>"$results"
}

rep=1
while [ "$rep" -le "$reps" ]; do
	for dimension in $dimensions; do
		for size in $(sizes "$dimension"); do
			[ -t 2 ] && printf '\rrepetition %s of %s, %s %s        ' "$rep" "$reps" "$dimension" "$size" >&2
			measure "$rep" "$dimension" "$size"
		done
	done
	rep=$((rep + 1))
done
if [ -t 2 ]; then
	printf '\r%70s\r' '' >&2
fi
