#!/bin/sh
# The examples are run as they are written: with alink-emulator and the device under test in PATH.
#
# By hand, after ./bootstrap.sh build: tests/examples/run.sh
set -u
here=$(cd "$(dirname "$0")" && pwd)
EMULATOR=${EMULATOR:-$here/../../build/alink-emulator}
BROKER=${MOSQUITTO:-$(PATH=$PATH:/usr/local/sbin:/usr/sbin command -v mosquitto)}
[ -n "$BROKER" ] || { echo 'skipped: no mosquitto'; exit 77; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
build=$(dirname "$EMULATOR")
PATH=$build:$build/tests/examples:$PATH
export PATH XDG_STATE_HOME="$folder/state" PYTHONDONTWRITEBYTECODE=1
unset ALINK_HTTP_URL ALINK_MQTT_HOST ALINK_MQTT_PORT

# A plugin built with sanitizers needs their library before the broker's own.
cat >"$folder/mosquitto" <<SCRIPT
#!/bin/sh
LD_PRELOAD=${BROKER_PRELOAD:-} exec $BROKER "\$@"
SCRIPT
chmod +x "$folder/mosquitto"
export ALINK_RUN_MOSQUITTO="$folder/mosquitto"

failures=0
# example NAME COMMAND...
example() {
	name=$1
	shift
	if timeout 120 "$@" >"$folder/said" 2>&1; then
		echo "ok: $name"
	else
		echo "FAILED: $name"
		cat "$folder/said"
		failures=$((failures + 1))
	fi
}

example 'a firmware test with exec' "$here/exec.sh"
example 'a scenario, and its report' "$here/scenario.sh" "$folder/junit.xml"
if ! grep -q '<testsuites name="alink-emulator" tests="3" failures="0"' "$folder/junit.xml"; then
	echo 'FAILED: the report'
	cat "$folder/junit.xml"
	failures=$((failures + 1))
fi
example 'four emulators at once' "$here/parallel.sh" 4
pytest=$(command -v pytest-3 || command -v pytest)
if [ -n "$pytest" ]; then
	example 'pytest' "$pytest" -q -p no:cacheprovider "$here"
else
	echo 'skipped: no pytest (Debian: python3-pytest)'
fi

[ $failures = 0 ]
