#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# include/netlink/naru.yaml and the module agree: commands, groups, and what is checked of each attribute.
. "$(dirname "$0")/lib.sh"

policy=$net_tree/selftests/netlink/policy
spec=$net_tree/include/netlink/naru.yaml

agrees() {
	"$policy" "$spec"
}

# tells NAME WORDS SED-SCRIPT: a spec that says another thing is told of
tells() {
	sed "$3" "$spec" >"$work/spec.yaml"
	! cmp -s "$spec" "$work/spec.yaml" || { echo "nothing was changed"; return 1; }
	! "$policy" "$work/spec.yaml" >"$work/told" || { echo "it agrees"; return 1; }
	grep -F "$2" "$work/told" || { cat "$work/told"; return 1; }
}

result "the spec and the kernel's policy agree" agrees
result "of a type" tells type "NARU_CMD_SOCK_GET, NARU_QUERY_NETNS: type is u64 in the spec, u32 in the kernel" \
	'/name-prefix: naru-query-/,/name-prefix: naru-filter-/{/name: netns/,/type/s/u32/u64/}'
result "of a range" tells range "NARU_FILTER_LPREFIX: max is 64 in the spec, 128 in the kernel" \
	'/name: lprefix/,/max/s/max: 128/max: 64/'
result "of a length" tells length "NARU_SETTING_TEXT: most length is 16 in the spec, 15 in the kernel" \
	'/name: setting-text-max/,/value/s/15/16/'
result "of a mask" tells mask "NARU_QUERY_SHOW: mask is" \
	'/name: show$/,/doc: memory/s/doc: memory/&\n      -\n        name: more/'
result "of an attribute that is not taken" tells attribute "the kernel takes no NARU_QUERY_ALL" \
	's/attributes: \[ show, filter, netns/attributes: [ show, filter, all, netns/'
result "of one that the spec has not" tells attribute "NARU_CMD_SOCK_KILL: the kernel takes attribute 4, the spec has none" \
	's/attributes: \[ filter, all, netns/attributes: [ filter, all/'
result "of one deeper down" tells attribute "NARU_NAPT_REQ_RULE, NARU_RULE_TIMEOUTS, NARU_TIMEOUT_UDP: min is 60" \
	'/name: udp/,/min/s/120/60/'
result "of a kind of request" tells kind "NARU_CMD_SETTING_GET: dump is False in the spec, True in the kernel" \
	'/^      name: setting-get/,/^    -/s/^      dump:/      do:/'
result "of a command" tells command "the kernel has command 24, the spec has none" \
	'/^      name: compat-get/,/^    -/{s/compat-get/&\n      value: 99/}'
result "of a group" tells group "family: groups is ['napt'] in the spec, ['napt', 'sock'] in the kernel" \
	'/^mcast-groups/,/name: sock/{/^    -/d; /name: sock/d}'
finish
