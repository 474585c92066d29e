#!/bin/sh
# scenarios/FIRST.md does what it says, with a real broker and mosquitto_pub as the device.
#
# By hand, after ./bootstrap.sh build: tests/e2e/first_scenario.sh
set -u
here=$(cd "$(dirname "$0")" && pwd)
EMULATOR=${EMULATOR:-$here/../../build/alink-emulator}
MOSQUITTO=${MOSQUITTO:-$(command -v mosquitto || echo /usr/sbin/mosquitto)}

for needed in "$MOSQUITTO" mosquitto_pub curl; do
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

# The blocks of FIRST.md that a shell reads, each in a file of its own.
awk -v folder="$folder" '/^```sh/ { n++; on = 1; next } /^```/ { on = 0 } on { print >(folder "/" n) }' FIRST.md

. "$here/../expect.sh"
verdict() { sed -n 's/.*"name":"first".*"seed":[0-9]*,"verdict":"\([a-z]*\)".*/\1/p'; }

expect 'the file is fine' '' "$(sh "$folder/1" 2>&1)"
sed 's/"nth"/"nht"/' first.json >"$folder/typo.json"
expect 'a mistake is shown where it is' "$folder/typo.json:11:14: unknown key" \
	"$(alink-emulator check "$folder/typo.json" 2>&1 | sed 's/ `.*//')"
expect 'who posts again passes' passed "$(sh "$folder/2" 2>"$folder/err" | verdict)"
expect 'nobody complains' '' "$(cat "$folder/err")"
grep -v '^  post 2$' "$folder/2" >"$folder/silent"
expect 'who does not fails' failed "$(sh "$folder/silent" | verdict)"
expect 'and is told why' yes "$(sh "$folder/silent" | grep -q '0 times publish.up' && echo yes)"

[ $failures = 0 ]
