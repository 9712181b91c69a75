# SPDX-License-Identifier: GPL-2.0
# fish completion for naru(8): the words come from the program itself. Options are offered once a - is typed.

# Place of the first word from place $argv[1] on that is no option, nor the value of one of the options that follow; the
# place behind all where there is none
function __naru_skip
    set -l words (commandline -opc)
    set -l i $argv[1]
    while test $i -le (count $words); and string match -q -- '-*' $words[$i]
        contains -- $words[$i] $argv[2..-1]; and set i (math $i + 1)
        set i (math $i + 1)
    end
    echo $i
end

# Place of the command, where there is one
function __naru_command
    set -l words (commandline -opc)
    set -l i (__naru_skip 2 -N --netns)
    test $i -le (count $words); and echo $i
end

# Place of the program that naru run is to run, typed or not; nothing where the word that is typed cannot be one
function __naru_program
    set -l words (commandline -opc)
    set -l cmd (__naru_command)
    or return
    test $words[$cmd] = run; or return
    set -l i (__naru_skip (math $cmd + 1) -m --mode -o --only)
    test $i -le (math (count $words) + 1); and echo $i
end

function __naru_wants_program
    set -l i (__naru_program)
    or return
    test $i -le (count (commandline -opc)); and return
    not string match -q -- '-*' (commandline -ct)
end

# Is the word that is typed a file's name?
function __naru_wants_file
    set -l words (commandline -opc)
    set -l cmd (__naru_command)
    or return
    switch $words[$cmd]
        case napt
            contains -- $words[-1] save restore
        case history
            contains -- $words[-1] --svg --pcapng --save --replay
        case set
            contains -- $words[-1] -f --file
        case '*'
            return 1
    end
end

function __naru_words
    set -l typed (commandline -ct)
    for word in (naru complete (commandline -opc)[2..-1] 2>/dev/null)
        string match -q -- '-*' $word; and not string match -q -- '-*' $typed; and continue
        echo $word
    end
end

# As behind the program alone
function __naru_program_words
    set -l words (commandline -opc) (commandline -ct)
    complete -C "$words[$(__naru_program)..-1]"
end

complete -c naru -f
complete -c naru -n 'not __naru_wants_file; and not __naru_wants_program' -a '(__naru_words)'
complete -c naru -n __naru_wants_file -F
complete -c naru -n __naru_wants_program -a '(__naru_program_words)'
