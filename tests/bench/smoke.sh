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

# expect WORDS... -- COMMAND...: the command's output holds each of the words.
expect() {
	words=
	while [ "$1" != -- ]; do
		words="$words $1"
		shift
	done
	shift
	line=$("$@") || fail "exit code $? of: $* $line"
	for word in $words; do
		case $line in
		*"$word"*) ;;
		*) fail "no $word in: $line" ;;
		esac
	done
}

devices_write
for qos in 0 1; do
	broker_start ''
	expect '"mode":"echo"' '"payload_bytes":300' '"messages":200,' '"errors":0}' -- \
		"$generator" echo --port "$port" --qos $qos --connections 1 --warm-up 0 --count 200
	broker_stop
done
