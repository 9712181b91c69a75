// SPDX-License-Identifier: GPL-2.0
/*
 * naru napt: finds the subcommand.
 */
#include "check/check.h"
#include "napt_cmd.h"

#include <getopt.h>
#include <string.h>

/* Those of `rule` and so on are found by these themselves */
static const struct {
	const char *name;
	int (*run)(struct ctx *ctx, int argc, char **argv);
} subcommands[] = {
	{ "rule", napt_cmd_rule },
	{ "map", napt_cmd_map },
	{ "session", napt_cmd_session },
	{ "save", napt_cmd_save },
	{ "restore", napt_cmd_restore },
	{ "explain", napt_cmd_explain },
	{ "check", check_main },
};

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "numeric", no_argument, NULL, 'n' },
	{ "netns", required_argument, NULL, 'N' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

/* @flags: "+" where options end with the first word */
static bool take_options(struct ctx *ctx, int argc, char **argv, const char *flags, int *status)
{
	int c;

	*status = CMD_OK;
	optind = 0;
	while ((c = getopt_long(argc, argv, flags, options, NULL)) != -1) {
		if (c == 'j') {
			ctx->json = true;
		} else if (c == 'N') {
			*status = cmd_enter_netns(optarg);
		} else if (c != 'n') {
			*status = cmd_other_option(&cmd_napt, c, argv);
			return false;
		}
		if (*status)
			return false;
	}
	return true;
}

/**
 * napt_options() - the options of a subcommand, which may stand between its words
 * @ctx: context
 * @argc: how many words, the subcommand's name included; then how many are left
 * @argv: they; then the words that are no options
 * @status: exit status
 *
 * Return: false: the command is done, with *@status.
 */
bool napt_options(struct ctx *ctx, int *argc, char ***argv, int *status)
{
	if (!take_options(ctx, *argc, *argv, ":jnN:h", status))
		return false;
	*argc -= optind;
	*argv += optind;
	return true;
}

/**
 * napt_wrong() - words could not be read
 * @parsed: why, not NAPT_PARSED
 * @error: the same as text
 *
 * Return: exit status.
 */
int napt_wrong(enum napt_parsed parsed, const char *error)
{
	return parsed == NAPT_SENSELESS ? cmd_fail("%s", error) : cmd_usage(&cmd_napt, "%s", error);
}

/**
 * napt_no_more() - words that mean nothing here
 * @argc: how many words are left
 * @argv: they
 * @status: exit status
 *
 * Return: false: there are some, the command is done with *@status.
 */
bool napt_no_more(int argc, char **argv, int *status)
{
	if (!argc)
		return true;
	*status = cmd_usage(&cmd_napt, "no such argument: %s", argv[0]);
	return false;
}

/**
 * napt_warn_interrupted() - say it when a list is not of one moment
 * @ctx: context, after a dump
 * @what: that was listed
 */
void napt_warn_interrupted(const struct ctx *ctx, const char *what)
{
	if (ctx->nl.interrupted)
		fprintf(stderr, "naru: %s came and went while they were listed\n", what);
}

static int run(struct ctx *ctx, int argc, char **argv)
{
	int status;
	size_t i;

	if (!take_options(ctx, argc, argv, "+:jnN:h", &status))
		return status;
	argc -= optind;
	argv += optind;
	optind = 0;
	if (!argc)
		return cmd_usage(&cmd_napt, "what of it?");
	for (i = 0; i < ARRAY_SIZE(subcommands); i++)
		if (!strcmp(subcommands[i].name, argv[0]))
			return subcommands[i].run(ctx, argc, argv);
	return cmd_usage(&cmd_napt, "no such subcommand: %s", argv[0]);
}

const struct cmd cmd_napt = {
	.name = "napt",
	.summary = "rules, mappings and sessions of the NAPT",
	.usage = "rule {list [-jn] | add SPEC | insert ID SPEC | replace ID SPEC | del ID | flush}\n"
		 "       naru napt map {list [-jn] [FILTER] | del FILTER | flush |\n"
		 "                      add PROTO EXT:PORT[-PORT] to IN:PORT [dev DEV]}\n"
		 "       naru napt session list [-jn] [FILTER]\n"
		 "       naru napt save [FILE]\n"
		 "       naru napt restore FILE\n"
		 "       naru napt explain [-j] [in DEV] PROTO SRC[:PORT] to DST[:PORT]\n"
		 "       naru napt check [--quick|--full] [--against nft] [-j] [ROW...]",
	.help =
"SPEC: a rule's words, in any order. The first rule that takes a packet counts.\n"
"  dev DEV            packets that leave by this interface\n"
"  src PREFIX         from these addresses (all)\n"
"  proto LIST         tcp,udp,icmp,native,native-dgram, or all (all)\n"
"  sport A[-B], dport A[-B]\n"
"                     from and to these ports (all)\n"
"  except PREFIX[:A[-B]]\n"
"                     but not to these destinations; may be said more than once\n"
"  to LIST            external addresses: ADDR, ADDR-ADDR and PREFIX between commas\n"
"  to dev DEV         the interface's own address, followed when it changes\n"
"  ports A-B          external ports (1024-65535)\n"
"  mapping WORD       endpoint-independent (ei) or address-and-port-dependent (apd) (ei)\n"
"  filtering WORD     who may send inwards: anybody (ei), address-dependent (ad), or\n"
"                     address-and-port-dependent (apd) (ei)\n"
"  tcp-filtering WORD the same of connections (what filtering says)\n"
"  choice WORD        of ports: preserve or random (preserve)\n"
"  parity on|off      even ports stay even (on)\n"
"  hairpin on|off     inside hosts reach each other's external endpoints (on)\n"
"  notrack on|off     conntrack does not see these packets (off)\n"
"  refresh-in on|off  packets from outside keep a mapping too (off)\n"
"  exhausted WORD     what the sender hears when no port is left: host-unreachable,\n"
"                     admin-prohibited or silent (host-unreachable)\n"
"  unsolicited WORD   SYNs that nobody waits for: hold or drop (hold)\n"
"  mark VALUE[/MASK]  of packets that nothing but filtering ei lets in (none)\n"
"  tcp-open, tcp-established, tcp-closing, udp, icmp SECONDS\n"
"                     timers (240, 7440, 240, 300, 60)\n"
"\n"
"map add forwards ports in for good; EXT is an external address, or `dev` for the first of\n"
"the rule for DEV. rule flush takes the static mappings along, map flush leaves them.\n"
"\n"
"FILTER: words that must all hold\n"
"  proto PROTO, dev DEV, id NUMBER\n"
"  inside PREFIX[:PORT], outside PREFIX[:PORT]\n"
"  static, dynamic    forwarded ports, or the others\n"
"  own                map list: of this machine itself\n"
"  remote PREFIX[:PORT], state STATE\n"
"                     of sessions; init, established, in-fin, out-fin, both-fin, trans of\n"
"                     connections, open of the others. state may be said more than once.\n"
"\n"
"save writes rules and static mappings as restore reads them: all of a file, or nothing.\n"
"explain says what would become of a packet, and changes nothing. check says how the NAPT\n"
"meets what the RFCs ask of it; naru napt check -h has more.\n"
"\n"
"  -j, --json         JSON\n"
"  -n, --numeric      taken for habit's sake: numbers are never turned into names\n"
"  -N, --netns NETNS  in this network namespace, as before the word napt\n",
	.long_usage = true,
	.run = run,
};
