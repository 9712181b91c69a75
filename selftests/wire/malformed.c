// SPDX-License-Identifier: GPL-2.0
/*
 * Segments that are no segments: dropped, counted by reason, never answered, and nobody is harmed.
 * RFC 9293 3.1, 3.2 (MUST-2, MUST-3, MUST-5 to MUST-7).
 */
#include "wire_test.h"

struct spoilt {
	const char *what;
	const char *reason;	/* counter */
	int flags;		/* instead of ACK, where not 0 */
	int doff;
	int cut;
	bool bad_csum;
	int opt_len;
	uint8_t opt[40];
};

/* The segment has 10 bytes of data, and 20 or 32 of header */
static const struct spoilt spoilt[] = {
	{ "4 bytes", "DROP_SHORT", .cut = 26 },
	{ "12 bytes", "DROP_SHORT", .cut = 18 },
	{ "19 bytes", "DROP_SHORT", .cut = 11 },
	{ "wrong checksum", "DROP_BAD_CSUM", .bad_csum = true },
	{ "data offset 0", "DROP_BAD_DOFF", .doff = 16 },
	{ "data offset 1", "DROP_BAD_DOFF", .doff = 1 },
	{ "data offset 4", "DROP_BAD_DOFF", .doff = 4 },
	{ "data offset beyond the end", "DROP_SHORT", .doff = 8 },
	{ "data offset far beyond the end", "DROP_SHORT", .doff = 15 },
	{ "option of length 0", "DROP_BAD_OPTLEN", .opt_len = 4, .opt = { 254, 0, 1, 1 } },
	{ "option of length 1", "DROP_BAD_OPTLEN", .opt_len = 4, .opt = { 254, 1, 1, 1 } },
	{ "option too long", "DROP_BAD_OPTLEN", .opt_len = 4, .opt = { 254, 5, 1, 1 } },
	{ "option without length", "DROP_BAD_OPTLEN", .opt_len = 4, .opt = { 1, 1, 1, 254 } },
	{ "timestamps of 9", "DROP_BAD_OPTLEN", .opt_len = 12, .opt = { 1, 1, 1, 8, 9 } },
	{ "MSS of 3", "DROP_BAD_OPTLEN", .opt_len = 4, .opt = { 2, 3, 1, 1 } },
	{ "window scale of 4", "DROP_BAD_OPTLEN", .opt_len = 4, .opt = { 3, 4, 1, 1 } },
	{ "SACK-permitted of 3", "DROP_BAD_OPTLEN", .opt_len = 4, .opt = { 4, 3, 0, 1 } },
	{ "SACK without block", "DROP_BAD_OPTLEN", .opt_len = 4, .opt = { 1, 1, 5, 2 } },
	{ "SACK of a block and a half", "DROP_BAD_OPTLEN", .opt_len = 16, .opt = { 1, 1, 5, 14 } },
	{ "SYN and FIN", "DROP_BAD_FLAGS", .flags = SYN | FIN },
	{ "SYN and RST", "DROP_BAD_FLAGS", .flags = SYN | RST },
	{ "SYN, FIN and ACK", "DROP_BAD_FLAGS", .flags = SYN | FIN | ACK },
	{ "all flags", "DROP_BAD_FLAGS", .flags = 0xff },
};

static void put_spoilt(struct conn *c, const struct spoilt *b, int flags)
{
	struct seg s = conn_seg(c, b->flags ? b->flags : flags, c->seq, c->ack, 10);

	s.has_ts = false;
	s.doff = b->doff;
	s.cut = b->cut;
	s.bad_csum = b->bad_csum;
	s.opt_len = b->opt_len;
	memcpy(s.opt, b->opt, sizeof(s.opt));
	wire_put(c->w, &s);
}

/* Each of them in turn: silence, and one more of its reason */
static void put_all(struct __test_metadata *_metadata, struct conn *c, int flags)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(spoilt); i++) {
		uint64_t was = wire_count(spoilt[i].reason);
		uint64_t errs = wire_count("IN_ERRS");

		put_spoilt(c, &spoilt[i], flags);
		EXPECT_TRUE(conn_quiet(c))
			TH_LOG("%s", spoilt[i].what);
		EXPECT_EQ(was + 1, wire_count(spoilt[i].reason))
			TH_LOG("%s", spoilt[i].what);
		EXPECT_EQ(errs + 1, wire_count("IN_ERRS"))
			TH_LOG("%s", spoilt[i].what);
	}
}

TEST_F(wire, connection)
{
	conn_accept(&self->c, &self->w, &offer_none);
	put_all(_metadata, &self->c, ACK);
	conn_alive(&self->c);
}

TEST_F(wire, connection_with_timestamps)
{
	conn_accept(&self->c, &self->w, &offer_all);
	put_all(_metadata, &self->c, ACK);
	conn_alive(&self->c);
}

TEST_F(wire, listener)
{
	conn_listen(&self->c, &self->w, 8);
	put_all(_metadata, &self->c, SYN);
	EXPECT_EQ(0, wire_info(NARU_INFO_REQS));
	conn_begin(&self->c, &offer_all);
}

TEST_F(wire, syn_received)
{
	conn_listen(&self->c, &self->w, 8);
	conn_begin(&self->c, &offer_none);
	put_all(_metadata, &self->c, ACK);
	conn_ack(&self->c);
	conn_wait(self->c.lfd, POLLIN);
}

TEST_F(wire, syn_sent)
{
	conn_start(&self->c, &self->w);
	put_all(_metadata, &self->c, SYN | ACK);
	conn_answer(&self->c, &offer_all);
	conn_alive(&self->c);
}

/* No ACK bit: RFC 9293 3.10.7.4 fifth */
TEST_F(wire, no_flags)
{
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_none);
	conn_put(c, 0, c->seq, 0, 10);
	conn_put(c, PSH, c->seq, 0, 10);
	conn_put(c, FIN, c->seq, 0, 0);
	EXPECT_TRUE(conn_quiet(c));
	EXPECT_EQ(3, wire_count("DROP_NO_ACK"));
	conn_alive(c);
}

/* RFC 9293 MUST-6: what is not known is passed over; NOPs and the end of the list in any place */
TEST_F(wire, unknown_options)
{
	static const uint8_t lists[][12] = {
		{ 254, 12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 },
		{ 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0 },
		{ 0, 8, 9, 2, 0, 254, 0, 0, 5, 5, 5, 5 },
		{ 253, 2, 254, 3, 7, 30, 2, 1, 28, 4, 0x80, 1 },
	};
	struct conn *c = &self->c;

	conn_accept(c, &self->w, &offer_none);
	for (unsigned int i = 0; i < ARRAY_SIZE(lists); i++) {
		struct seg s = conn_seg(c, ACK, c->seq, c->ack, 10);

		s.opt_len = sizeof(lists[i]);
		memcpy(s.opt, lists[i], s.opt_len);
		c->seq += 10;
		wire_put(&self->w, &s);
		EXPECT_TRUE(conn_acked(c))
			TH_LOG("list %u", i);
	}
	conn_read(c, 40);
	conn_alive(c);
}

/* An urgent pointer to nowhere, reserved bits: RFC 9293 3.1 */
TEST_F(wire, odd_fields)
{
	struct conn *c = &self->c;
	struct seg s;

	conn_accept(c, &self->w, &offer_none);
	s = conn_seg(c, ACK | URG, c->seq, c->ack, 10);
	s.urg = 65535;
	c->seq += 10;
	wire_put(&self->w, &s);
	EXPECT_TRUE(conn_acked(c));
	conn_read(c, 10);
	s = conn_seg(c, ACK | 0xc0, c->seq, c->ack, 10);
	c->seq += 10;
	wire_put(&self->w, &s);
	EXPECT_TRUE(conn_acked(c));
	conn_read(c, 10);
	conn_alive(c);
}

#include "wire_main.h"
