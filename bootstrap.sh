#!/bin/sh
# From a fresh Debian to a running, or a tested, emulator. Every step does only what is still missing.
set -eu
cd "$(dirname "$0")"

# What the build needs, and what the tests need on top of it.
build_packages='build-essential autoconf automake libtool pkg-config
	mosquitto mosquitto-dev libmosquitto-dev mosquitto-clients
	libcjson-dev libsqlite3-dev libssl-dev libevent-dev libmxml-dev duktape-dev uthash-dev check xz-utils'
test_packages='groff-base libxml2-utils python3-pytest'
node_at_least=18

usage() {
	cat <<-TEXT
	usage: ./bootstrap.sh COMMAND
	  deps         install what Debian lacks to build and test
	  packages     print the Debian packages that the build needs
	  build        build in build/
	  run [ARGS]   install what the build lacks, build, and start: alink-emulator run ARGS
	  check        install what is lacking, build, and run every test
	TEXT
}

say() { printf '==> %s\n' "$*"; }
die() { printf 'bootstrap.sh: %s\n' "$*" >&2; exit 1; }

# --- deps ---

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

is_installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

has_node() {
	command -v npm >/dev/null && command -v node >/dev/null &&
		node -e "process.exit(parseInt(process.versions.node) >= $node_at_least ? 0 : 1)"
}

apt_install() { as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; }

# Debian's mosquitto package starts a broker on port 1883, where the emulator wants to listen. Debian's
# own switch against that is a policy-rc.d that says no; one that is already there is left alone.
policy=/usr/sbin/policy-rc.d
policy_is_ours=
forbid_services() {
	[ -e $policy ] && return
	policy_is_ours=yes
	trap allow_services EXIT
	trap 'exit 1' HUP INT TERM
	printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
	as_root chmod 755 $policy
}
allow_services() {
	[ -z "$policy_is_ours" ] || as_root rm -f $policy
	policy_is_ours=
}

# deps [with-tests]
deps() {
	if ! command -v dpkg-query >/dev/null; then
		say "no Debian here: these packages' counterparts must be there:" $build_packages
		return
	fi
	missing=
	for package in $build_packages $([ "${1-}" != with-tests ] || echo $test_packages); do
		is_installed "$package" || missing="$missing $package"
	done
	# Node often comes from elsewhere than Debian: any that is new enough will do.
	if [ "${1-}" = with-tests ] && ! has_node; then
		missing="$missing nodejs npm"
	fi
	[ -n "$missing" ] || return 0

	say "installing:$missing"
	[ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
		die "that needs root, and there is no sudo. As root: apt-get install --no-install-recommends$missing"
	case "$missing " in
	*' mosquitto '*) forbid_services; service_is_new=yes ;;
	*) service_is_new= ;;
	esac
	# Package lists are fetched only when the ones at hand will not do.
	apt_install $missing || { as_root apt-get update && apt_install $missing; } ||
		die "could not install:$missing"
	allow_services
	[ -z "$service_is_new" ] ||
		say "mosquitto.service was not started; at the next boot it takes port 1883, unless: sudo systemctl disable mosquitto"
	case "$missing " in
	*' nodejs '*) has_node || die "the tests need Node.js $node_at_least or newer, Debian's is $(node --version)" ;;
	esac
}

# --- build ---

jobs=$(nproc 2>/dev/null || echo 1)

# build DIR [CONFIGURE ARGS]
build() {
	dir=$1
	shift
	if [ ! -x configure ] || [ ! -f Makefile.in ]; then
		say 'autoreconf'
		autoreconf -fi || return
	fi
	if [ ! -f "$dir/config.status" ]; then
		say "configuring $dir" "$@"
		mkdir -p "$dir"
		(cd "$dir" && ../configure -q "$@") || return
	fi
	say "building $dir"
	make -C "$dir" -j"$jobs" --no-print-directory
}

# --- check ---

passed=0
failed=0
skipped=0
count() {
	passed=$((passed + $1))
	failed=$((failed + $2))
	skipped=$((skipped + $3))
}

# step NAME COMMAND...: for what is no test suite, yet passes or fails.
step() {
	say "$1"
	shift
	if "$@"; then
		count 1 0 0
	else
		say "FAILED: $*"
		count 0 1 0
		return 1
	fi
}

# quietly LOG COMMAND...: thousands of lines that matter only when it fails, and then the last.
quietly() {
	log=$1
	shift
	"$@" >"$log" 2>&1 || { tail -n 100 "$log"; return 1; }
}

# suite STATUS PASSED FAILED SKIPPED: a run that failed without saying where, or ran nothing, is one failure.
suite() {
	if [ "$3" = 0 ] && { [ "$1" != 0 ] || [ "$2" = 0 ]; }; then
		count "$2" 1 "$4"
	else
		count "$2" "$3" "$4"
	fi
}

# Automake leaves one .trs file per test program.
make_check() {
	say "make check in $1"
	find "$1" -name '*.trs' -exec rm -f {} +
	status=0
	make -C "$1" -j"$jobs" --no-print-directory check VERBOSE=1 || status=1
	suite $status $(find "$1" -name '*.trs' -exec cat {} + | awk '
		/^:test-result: *(PASS|XFAIL)/       { pass++ }
		/^:test-result: *(FAIL|XPASS|ERROR)/ { fail++ }
		/^:test-result: *SKIP/               { skip++ }
		END { print pass+0, fail+0, skip+0 }')
}

node_modules() {
	[ tests/interop/node_modules/.package-lock.json -nt tests/interop/package-lock.json ] ||
		(cd tests/interop && npm ci --ignore-scripts --no-audit --no-fund)
}

# node_check DIR [PRELOAD]: what a plugin built with sanitizers needs loaded before the broker.
# The last line of each kind in Node's TAP report is the total.
node_check() {
	say "node tests in $1"
	report=$(pwd)/$1/node-tests.tap
	rm -f "$report"
	status=0
	ALINK_EMULATOR=$(pwd)/$1/alink-emulator EMULATOR_PRELOAD=${2-} node --test \
		--test-reporter=spec --test-reporter-destination=stdout \
		--test-reporter=tap --test-reporter-destination="$report" \
		tests/*/*.test.js || status=1
	touch "$report"
	suite $status $(awk '
		/^# pass /              { pass = $3 }
		/^# (fail|cancelled) /  { fail += $3 }
		/^# skipped /           { skip = $3 }
		END { print pass+0, fail+0, skip+0 }' "$report")
}

# An image takes an engine, which few machines have: without one that is a skip, and the script says so.
docker_image() {
	say 'docker image'
	timeout 600 tests/docker/image.sh ${ALINK_DOCKER_INSTALL:+--install}
	case $? in
	0)  count 1 0 0 ;;
	77) count 0 0 1 ;;
	*)  count 0 1 0; say 'FAILED: tests/docker/image.sh' ;;
	esac
}

# Everything under version control but its own housekeeping belongs in the release.
release_is_complete() {
	git rev-parse --is-inside-work-tree >/dev/null 2>&1 || return 0
	git ls-files | grep -v '^\.' | sort >"$1/tracked.txt"
	tar -tf "$1"/alink-emulator-*.tar.xz | sed 's,^[^/]*/,,' | sort >"$1/released.txt"
	missing=$(comm -23 "$1/tracked.txt" "$1/released.txt")
	[ -z "$missing" ] || { printf 'not in the release, see EXTRA_DIST:\n%s\n' "$missing"; return 1; }
}

check() {
	set +e # failures are counted, and the next suite runs all the same
	step 'build' build build-check --enable-werror &&
		make_check build-check
	step 'build with sanitizers' build build-asan --enable-werror --enable-sanitizers &&
		make_check build-asan
	if step 'npm packages of the tests' node_modules; then
		node_check build-check
		node_check build-asan "$(${CC:-gcc} -print-file-name=libasan.so)"
	fi
	rm -f build-check/alink-emulator-*.tar.xz
	step 'make distcheck' quietly build-check/distcheck.log make -C build-check -j"$jobs" distcheck \
		AM_DISTCHECK_CONFIGURE_FLAGS=--enable-werror
	step 'the release is complete' release_is_complete build-check
	docker_image

	total="$passed passed, $failed failed"
	[ "$skipped" = 0 ] || total="$total, $skipped skipped"
	printf '%s\n' "$total"
	[ "$failed" = 0 ]
}

command=${1-}
[ $# = 0 ] || shift
case $command in
deps)  deps with-tests ;;
packages) echo $build_packages ;;
build) build build ;;
run)   deps && build build && exec build/alink-emulator run "$@" ;;
check) deps with-tests && check ;;
-h | --help | help) usage ;;
*) usage >&2; exit 2 ;;
esac
