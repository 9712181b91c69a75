# SPDX-License-Identifier: GPL-2.0
# bash completion for naru(8): the words come from the program itself. Options are offered once a - is typed.

# Place of the first word from place $1 on that is no option, nor the value of one of the options that follow
_naru_skip()
{
	local i=$1

	shift
	while ((i < COMP_CWORD)) && [[ ${COMP_WORDS[i]} == -* ]]; do
		[[ " $* " == *" ${COMP_WORDS[i]} "* ]] && i=$((i + 1))
		i=$((i + 1))
	done
	echo "$i"
}

# Is the word that is typed a file's name?
_naru_wants_file()
{
	local cmd=$1

	case ${COMP_WORDS[cmd]} in
	run)
		(($(_naru_skip $((cmd + 1)) -m --mode -o --only) < COMP_CWORD))
		;;
	napt)
		[[ ${COMP_WORDS[COMP_CWORD - 1]} == save || ${COMP_WORDS[COMP_CWORD - 1]} == restore ]]
		;;
	history)
		[[ ${COMP_WORDS[COMP_CWORD - 1]} == --@(svg|pcapng|save|replay) ]]
		;;
	set)
		[[ ${COMP_WORDS[COMP_CWORD - 1]} == -f || ${COMP_WORDS[COMP_CWORD - 1]} == --file ]]
		;;
	*)
		false
		;;
	esac
}

_naru()
{
	local word=${COMP_WORDS[COMP_CWORD]} cmd candidate

	COMPREPLY=()
	cmd=$(_naru_skip 1 -N --netns)
	if ((cmd < COMP_CWORD)) && _naru_wants_file "$cmd"; then
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
	fi
	if ((cmd < COMP_CWORD)) && [[ ${COMP_WORDS[cmd]} == run && $word != -* ]] &&
		(($(_naru_skip $((cmd + 1)) -m --mode -o --only) == COMP_CWORD)); then
		mapfile -t COMPREPLY < <(compgen -c -- "$word")
		return
	fi
	while read -r candidate; do
		[[ $candidate == -* && $word != -* ]] && continue
		[[ $candidate == "$word"* ]] && COMPREPLY+=("$candidate")
	done < <(naru complete "${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)
	[[ ${COMPREPLY[0]} != *= ]] || compopt -o nospace
}

complete -F _naru naru
