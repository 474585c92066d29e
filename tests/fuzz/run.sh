#!/bin/sh
# Builds the fuzz targets with libFuzzer below the current folder and lets each run for a while: `make fuzz`.
#
#     run.sh SOURCE tests/fuzz/fuzz_TARGET…
#
# FUZZ_SECONDS  for each target (60)
# FUZZ_RUNS     executions of each that are enough (10000000)
# FUZZ_TARGETS  only these, "json topic" (all)
# FUZZ_FLAGS    more for libFuzzer
#
# What they find on their way is kept in fuzz/corpus, so that the next run goes on from there; what they find wrong
# is in fuzz/found.
set -eu

source=$1
shift
seconds=${FUZZ_SECONDS:-60}
runs=${FUZZ_RUNS:-10000000}
targets=
for target in "$@"; do
	name=${target##*/fuzz_}
	case " ${FUZZ_TARGETS:-$name} " in
	*" $name "*) targets="$targets $name" ;;
	esac
done
[ -n "$targets" ] || { echo "run.sh: there is no target '${FUZZ_TARGETS-}'" >&2; exit 2; }
command -v clang >/dev/null || { echo 'run.sh: clang is not installed' >&2; exit 77; }

mkdir -p fuzz/corpus fuzz/found fuzz/build
root=$(pwd)/fuzz
cd fuzz/build
[ -f config.status ] || "$source/configure" -q CC=clang --enable-fuzzers
make -j2 --no-print-directory $(for name in $targets; do echo "tests/fuzz/fuzz_$name"; done)

# Where the cloud lives on from input to input, memory is no leak only because it is still in use: LeakSanitizer looks
# at the end, not after each.
lives_on() {
	grep -q 'live\.h' "$source/tests/fuzz/fuzz_$1.c" || grep -q 'static struct cloud \*cloud' "$source/tests/fuzz/fuzz_$1.c"
}

failed=
printf '%-14s %12s %8s %10s %s\n' target executions seconds edges result
for name in $targets; do
	leaks=1
	! lives_on "$name" || leaks=0
	mkdir -p "$root/corpus/$name" "$root/found/$name"
	result=fine
	"tests/fuzz/fuzz_$name" -max_total_time="$seconds" -runs="$runs" -max_len=4096 -timeout=20 -rss_limit_mb=2048 \
		-detect_leaks=$leaks -entropic=0 -reduce_inputs=0 -print_final_stats=1 -close_fd_mask=1 \
		-artifact_prefix="$root/found/$name/" ${FUZZ_FLAGS-} \
		"$root/corpus/$name" "$source/tests/fuzz/corpus/$name" 2>"$root/found/$name.log" || result="FOUND: $root/found/$name.log"
	awk -v name="$name" -v result="$result" '
		/^stat::number_of_executed_units/ { runs = $2 }
		/^Done .* second/                 { seconds = $5 }
		/ cov: /                          { for (i = 1; i < NF; i++) if ($i == "cov:") edges = $(i + 1) }
		END { printf "%-14s %12d %8d %10d %s\n", name, runs, seconds, edges, result }' "$root/found/$name.log"
	[ "$result" = fine ] || failed=yes
done
[ -z "$failed" ]
