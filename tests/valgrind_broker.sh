#!/bin/sh
# A broker under valgrind, with real clients: `make check-valgrind-broker`.
#
#     valgrind_broker.sh EMULATOR MOSQUITTO TEST.js…
#
# Passes when the tests do and valgrind counts no error and nothing definitely lost. What frames that are none of ours
# do is in valgrind.supp.
here=$(cd "$(dirname "$0")" && pwd)
emulator=$1 broker=$2
shift 2
for program in valgrind node "$broker"; do
	command -v "$program" >/dev/null || { echo "valgrind_broker.sh: there is no $program" >&2; exit 77; }
done
mkdir -p valgrind/broker
rm -f valgrind/broker/*
logs=$(pwd)/valgrind/broker
cat >"$logs/mosquitto" <<SCRIPT
#!/bin/sh
case \$1 in -h) exec $broker -h ;; esac
exec valgrind --quiet --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite --num-callers=30 \\
	--keep-debuginfo=yes --suppressions=$here/valgrind.supp --log-file=$logs/%p.log $broker "\$@"
SCRIPT
chmod +x "$logs/mosquitto"
status=0
ALINK_EMULATOR=$emulator EMULATOR_MOSQUITTO=$logs/mosquitto EMULATOR_PATIENCE=20 \
	node --test --test-concurrency=1 "$@" || status=1
runs=$(ls "$logs" | grep -c '\.log$')
wrong=$(find "$logs" -name '*.log' -size +0 | wc -l)
echo "$runs brokers ran under valgrind, $wrong with a report"
find "$logs" -name '*.log' -size +0 -exec head -n 60 '{}' +
[ "$status" = 0 ] && [ "$runs" -gt 0 ] && [ "$wrong" = 0 ]
