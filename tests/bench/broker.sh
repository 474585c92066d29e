# Sourced by the scripts here: a broker on a free loopback port in a private folder.
#
# Set on return: $here (this folder), $work (removed at exit), $generator.
# broker_start sets $broker_pid and $port, broker_stop ends it and its responder.

here=$(cd "$(dirname "$0")" && pwd)
generator=${BENCH_GENERATOR:-$here/../../build/tests/bench/generator}
mosquitto=${MOSQUITTO:-$(PATH=$PATH:/usr/local/sbin:/usr/sbin command -v mosquitto)}
work=$(mktemp -d "${TMPDIR:-/var/tmp}/alink-bench.XXXXXX") || exit 1
started_pid= responder_pid=

die() {
	echo "$*" >&2
	exit 1
}

# Broker and generator keep to a core each where there are two.
on_broker_core= on_generator_core=
if taskset -c 0,1 true 2>/dev/null; then
	on_broker_core='taskset -c 0' on_generator_core='taskset -c 1'
fi

# Waits for it, so that the next broker has the machine to itself.
broker_stop() {
	for pid in $responder_pid $started_pid; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	started_pid= responder_pid=
}
trap 'broker_stop; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# broker_start COMMAND-PREFIX [CONFIG-LINE...]: the options are the same whatever else is configured.
broker_start() {
	prefix=$1
	shift
	port=$("$generator" free-port) || exit 1
	{
		echo "listener $port 127.0.0.1"
		echo "user $(id -un)"            # root would become another user, who may not read the state file
		echo 'allow_anonymous true'
		echo 'set_tcp_nodelay true'
		echo 'max_qos 1'
		echo 'max_queued_messages 100000'
		echo 'log_type error'
		[ $# -eq 0 ] || printf "%s\n" "$@" | sed "s/@PORT@/$port/"
	} >"$work/mosquitto.conf"
	# A plugin built with --enable-sanitizers loads only into a broker that has their runtime first.
	LD_PRELOAD=$(ldd "$BENCH_PLUGIN" 2>/dev/null | awk '/libasan/ { print $3 }') \
		$prefix "$mosquitto" -c "$work/mosquitto.conf" >"$work/broker.log" 2>&1 &
	started_pid=$!
	broker_pid=$started_pid
}

# responder_start COMMAND...: a mock cloud beside the broker, ready on return.
responder_start() {
	# A broker that does not listen yet would be given up on.
	"$generator" echo --port "$port" --warm-up 0 --count 1 >/dev/null || die 'the broker did not start'
	: >"$work/responder"
	"$@" "$port" >"$work/responder" 2>&1 &
	responder_pid=$!
	tries=0
	until grep -q ready "$work/responder"; do
		tries=$((tries + 1))
		if [ $tries -gt 200 ] || ! kill -0 $responder_pid 2>/dev/null; then
			cat "$work/responder" >&2
			die "the responder did not start: $*"
		fi
		sleep 0.05
	done
}

# tool_start [OPTION...]: the tool, which starts its own broker, with whatever is on but MQTT switched off. Sets $port,
# $http and $broker_pid. The tool keeps its certificates under XDG_STATE_HOME.
tool_start() {
	: >"$work/ready"
	XDG_STATE_HOME=$work $on_broker_core "$emulator" run --json --mqtt-port 0 --http-port 0 \
		--ws-port off --https-port off "$@" >"$work/ready" 2>"$work/broker.log" &
	started_pid=$!
	tries=0
	until grep -q '"mqtt' "$work/ready"; do
		tries=$((tries + 1))
		if [ $tries -gt 24000 ] || ! kill -0 $started_pid 2>/dev/null; then
			cat "$work/broker.log" >&2
			die 'the emulator did not start'
		fi
		sleep 0.005
	done
	port=$(sed -n 's|.*"mqtt":"tcp://127\.0\.0\.1:\([0-9]*\)".*|\1|p' "$work/ready")
	mqtts_port=$(sed -n 's|.*"mqtts":"[a-z]*://127\.0\.0\.1:\([0-9]*\)".*|\1|p' "$work/ready")
	http=$(sed -n 's|.*"\(http://127\.0\.0\.1:[0-9]*\)".*|\1|p' "$work/ready")
	broker_pid=$started_pid          # unless the kernel tells which of its children is the broker
	for child in $(cat "/proc/$started_pid/task/$started_pid/children" 2>/dev/null); do
		[ "$(cat "/proc/$child/comm")" = mosquitto ] && broker_pid=$child
	done
}

# number NAME JSON: a member's value.
number() {
	printf '%s\n' "$2" | sed -n "s/.*\"$1\":\([0-9.]*\).*/\1/p"
}

. "$here/fixtures.sh"
