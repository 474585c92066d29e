#!/bin/sh
# scenarios/FIRST.md does what it says, with a real broker and mosquitto_pub as the device.
#
# By hand, after ./bootstrap.sh build: tests/e2e/first_scenario.sh
set -u
here=$(cd "$(dirname "$0")" && pwd)
EMULATOR=${EMULATOR:-$here/../../build/alink-emulator}
MOSQUITTO=${MOSQUITTO:-$(command -v mosquitto || echo /usr/sbin/mosquitto)}

for needed in "$MOSQUITTO" mosquitto_pub; do
	command -v "$needed" >/dev/null || { echo "skipped: no $needed"; exit 77; }
done
# Below a sanitizer the broker needs more than these commands give it.
[ -z "${BROKER_PRELOAD-}" ] || { echo 'skipped: built with sanitizers'; exit 77; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
ln -s "$EMULATOR" "$folder/alink-emulator"
export PATH="$folder:$PATH" XDG_STATE_HOME="$folder/state"
cd "$here/../../scenarios" || exit 1

# The blocks of FIRST.md that a shell reads, each in a file of its own, and the one that it prints.
awk -v folder="$folder" '/^```sh/ { n++; on = 1; next } /^```/ { on = 0 } on { print >(folder "/" n) }' FIRST.md
awk '/^```text/ { on = 1; next } /^```/ { on = 0 } on' FIRST.md >"$folder/text"

. "$here/../expect.sh"
# Without what differs each time, and without the long command.
same() { sed 's/[0-9]*\.[0-9]\{3\} s/N s/; s/20[0-9-]*T[0-9:.]*Z/TIME/; s/ -- sh -c .*//; /^  \(post\|  mosquitto_pub\|    -\|}\)/d; /^'"'"'$/d' "$1"; }

expect 'the file is fine' '' "$(sh "$folder/1" 2>&1)"
sed 's/"nth"/"nht"/' first.json >"$folder/typo.json"
expect 'a mistake is shown where it is' "$folder/typo.json:11:14: unknown key" \
	"$(alink-emulator check "$folder/typo.json" 2>&1 | sed 's/ `.*//')"
sh "$folder/2" >"$folder/out" 2>&1
expect 'who posts again passes' 0 $?
expect 'and nothing is said' '' "$(cat "$folder/out")"
sed "s/^  post 2'\$/'/" "$folder/2" >"$folder/silent"
sh "$folder/silent" >"$folder/out" 2>&1
expect 'who does not fails' 1 $?
expect 'and is told why' "$(same "$folder/text")" "$(same "$folder/out")"

[ $failures = 0 ]
