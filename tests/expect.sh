# Sourced by the tests that are shell scripts: they fail when $failures is not 0 in the end.

failures=0
# expect WHAT EXPECTED SEEN
expect() {
	if [ "$2" = "$3" ]; then
		echo "ok: $1"
	else
		printf 'FAILED: %s\n  expected: %s\n  seen:     %s\n' "$1" "$2" "$3"
		failures=$((failures + 1))
	fi
}
# expect_part WHAT PART SEEN
expect_part() {
	case $3 in
	*"$2"*) echo "ok: $1" ;;
	*) expect "$1" "…$2…" "$3" ;;
	esac
}
