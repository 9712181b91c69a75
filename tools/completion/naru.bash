# SPDX-License-Identifier: GPL-2.0
# bash completion for naru(8): the words come from the program itself.

_naru()
{
	local IFS=$'\n'
	local word=${COMP_WORDS[COMP_CWORD]}

	if [[ ${COMP_WORDS[1]} == run ]] && ((COMP_CWORD > 1)); then
		mapfile -t COMPREPLY < <(compgen -c -- "$word")
		return
	fi
	mapfile -t COMPREPLY < <(compgen -W "$(naru complete "${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)" \
		-- "$word")
	[[ ${COMPREPLY[0]} != *= ]] || compopt -o nospace
}

complete -F _naru naru
