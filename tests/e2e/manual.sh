#!/bin/sh
# The manual page and bash's completion say what the program says of itself.
#
# By hand, after ./bootstrap.sh build: tests/e2e/manual.sh
set -u
here=$(cd "$(dirname "$0")" && pwd)
EMULATOR=${EMULATOR:-$here/../../build/alink-emulator}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM

. "$here/../expect.sh"

"$EMULATOR" manual >"$folder/page" || exit 1
sed 's/\\f.//g; s/\\-/-/g; s/\\&//g' "$folder/page" >"$folder/text"

# --- the page ---

commands=$("$EMULATOR" --help | sed -n 's/^  \([a-z]*\) .*/\1/p')
expect 'every command has its section' "$commands" "$(sed -n 's/^\.SS //p' "$folder/text")"
options() { grep -o -e '--[a-z][a-z0-9-]*' | sort -u; }
missing=
for command in $commands; do
	for option in $("$EMULATOR" "$command" --help | options); do
		grep -q -e "^\(-., \|$command \)\{0,1\}$option\( .*\)\{0,1\}$" "$folder/text" || missing="$missing $command:$option"
	done
done
expect 'every option is explained' '' "$missing"
for variable in ALINK_RUN_CLOUD ALINK_RUN_MQTT_PORT ALINK_RUN_JSON ALINK_HTTP_URL ALINK_CA_FILE; do
	expect "$variable is named" yes "$(grep -q "$variable" "$folder/text" && echo yes)"
done
if command -v groff >/dev/null; then
	expect 'groff has nothing to say' '' "$(groff -man -ww -z "$folder/page" 2>&1)"
else
	echo 'skipped: no groff'
fi

# --- completion ---

if command -v bash >/dev/null; then
	# propose WORDS...: what bash is offered for the last of them
	propose() {
		bash -c 'shopt -u progcomp; source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _alink_emulator
			printf "%s " "${COMPREPLY[@]}"' bash "$here/../../emulator/alink-emulator.bash" "$EMULATOR" "$@"
	}
	expect 'a command' 'status ' "$(propose st)"
	expect 'a verb' 'delete disable ' "$(propose device d)"
	expect 'its options, and those of every command' '--secret ' "$(propose device create --s)"
	expect '... but not those of another verb' '' "$(propose device show --sec | tr -d ' ')"
	expect 'of a noun alone those of its list' '--status ' "$(propose device --st)"
	expect 'an option of run' '--mqtt-port --mqtts-port ' "$(propose run --mqtt)"
	expect 'where a value belongs, files are offered' '' "$(propose run --cloud '' | tr -d ' ')"
	expect 'so are they where a file belongs' '' "$(propose check cl | tr -d ' ')"
	expect 'hidden commands stay hidden' '' "$(propose man | tr -d ' ')"
else
	echo 'skipped: no bash'
fi

[ $failures = 0 ]
