// SPDX-License-Identifier: GPL-2.0
/*
 * What firewalls do with IP protocols 253 and 254, from their rules' text.
 */
#include <stdlib.h>
#include <string.h>
#include "unit.h"
#include "../../tools/firewall.h"

enum { BOTH = 3, ONLY_253 = 1, ONLY_254 = 2 };

/* A table of nftables whose chain input has these rules */
static unsigned int rules_of_nft(const char *policy, const char *rules)
{
	struct firewall f = { NULL, 0 };
	char text[4096];
	unsigned int dropped;

	snprintf(text, sizeof(text),
		 "table inet filter {\n"
		 "\tset known {\n\t\ttype inet_proto\n\t\telements = { 6, 17,\n\t\t\t     58 }\n\t}\n\n"
		 "\tchain input {\n\t\ttype filter hook input priority filter; policy %s;\n%s\t}\n\n"
		 "\tchain other {\n\t\tmeta l4proto 253 accept\n\t}\n\n"
		 "\tchain never {\n\t\tdrop\n\t}\n}\n", policy, rules);
	ASSERT_TRUE(firewall_read_nft(&f, text));
	ASSERT_EQ(f.num, 3);
	dropped = firewall_dropped(&f, &f.chain[0]);
	ASSERT_EQ(firewall_dropped(&f, &f.chain[2]), 0);
	firewall_free(&f);
	return dropped;
}

TEST(firewall__policy_alone_decides)
{
	ASSERT_EQ(rules_of_nft("accept", ""), 0);
	ASSERT_EQ(rules_of_nft("drop", ""), BOTH);
}

TEST(firewall__what_is_for_others_does_not_let_in)
{
	ASSERT_EQ(rules_of_nft("drop", "\t\tct state established,related accept\n\t\tiifname \"lo\" accept\n"
			"\t\ttcp dport { 22, 80 } counter packets 5 bytes 7 accept comment \"accept all\"\n"
			"\t\tmeta l4proto { 1, 58 } accept\n\t\tip protocol 6 accept\n"), BOTH);
	ASSERT_EQ(rules_of_nft("drop", "\t\tct state vmap { invalid : drop, established : accept, related : accept }\n"), BOTH);
}

TEST(firewall__what_is_for_naru_does)
{
	ASSERT_EQ(rules_of_nft("drop", "\t\tmeta l4proto { 253, 254 } accept\n"), 0);
	ASSERT_EQ(rules_of_nft("drop", "\t\tmeta l4proto { 6, 250-253 } accept\n"), ONLY_254);
	ASSERT_EQ(rules_of_nft("drop", "\t\tip protocol 254 log prefix \"drop \" level info accept\n"), ONLY_253);
	ASSERT_EQ(rules_of_nft("drop", "\t\tmeta l4proto != tcp accept\n"), 0);
	ASSERT_EQ(rules_of_nft("drop", "\t\tct state new accept\n"), 0);
	ASSERT_EQ(rules_of_nft("drop", "\t\tiifname != \"lo\" accept\n"), 0);
}

TEST(firewall__rules_that_drop)
{
	ASSERT_EQ(rules_of_nft("accept", "\t\tip protocol 253 drop\n"), ONLY_253);
	ASSERT_EQ(rules_of_nft("accept", "\t\tip6 nexthdr { 253, 254 } counter drop\n"), BOTH);
	ASSERT_EQ(rules_of_nft("accept", "\t\tmeta l4proto != { 6, 17 } reject with icmpx admin-prohibited\n"), BOTH);
	ASSERT_EQ(rules_of_nft("accept", "\t\tmeta l4proto 253 accept\n\t\tdrop\n"), ONLY_254);
	ASSERT_EQ(rules_of_nft("accept", "\t\tct state invalid drop\n\t\ttcp flags syn drop\n"), 0);
}

/* What depends on something else neither lets in nor drops; who lets some in does not drop all */
TEST(firewall__what_may_be)
{
	ASSERT_EQ(rules_of_nft("accept", "\t\tip saddr 192.0.2.0/24 drop\n"), 0);
	ASSERT_EQ(rules_of_nft("drop", "\t\tip saddr 192.0.2.0/24 accept\n"), 0);
	ASSERT_EQ(rules_of_nft("drop", "\t\tiifname \"lan0\" accept\n"), 0);
	ASSERT_EQ(rules_of_nft("drop", "\t\tmeta l4proto @known accept\n"), 0);
	ASSERT_EQ(rules_of_nft("drop", "\t\tlimit rate 3/second accept\n"), 0);
	ASSERT_EQ(rules_of_nft("drop", "\t\tip saddr 192.0.2.1 tcp dport 22 accept\n"), BOTH);
}

TEST(firewall__jumps)
{
	ASSERT_EQ(rules_of_nft("drop", "\t\tjump other\n"), ONLY_254);
	ASSERT_EQ(rules_of_nft("accept", "\t\tgoto never\n"), BOTH);
	ASSERT_EQ(rules_of_nft("accept", "\t\tip saddr 192.0.2.1 jump never\n"), 0);
	ASSERT_EQ(rules_of_nft("accept", "\t\tmeta l4proto vmap { 6 : accept, 253 : jump never }\n"), ONLY_253);
	ASSERT_EQ(rules_of_nft("accept", "\t\treturn\n\t\tdrop\n"), 0);
	ASSERT_EQ(rules_of_nft("drop", "\t\tjump nowhere\n\t\tmeta l4proto 253 accept\n"), ONLY_254);
}

static const char several[] =
	"# Warning: table ip filter is managed by iptables-nft, do not touch!\n"
	"table ip filter {\n\tchain INPUT {\n\t\ttype filter hook input priority filter; policy accept;\n"
	"\t\tmeta l4proto 6 counter accept\n\t\txt match \"addrtype\" counter accept\n"
	"\t\tcounter xt target \"REJECT\"\n\t}\n}\n"
	"table inet firewalld {\n\tchain filter_INPUT {\n\t\ttype filter hook input priority filter + 10; policy drop;\n\t}\n}\n"
	"table ip nat {\n\tchain pre {\n\t\ttype nat hook prerouting priority dstnat; policy drop;\n\t}\n}\n"
	"table bridge x {\n\tchain y {\n\t\ttype filter hook input priority 0; policy drop;\n\t}\n}\n"
	"table ip6 six {\n\tchain out {\n\t\ttype filter hook output priority 0; policy drop;\n\t\tmeta l4proto 253 accept\n\t}\n"
	"\tchain pass {\n\t\ttype filter hook forward priority 0; policy drop;\n\t}\n}\n";

TEST(firewall__each_maker_is_told_in_its_own_words)
{
	static const struct {
		unsigned int dropped;
		const char *mend;
	} want[] = {
		{ 0, NULL },
		{ BOTH, "firewall-cmd --add-protocol=253 --add-protocol=254" },
		{ 0, NULL },
		{ ONLY_254, "nft insert rule ip6 six out meta l4proto 254 accept" },
		{ 0, NULL },
	};
	struct firewall f = { NULL, 0 };
	char text[256];
	size_t i;

	ASSERT_TRUE(firewall_read_nft(&f, several));
	ASSERT_EQ(f.num, ARRAY_SIZE(want));
	for (i = 0; i < f.num; i++) {
		ASSERT_EQ(firewall_dropped(&f, &f.chain[i]), want[i].dropped);
		if (!want[i].dropped)
			continue;
		firewall_mend(&f.chain[i], want[i].dropped, text, sizeof(text));
		ASSERT_STREQ(text, want[i].mend);
	}
	ASSERT_EQ(f.chain[0].by, FIREWALL_IPTABLES);
	firewall_mend(&f.chain[0], BOTH, text, sizeof(text));
	ASSERT_STREQ(text, "iptables -I INPUT -p 253 -j ACCEPT && iptables -I INPUT -p 254 -j ACCEPT");
	firewall_free(&f);
}

static unsigned int rules_of_iptables(const char *policy, const char *rules)
{
	struct firewall f = { NULL, 0 };
	unsigned int dropped;
	char text[2048];

	snprintf(text, sizeof(text), "# Generated\n*nat\n:INPUT DROP [0:0]\nCOMMIT\n*filter\n:INPUT %s [0:0]\n"
		 ":FORWARD DROP [0:0]\n:mine - [0:0]\n%s-A mine -p 253 -j DROP\n-A mine\nCOMMIT\n", policy, rules);
	ASSERT_TRUE(firewall_read_iptables(&f, text, "ip"));
	ASSERT_EQ(f.num, 4);
	ASSERT_EQ(firewall_dropped(&f, &f.chain[0]), 0);
	ASSERT_EQ(firewall_dropped(&f, &f.chain[2]), 0);
	dropped = firewall_dropped(&f, &f.chain[1]);
	firewall_mend(&f.chain[1], ONLY_253, text, sizeof(text));
	ASSERT_STREQ(text, "iptables-legacy -I INPUT -p 253 -j ACCEPT");
	firewall_free(&f);
	return dropped;
}

TEST(firewall__iptables)
{
	ASSERT_EQ(rules_of_iptables("ACCEPT", ""), 0);
	ASSERT_EQ(rules_of_iptables("DROP", "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n-A INPUT -i lo -j ACCEPT\n"
			 "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"), BOTH);
	ASSERT_EQ(rules_of_iptables("DROP", "-A INPUT -p 253 -m comment --comment \"a DROP -j b\" -j ACCEPT\n"), ONLY_254);
	ASSERT_EQ(rules_of_iptables("DROP", "-A INPUT -s 192.0.2.0/24 -j ACCEPT\n"), 0);
	ASSERT_EQ(rules_of_iptables("ACCEPT", "-A INPUT ! -p tcp -j REJECT --reject-with icmp-port-unreachable\n"), BOTH);
	ASSERT_EQ(rules_of_iptables("ACCEPT", "-A INPUT -j mine\n-A INPUT -j LOG\n"), ONLY_253);
	ASSERT_EQ(rules_of_iptables("ACCEPT", "-A INPUT -m socket --transparent -j DROP\n"), 0);
}

/* A name is one word of the command, whatever is in it */
TEST(firewall__names)
{
	struct firewall f = { NULL, 0 };
	char text[512];

	ASSERT_TRUE(firewall_read_iptables(&f, "*filter\n:INPUT ACCEPT [0:0]\n:a;b'c$d - [0:0]\n", "ip"));
	firewall_mend(&f.chain[1], ONLY_253, text, sizeof(text));
	ASSERT_STREQ(text, "iptables-legacy -I 'a;b'\\''c$d' -p 253 -j ACCEPT");
	ASSERT_TRUE(firewall_read_nft(&f, "table inet t{x} {\n\tchain `id` {\n\t}\n}\n"));
	firewall_mend(&f.chain[2], BOTH, text, sizeof(text));
	ASSERT_STREQ(text, "nft insert rule inet 't{x}' '`id`' meta l4proto '{ 253, 254 }' accept");
	firewall_free(&f);
}

/* Chains that jump round and round are not walked for ever, and nothing is said of them */
TEST(firewall__round_and_round)
{
	struct firewall f = { NULL, 0 };
	char text[4096] = "table inet t {\nchain a {\ntype filter hook input priority 0; policy drop;\n";
	int i;

	for (i = 0; i < 50; i++)
		strcat(text, "ip saddr 10.0.0.1 jump a\n");
	strcat(text, "}\n}\n");
	ASSERT_TRUE(firewall_read_nft(&f, text));
	ASSERT_EQ(f.chain[0].num, 50);
	ASSERT_EQ(firewall_dropped(&f, &f.chain[0]), 0);
	firewall_free(&f);
}

/* Whatever is cut off somewhere is read without harm */
TEST(firewall__cut)
{
	size_t len;

	for (len = 0; len < sizeof(several); len++) {
		struct firewall f = { NULL, 0 };
		char text[sizeof(several)];
		size_t i;

		memcpy(text, several, len);
		text[len] = '\0';
		ASSERT_TRUE(firewall_read_nft(&f, text));
		ASSERT_TRUE(firewall_read_iptables(&f, text, "ip"));
		for (i = 0; i < f.num; i++)
			firewall_dropped(&f, &f.chain[i]);
		firewall_free(&f);
	}
}
