# Sourced by run.sh and smoke.sh: a broker on a free loopback port in a private folder.
#
# Set on return: $here (this folder), $work (removed at exit), $generator.
# broker_start sets $broker_pid and $port, broker_stop ends it.

here=$(cd "$(dirname "$0")" && pwd)
generator=${BENCH_GENERATOR:-$here/generator}
mosquitto=${MOSQUITTO:-$(PATH=$PATH:/usr/local/sbin:/usr/sbin command -v mosquitto)}
work=$(mktemp -d "${TMPDIR:-/var/tmp}/alink-bench.XXXXXX") || exit 1
started_pid=

# Waits for it, so that the next broker has the machine to itself.
broker_stop() {
	[ -z "$started_pid" ] && return
	kill "$started_pid" 2>/dev/null
	wait "$started_pid" 2>/dev/null
	started_pid=
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
		[ $# -eq 0 ] || printf '%s\n' "$@"
	} >"$work/mosquitto.conf"
	# A plugin built with --enable-sanitizers loads only into a broker that has their runtime first.
	LD_PRELOAD=$(ldd "$BENCH_PLUGIN" 2>/dev/null | awk '/libasan/ { print $3 }') \
		$prefix "$mosquitto" -c "$work/mosquitto.conf" >"$work/broker.log" 2>&1 &
	started_pid=$!
	broker_pid=$started_pid
}

# The devices of cloud.json, as the generator wants them: those that send JSON, and those that send bytes.
devices_write() {
	for product in a1EmuBench1 a1EmuBench2; do
		awk -v product=$product 'BEGIN { for (i = 1; i <= 500; i++)
			printf "%s bench-%04d 0123456789abcdef0123456789abcdef\n", product, i }' >"$work/devices.$product"
	done
}
