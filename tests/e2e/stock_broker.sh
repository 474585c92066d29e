#!/bin/sh
# The plugin in a stock Mosquitto, without the tool: it loads with three lines, clients log in, are
# answered and refused, and the broker ends cleanly.
#
# By hand, after ./bootstrap.sh build: tests/e2e/stock_broker.sh
set -u
here=$(cd "$(dirname "$0")" && pwd)
BROKER=${MOSQUITTO:-$(PATH=$PATH:/usr/local/sbin:/usr/sbin command -v mosquitto)}
PLUGIN=${PLUGIN:-$here/../../build/.libs/mosquitto_alink.so}

for program in "$BROKER" mosquitto_rr mosquitto_sub mosquitto_pub mkfifo timeout; do
	command -v "$program" >/dev/null || { echo "skipped: no $program"; exit 77; }
done

folder=$(mktemp -d)
broker=
finish() {
	[ -z "$broker" ] || kill -9 "$broker" 2>/dev/null
	rm -rf "$folder"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

. "$here/../expect.sh"

# A Unix socket instead of a port: nobody else can have it.
cat >"$folder/mosquitto.conf" <<CONF
listener 0 $folder/socket
plugin $PLUGIN
plugin_opt_cloud $here/stock_broker.json
max_qos 1
max_queued_messages 100000
log_dest stderr
CONF
[ "$(id -u)" != 0 ] || echo "user root" >>"$folder/mosquitto.conf"

mkfifo "$folder/log"
# A plugin built with sanitizers needs their library before the broker's own.
LD_PRELOAD=${BROKER_PRELOAD:-} "$BROKER" -c "$folder/mosquitto.conf" >"$folder/log" 2>&1 &
broker=$!
exec 3<"$folder/log"
running=
while [ -z "$running" ] && read -r line <&3; do
	echo "broker: $line"
	case $line in *' running') running=yes ;; esac
done
[ -n "$running" ] || { echo 'FAILED: the broker did not start'; exit 1; }
cat <&3 >"$folder/rest" & # the broker never waits for a reader

# client PROGRAM PASSWORD ARGS...: as the reference's example device, gw-0001
client() {
	program=$1
	password=$2
	shift 2
	timeout 20 "$program" --unix "$folder/socket" \
		-i 'gw-0001.fw|securemode=3,signmethod=hmacsha1,timestamp=1700000000000|' \
		-u 'gw-0001&a1EmuGate01' -P "$password" "$@" 2>&1
}
right=7fbc1a0f0239b77c2311cf373731cdd6e0615484
wrong=7fbc1a0f0239b77c2311cf373731cdd6e0615485
post=/sys/a1EmuGate01/gw-0001/thing/event/property/post

expect 'a post is answered' \
	'{"code":200,"data":{},"id":"7","message":"success","method":"thing.event.property.post","version":"1.0"}' \
	"$(client mosquitto_rr $right -t $post -e ${post}_reply -m '{"id":"7","params":{"temp":21}}')"

expect 'an unknown property is named' \
	'{"code":200,"data":{"ghost":"tsl parse: params not exist"},"id":"8","message":"success","method":"thing.event.property.post","version":"1.0"}' \
	"$(client mosquitto_rr $right -t $post -e ${post}_reply -m '{"id":"8","params":{"ghost":1}}')"

client mosquitto_pub $wrong -t $post -m '{}' >"$folder/refused"
expect 'a wrong signature is CONNACK 5' 5 $?

expect 'somebody else'"'"'s topics are refused' 'All subscription requests were denied.' \
	"$(client mosquitto_sub $right -V 5 -t '/sys/a1EmuGate01/gw-0002/thing/service/property/set')"

kill "$broker"
wait "$broker"
expect 'the broker ends cleanly' 0 $?
broker=

# What only the tool could do is refused, instead of never happening.
echo '{"scenario": 1, "report": {"junit": "x.xml"}, "expect": [{"id": "e", "that": "connect"}]}' >"$folder/report.json"
echo "plugin_opt_scenario $folder/report.json" >>"$folder/mosquitto.conf"
said=$(LD_PRELOAD=${BROKER_PRELOAD:-} timeout 20 "$BROKER" -c "$folder/mosquitto.conf" 2>&1)
expect_part 'a report that nobody would write' "report.json:1:27: reports are written by the tool, and this broker runs without it" "$said"

if [ $failures != 0 ]; then
	echo 'the broker said:'
	cat "$folder/rest"
	exit 1
fi
