# Completion of alink-emulator in bash. The program knows its own words; where it proposes none, files are.
_alink_emulator() {
	mapfile -t COMPREPLY < <("${COMP_WORDS[0]}" complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o bashdefault -o default -F _alink_emulator alink-emulator
