#!/bin/sh
# How long the emulator takes to start and to reset, and how much memory it holds. README.md says how.
#
#   size.sh        prints Markdown
#
# From the environment: REPS (5), BENCH_EMULATOR the tool, and what broker.sh takes.

. "$(dirname "$0")/broker.sh"

reps=${REPS:-5}
emulator=${BENCH_EMULATOR:-$here/../../build/alink-emulator}
[ -x "$emulator" ] || die "$emulator is not built"
command -v curl >/dev/null || die 'curl is not installed'
ulimit -n "$(ulimit -Hn)"          # ten thousand connections, at both ends

# rss PID: kB
rss() {
	awk '$1 == "VmRSS:" { print $2 }' "/proc/$1/status"
}

now_us() {
	echo $(($(date +%s%N) / 1000))
}

# median: of the numbers on standard input.
median() {
	sort -n | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

# started DEVICES [OPTION...]: prints `start-us broker-kB tool-kB`, and leaves it running.
started() {
	cloud_with_devices "$1" >"$work/registry.json"
	shift
	began_us=$(now_us)
	tool_start -c "$work/registry.json" --mqtts-port off "$@"
	ready_us=$(($(now_us) - began_us))
}

# One start makes the certificates, which later ones find.
started 100
broker_stop
for devices in 100 10000; do
	for rep in $(seq "$reps"); do
		started $devices
		sleep 0.5
		echo "$ready_us" >>"$work/start.$devices"
		rss "$broker_pid" >>"$work/broker.$devices"
		rss "$started_pid" >>"$work/tool.$devices"
		broker_stop
	done
done

# As many as a cloud may have, once.
started 1000000
ready_million_us=$ready_us
million=$(rss "$broker_pid")
broker_stop

# Ten thousand devices that log in and stay.
started 10000
devices_write a1EmuBench5 10000 registry-%07d >"$work/devices"
before=$(rss "$broker_pid")
mkfifo "$work/end"
"$generator" hold --port "$port" --devices "$work/devices" --connections 10000 <"$work/end" >"$work/held" &
holder=$!
exec 3>"$work/end"
tries=0
until grep -q held "$work/held"; do
	tries=$((tries + 1))
	[ $tries -le 1200 ] && kill -0 $holder 2>/dev/null || die 'the connections could not be made'
	sleep 0.1
done
sleep 1
after=$(rss "$broker_pid")
exec 3>&-
wait $holder
broker_stop

# Reset of a thousand devices, as an API call; every fifth has reported something before.
started 1000
devices_write a1EmuBench5 200 registry-%07d 5 >"$work/devices"
for rep in $(seq "$reps"); do
	"$generator" post --port "$port" --devices "$work/devices" --connections 200 --warm-up 0 --count 1000 >/dev/null ||
		die 'no posts before the reset'
	curl -s -o "$work/answer" -w '%{http_code} %{time_total}\n' -X POST -H 'Content-Type: application/json' -d '{}' \
		"$http/emulator/v1/reset" >"$work/timing"
	read -r status time <"$work/timing"
	[ "$status" = 200 ] || die "reset: HTTP $status: $(cat "$work/answer")"
	echo "$time" >>"$work/reset"
done
broker_stop

ms() {
	awk -v us="$(median <"$1")" 'BEGIN { printf "%.0f", us / 1000 }'
}
broker=$(median <"$work/broker.100")
broker_many=$(median <"$work/broker.10000")
tool=$(median <"$work/tool.100")
cat <<TABLE
| | |
|---|--:|
| start to ready, 100 devices | $(ms "$work/start.100") ms |
| start to ready, 10 000 devices | $(ms "$work/start.10000") ms |
| start to ready, 1 000 000 devices | $(awk -v us="$ready_million_us" 'BEGIN { printf "%.1f", us / 1e6 }') s |
| resident when idle, broker with plugin | $(awk -v kb="$broker" 'BEGIN { printf "%.1f", kb / 1024 }') MiB |
| resident when idle, the tool beside it | $(awk -v kb="$tool" 'BEGIN { printf "%.1f", kb / 1024 }') MiB |
| resident with 1 000 000 devices, broker | $(awk -v kb="$million" 'BEGIN { printf "%.0f", kb / 1024 }') MiB |
| per device in the registry | $(awk -v a="$broker" -v b="$broker_many" 'BEGIN { printf "%.2f", (b - a) / 9900 }') KiB |
| per connected device, 10 000 of them | $(awk -v a="$before" -v b="$after" 'BEGIN { printf "%.1f", (b - a) / 10000 }') KiB |
| reset of 1 000 devices | $(awk -v s="$(median <"$work/reset")" 'BEGIN { printf "%.0f", s * 1000 }') ms |
TABLE
