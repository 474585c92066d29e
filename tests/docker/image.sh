#!/bin/sh
# The image, built and run for real: what the README says of Docker is what happens here.
#
# It starts an engine of its own (Debian's) in a network of its own, so that it needs no registry, no free
# port, and leaves the machine as it was. The base image is made from the Debian mirror of this machine.
#
# By hand, as root: tests/docker/image.sh [--install] [--arch arm64]; with --install it first installs what it needs.
# --arch is for another architecture than this machine's: qemu runs its programs, which takes up to an hour.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
needed='dockerd docker-compose mmdebstrap unshare nsenter ip iptables mosquitto_rr mkfifo timeout'
packages='docker.io docker-compose mmdebstrap iproute2 iptables mosquitto-clients'

usage() { echo 'usage: tests/docker/image.sh [--install] [--arch arm64]' >&2; exit 2; }
native=$(dpkg --print-architecture 2>/dev/null)
arch=$native
install=
while [ $# -gt 0 ]; do
	case $1 in
	--install) install=yes ;;
	--arch) [ $# -gt 1 ] || usage; arch=$2; shift ;;
	*) usage ;;
	esac
	shift
done
case $arch in
"$native") foreign= ;;
arm64) foreign=qemu-aarch64 ;;
*) usage ;;
esac
if [ -n "$foreign" ]; then
	needed="$needed $foreign-static arch-test"
	packages="$packages qemu-user-static arch-test"
fi

say() { printf '==> %s\n' "$*"; }
skip() { printf 'skipped: %s\n' "$*"; exit 77; }

# --- what it needs ---

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
[ "$(id -u)" = 0 ] || skip 'an engine of its own needs root'
missing() {
	for program in $needed; do command -v "$program" >/dev/null || printf ' %s' "$program"; done
}
if [ -n "$install" ] && [ -n "$(missing)" ]; then
	say "installing: $packages"
	{ apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $packages; } \
		>/dev/null || skip "could not install: $packages"
fi
[ -z "$(missing)" ] || skip "there is no$(missing) (Debian packages: $packages; or run it with --install)"
sources=/etc/apt/sources.list.d/debian.sources
[ -e $sources ] || sources=/etc/apt/sources.list
[ -e $sources ] || skip 'no list of Debian mirrors'

# --- the engine ---

# Unix sockets stand in it, whose names are short.
work=$(mktemp -d /tmp/dk.XXXX)
export DOCKER_HOST="unix://$work/s"

# The commands of the README meet Debian's client, because a newer one that comes first in the path cannot build
# without a plugin of its own; the builder, which has no network but the machine's; and the containers' network.
mkdir "$work/bin"
cat >"$work/bin/docker" <<'SCRIPT'
#!/bin/sh
[ "$1" != build ] || { shift; DOCKER_BUILDKIT=1 exec /usr/bin/docker build --progress plain --network host "$@"; }
exec /usr/bin/docker "$@"
SCRIPT
cat >"$work/bin/docker-compose" <<SCRIPT
#!/bin/sh
exec nsenter --net="/proc/\$(cat $work/pid)/ns/net" /usr/bin/docker-compose --project-name alink "\$@"
SCRIPT
chmod +x "$work/bin/docker" "$work/bin/docker-compose"
PATH=$work/bin:$PATH

engine=
engine_stop() {
	[ -n "$engine" ] || return 0
	kill "$engine" 2>/dev/null
	wait "$engine" 2>/dev/null
	engine=
}
row=$work/binfmt/alink-${work##*.}
finish() {
	engine_stop
	[ ! -e "$row" ] || echo -1 >"$row"
	# with the machine's own network a mount is left behind, which no rm may cross
	for left in $(awk -v at="$work/" 'index($2, at) == 1 { print $2 }' /proc/mounts | sort -r); do
		umount "$left" 2>/dev/null
	done
	rm -rf --one-file-system "$work"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

# Debian's row for the kernel's table of interpreters holds in containers too. It goes under a name of its own, to
# meet no other, and into a mount of our own, with which newer kernels forget it.
if [ -n "$foreign" ]; then
	mkdir "$work/binfmt" && mount -t binfmt_misc none "$work/binfmt" &&
		sed "s/^:$foreign:/:${row##*/}:/" "/usr/lib/binfmt.d/$foreign.conf" >"$work/binfmt/register" &&
		arch-test "$arch" >/dev/null || skip "the kernel runs no programs of $arch by $foreign (binfmt_misc)"
	export DOCKER_DEFAULT_PLATFORM="linux/$arch"
fi

# engine_start COMMAND...: a dockerd, ready when this returns
engine_start() {
	rm -f "$work/log" "$work/s"
	mkfifo "$work/log"
	"$@" --data-root "$work/d" --exec-root "$work/x" -p "$work/pid" -H "$DOCKER_HOST" >"$work/log" 2>&1 &
	engine=$!
	exec 3<"$work/log"
	while read -r line <&3; do
		printf '%s\n' "$line" >>"$work/engine.log"
		case $line in
		*'API listen on'*)
			cat <&3 >>"$work/engine.log" & # it never waits for a reader
			return
			;;
		esac
	done
	tail -n 5 "$work/engine.log"
	skip 'the engine does not start here'
}

# --- checks ---

. "$top/tests/expect.sh"
bytes() { docker image inspect -f '{{.Size}}' "$1"; }
mega() { printf '%d MB' $((($1 + 500000) / 1000000)); }
# inside COMMAND...: where the ports of the containers are
inside() { nsenter --net="/proc/$engine/ns/net" "$@"; }
# healthy CONTAINER: waits for the first verdict of its health check
healthy() {
	mkfifo "$work/verdict"
	timeout 60 /usr/bin/docker events --since 1 --filter "container=$1" --filter event=health_status \
		--format '{{.Status}}' >"$work/verdict" &
	events=$!
	read -r verdict <"$work/verdict" || verdict='no verdict'
	kill "$events" 2>/dev/null
	rm "$work/verdict"
	printf '%s\n' "$verdict"
}

# readme N: the Nth block of commands in the README's section
readme() {
	awk -v wanted="$1" '/^## /{ here = $0 == "## In Docker" } here && /^```/{ if ($0 == "```sh") n++; else n += 0; inside = !inside; next }
		here && inside && n == wanted' README.md
}

# --- the image ---

cd "$top" || exit 1

# The engine of the build uses the machine's network, but has none of its own.
engine_start dockerd --bridge=none --iptables=false --ip6tables=false --ip-forward=false
say 'a base image from the Debian mirror'
mkdir "$work/base" # not by docker import, which takes all for this machine's architecture
mmdebstrap --quiet --arch="$arch" --variant=minbase --mode=root --dpkgopt='path-exclude=/usr/share/man/*' \
	--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
	bookworm "$work/base/root.tar" $sources 2>"$work/base.log" ||
	{ tail -n 5 "$work/base.log"; skip 'the Debian mirror gives no base image'; }
printf 'FROM scratch\nADD root.tar /\n' | docker build -t debian:bookworm-slim -f - "$work/base" >"$work/base.log" 2>&1 ||
	{ tail -n 5 "$work/base.log"; echo 'FAILED: the base image'; exit 1; }
rm -r "$work/base"

say "$(readme 1)"
eval "$(readme 1)" >"$work/build.log" 2>&1 || { tail -n 60 "$work/build.log"; echo 'FAILED: the build'; exit 1; }
own=$(($(bytes alink-emulator) - $(bytes debian:bookworm-slim)))
say "image: $(mega "$(bytes alink-emulator)"), of which the base is $(mega "$(bytes debian:bookworm-slim)") and ours $(mega $own)"
expect 'our layers stay below 30 MB' yes "$([ $own -lt 30000000 ] && echo yes)"
expect 'the image is of that architecture' "$arch" "$(docker image inspect -f '{{.Architecture}}' alink-emulator)"
engine_stop

# --- the containers ---

# Everything from here on happens in a network of its own, so the README's ports are free.
engine_start unshare -n -m sh -c 'ip link set lo up && exec dockerd "$@"' dockerd

say "$(readme 2)"
eval "$(readme 2 | grep -v 'docker exec')" >/dev/null
expect 'the container becomes healthy' 'health_status: healthy' "$(healthy emu)"
expect 'its programs are of the architecture' "$arch" "$(docker exec emu dpkg --print-architecture)"
expect 'it is not root' 10001 "$(docker exec emu id -u)"
expect_part 'commands find the emulator beside them' 'a1EmuThermo1  thermo-1' "$(eval "$(readme 2 | grep 'docker exec')")"
answer='"id":"1","message":"success","method":"thing.event.property.post","version":"1.0"}'
line=$(docker logs emu | grep '^mosquitto_rr')
expect_part 'the line it prints works through the published port' "$answer" "$(eval "inside $line" 2>&1)"
expect_part '... and in the container' "$answer" "$(eval "docker exec emu $line" 2>&1)"
if [ -d tests/interop/node_modules ] && command -v node >/dev/null; then
	expect_part "the vendor's Node SDK is answered" '"code":200' \
		"$(inside timeout 30 node tests/docker/vendor.mjs http://127.0.0.1:8080 mqtt://127.0.0.1:1883 2>&1)"
else
	echo "skipped: the vendor's Node SDK, which ./bootstrap.sh check installs"
fi
authority=$(docker exec emu sha256sum /var/lib/alink-emulator/certs/ca.pem)
docker stop -t 20 emu >/dev/null
expect 'it stops in order' 0 "$(docker inspect -f '{{.State.ExitCode}}' emu)"
docker rm emu >/dev/null

# The volume keeps the CA, and the state when a file there is named; every option has its variable.
say "$(readme 3)"
eval "$(readme 3)" >/dev/null
expect 'so does one with a read-only root, no capabilities and another port' 'health_status: healthy' "$(healthy again)"
expect 'the CA is the same' "$authority" "$(docker exec again sha256sum /var/lib/alink-emulator/certs/ca.pem)"
seen=$(docker exec again alink-emulator status --json)
expect_part 'the state file is in the volume' '"state":"/var/lib/alink-emulator/state.db"' "$seen"
expect_part 'the cloud file came by mount' 'sensor-1' "$(docker exec again alink-emulator device)"
docker rm -f again >/dev/null
mkdir "$work/files"
printf '{\n"cloud": true}' >"$work/files/bad.json"
expect_part 'it judges files' 'bad.json:2:10: ' \
	"$(docker run --rm -v "$work/files:/files:ro" -w /files alink-emulator check bad.json 2>&1)"

# --- compose ---

docker-compose -f docker/compose.yml config -q
expect 'the compose file is valid' 0 $?
say "$(readme 4)"
eval "$(readme 4)" >"$work/compose.log" 2>&1
expect "the device's exit code" 0 $?
expect_part 'the device was answered' "$answer" "$(cat "$work/compose.log")"
docker-compose -f docker/compose.yml down -v >/dev/null 2>&1

[ $failures = 0 ] || { tail -n 40 "$work/compose.log"; exit 1; }
