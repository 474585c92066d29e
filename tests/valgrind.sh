#!/bin/sh
# Runs test programs under valgrind, each in one process: `make check-valgrind`.
#
#     valgrind.sh PROGRAM…
#
# Fuzz targets replay their corpus alone. A leak is what nothing points to any more; an error is any that valgrind
# counts. What frames that are none of ours do is in valgrind.supp.
here=$(dirname "$0")
command -v valgrind >/dev/null || { echo 'valgrind.sh: valgrind is not installed' >&2; exit 77; }
mkdir -p valgrind
passed=0
failed=0
for program in "$@"; do
	name=$(basename "$program")
	# libtool's wrapper is a script: what it starts is the program.
	real=$(dirname "$program")/.libs/$name
	[ -x "$real" ] || real=$program
	arguments=
	case $name in fuzz_*) arguments="--random 0 1" ;; esac
	CK_FORK=no CK_DEFAULT_TIMEOUT=0 CK_TIMEOUT_MULTIPLIER=50 timeout 900 valgrind --quiet --error-exitcode=99 \
		--leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite --num-callers=30 \
		--suppressions="$here/valgrind.supp" --log-file="valgrind/$name.log" "$real" $arguments >"valgrind/$name.out" 2>&1
	status=$?
	# Without forks a test that skips or expects to be killed says so by itself.
	if [ $status = 0 ] || [ $status = 77 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $name (exit $status)"
		tail -n 5 "valgrind/$name.out"
		head -n 30 "valgrind/$name.log"
	fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
