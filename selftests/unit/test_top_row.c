// SPDX-License-Identifier: GPL-2.0
/*
 * naru top: what it shows of a socket that the module tells of.
 */
#include <string.h>
#include <sys/socket.h>
#include "unit.h"
#include "../../tools/parse.h"
#include "../../tools/top_row.h"

/* 10.0.0.1:1000 -> [2001:db8::1]:80, established */
static struct row stream(void)
{
	struct row row = { .s = { .id = 7, .state = PARSE_ESTABLISHED, .wire = 6, .lport = 1000, .rport = 80 },
			   .info_len = sizeof(row.info) };

	parse_addr("10.0.0.1", &row.s.laddr);
	parse_addr("2001:db8::1", &row.s.raddr);
	row.info.tcpi_bytes_acked = 1;
	row.info.tcpi_bytes_received = 2;
	row.info.tcpi_rtt = 3;
	row.info.tcpi_snd_cwnd = 4;
	row.info.tcpi_total_retrans = 5;
	return row;
}

static struct top_sock shown(const struct row *row)
{
	struct top_sock s;

	memset(&s, 0, sizeof(s));
	top_row_fill(row, &s);
	return s;
}

TEST(top_row__a_stream)
{
	struct row row = stream();
	struct top_sock s = shown(&row);

	ASSERT_EQ(s.id, 7);
	ASSERT_STREQ(s.wire, "inet");
	ASSERT_STREQ(s.state, "ESTABLISHED");
	ASSERT_STREQ(s.local, "10.0.0.1:1000");
	ASSERT_STREQ(s.remote, "[2001:db8::1]:80");
	ASSERT_TRUE(s.is_stream);
	ASSERT_EQ(s.sent, 1);
	ASSERT_EQ(s.received, 2);
	ASSERT_EQ(s.rtt_us, 3);
	ASSERT_EQ(s.cwnd, 4);
	ASSERT_EQ(s.retrans, 5);
	row.s.state = PARSE_LISTEN;
	ASSERT_FALSE(shown(&row).is_stream);
}

/* Who opened it and has it no longer may have gone, and is not its owner */
TEST(top_row__an_owner_has_it_open)
{
	struct row_proc first = { .pid = 17, .comm = "sshd" }, second = { .pid = 18, .comm = "x" };
	struct row_owner owners[] = { { &first, 3 }, { &second, 4 } };
	struct row row = stream();

	ASSERT_STREQ(shown(&row).owner, "");
	row.owner = owners[0];
	row.num_owners = 1;
	row.owners = 1;
	ASSERT_STREQ(shown(&row).owner, "sshd/17");
	row.owner.fd = 0;
	ASSERT_STREQ(shown(&row).owner, "sshd/17");
	row.owner.fd = -1;
	row.owners = 0;
	ASSERT_STREQ(shown(&row).owner, "");
	row.more_owner = owners;
	row.num_owners = 2;
	row.owners = 2;
	ASSERT_STREQ(shown(&row).owner, "sshd/17");
}

TEST(top_row__sockets_that_are_shown)
{
	struct row row = stream();

	ASSERT_TRUE(top_row_is_shown(&row));
	row.s.state = PARSE_CLOSED;
	ASSERT_FALSE(top_row_is_shown(&row));
	row.s.wire = 17;
	ASSERT_TRUE(top_row_is_shown(&row));
	ASSERT_STREQ(shown(&row).state, "UNCONN");
}
