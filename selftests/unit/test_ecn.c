// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 3168 6.1.
 */
#include "unit.h"
#include "ecn.h"

#define BOTH	(NARU_ECE | NARU_CWR)
#define SYNACK	(NARU_SYN | NARU_ACK)
#define NXT	0xfffffff0u	/* SND.NXT, before the wrap */

static const struct naru_ecn agreed = { .ok = true };

/* Both flags, and an IP header as RFC 3168 6.1.1 has it */
TEST(ecn_asked__both_flags_and_a_clean_field)
{
	u8 field;

	ASSERT_TRUE(naru_ecn_asked(NARU_SYN | BOTH, NARU_ECN_NOT_ECT));
	ASSERT_FALSE(naru_ecn_asked(NARU_SYN, NARU_ECN_NOT_ECT));
	ASSERT_FALSE(naru_ecn_asked(NARU_SYN | NARU_ECE, NARU_ECN_NOT_ECT));
	ASSERT_FALSE(naru_ecn_asked(NARU_SYN | NARU_CWR, NARU_ECN_NOT_ECT));
	for (field = 1; field <= NARU_ECN_CE; field++)
		ASSERT_FALSE(naru_ecn_asked(NARU_SYN | BOTH, field));
}

/* Whether ECN is agreed on when an answer has come to a SYN that asks */
static bool agrees(u8 flags)
{
	struct naru_ecn e = {};

	ASSERT_EQ(naru_ecn_ask(&e), BOTH);
	naru_ecn_answered(&e, flags);
	return e.ok;
}

TEST(ecn_answered__a_synack_has_ece_alone)
{
	ASSERT_TRUE(agrees(SYNACK | NARU_ECE));
	ASSERT_FALSE(agrees(SYNACK));
	ASSERT_FALSE(agrees(SYNACK | NARU_CWR));
}

/* RFC 3168 6.1.1.2 */
TEST(ecn_answered__a_reflection_is_no_answer)
{
	ASSERT_FALSE(agrees(SYNACK | BOTH));
}

TEST(ecn_answered__a_syn_has_both)
{
	ASSERT_TRUE(agrees(NARU_SYN | BOTH));
	ASSERT_FALSE(agrees(NARU_SYN | NARU_ECE));
	ASSERT_FALSE(agrees(NARU_SYN));
}

/* Both ends open at once: a SYN, then a <SYN,ACK> */
TEST(ecn_answered__either_of_two_answers_may_refuse)
{
	struct naru_ecn e = {};

	naru_ecn_ask(&e);
	naru_ecn_answered(&e, NARU_SYN | BOTH);
	ASSERT_EQ(naru_ecn_synack(&e), NARU_ECE);
	naru_ecn_answered(&e, SYNACK);
	ASSERT_FALSE(e.ok);
	naru_ecn_answered(&e, SYNACK | NARU_ECE);
	ASSERT_FALSE(e.ok);
}

TEST(ecn_answered__nobody_has_asked)
{
	struct naru_ecn e = {};

	naru_ecn_answered(&e, NARU_SYN | BOTH);
	naru_ecn_answered(&e, SYNACK | NARU_ECE);
	ASSERT_FALSE(e.ok);
	ASSERT_EQ(naru_ecn_synack(&e), 0);
}

/* RFC 3168 6.1.1: once a plain SYN has gone or come */
TEST(ecn_synack__plain)
{
	struct naru_ecn e = agreed;

	ASSERT_EQ(naru_ecn_synack(&e), NARU_ECE);
	e.plain = true;
	ASSERT_EQ(naru_ecn_synack(&e), 0);
}

/* The flags that a segment goes with */
static u8 sent(struct naru_ecn *e, u8 flags, bool fresh)
{
	naru_ecn_send(e, fresh, &flags);
	return flags;
}

/* RFC 3168 6.1.3: until CWR */
TEST(ecn_receive__a_mark_is_echoed_until_cwr)
{
	struct naru_ecn e = agreed;

	ASSERT_FALSE(naru_ecn_receive(&e, NARU_ACK, NARU_ECN_ECT_0));
	ASSERT_EQ(sent(&e, NARU_ACK, false), NARU_ACK);
	ASSERT_TRUE(naru_ecn_receive(&e, NARU_ACK, NARU_ECN_CE));
	ASSERT_EQ(sent(&e, NARU_ACK, false), NARU_ACK | NARU_ECE);
	ASSERT_FALSE(naru_ecn_receive(&e, NARU_ACK, NARU_ECN_ECT_0));
	ASSERT_FALSE(naru_ecn_receive(&e, NARU_ACK, NARU_ECN_CE));
	ASSERT_EQ(sent(&e, NARU_ACK | NARU_PSH, true), NARU_ACK | NARU_PSH | NARU_ECE);
	ASSERT_TRUE(naru_ecn_receive(&e, NARU_ACK | NARU_CWR, NARU_ECN_ECT_0));
	ASSERT_EQ(sent(&e, NARU_ACK, false), NARU_ACK);
}

TEST(ecn_receive__cwr_with_a_mark_begins_anew)
{
	struct naru_ecn e = agreed;

	naru_ecn_receive(&e, NARU_ACK, NARU_ECN_CE);
	ASSERT_TRUE(naru_ecn_receive(&e, NARU_ACK | NARU_CWR, NARU_ECN_CE));
	ASSERT_EQ(sent(&e, NARU_ACK, false), NARU_ACK | NARU_ECE);
}

TEST(ecn_receive__any_codepoint_is_seen)
{
	u8 field;

	for (field = 0; field <= NARU_ECN_CE; field++) {
		struct naru_ecn e = agreed;

		naru_ecn_receive(&e, NARU_ACK, field);
		ASSERT_EQ(e.seen, field != NARU_ECN_NOT_ECT);
		ASSERT_EQ(e.echo, field == NARU_ECN_CE);
	}
}

TEST(ecn_send__resets_and_syns_echo_nothing)
{
	struct naru_ecn e = agreed;

	e.echo = true;
	ASSERT_EQ(sent(&e, NARU_RST | NARU_ACK, false), NARU_RST | NARU_ACK);
	ASSERT_EQ(sent(&e, SYNACK, false), SYNACK);
	ASSERT_EQ(sent(&e, NARU_RST, false), NARU_RST);
}

/* RFC 3168 6.1.2, 6.1.4 to 6.1.6 */
TEST(ecn_send__new_data_alone_is_ect)
{
	struct naru_ecn e = agreed;
	u8 flags = NARU_ACK;

	ASSERT_EQ(naru_ecn_send(&e, true, &flags), NARU_ECN_ECT_0);
	ASSERT_EQ(naru_ecn_send(&e, false, &flags), NARU_ECN_NOT_ECT);
	e.plain = true;
	ASSERT_EQ(naru_ecn_send(&e, true, &flags), NARU_ECN_NOT_ECT);
	ASSERT_EQ(flags, NARU_ACK);
}

/* RFC 3168 6.1.2 */
TEST(ecn_send__cwr_once_on_new_data)
{
	struct naru_ecn e = agreed;

	naru_ecn_reduced(&e, NXT);
	ASSERT_EQ(sent(&e, NARU_ACK, false), NARU_ACK);
	ASSERT_EQ(sent(&e, NARU_ACK, true), NARU_ACK | NARU_CWR);
	ASSERT_EQ(sent(&e, NARU_ACK, true), NARU_ACK);
}

TEST(ecn_echoed__by_acks_where_it_was_agreed_on)
{
	struct naru_ecn e = agreed, no = {};

	ASSERT_TRUE(naru_ecn_echoed(&e, NARU_ACK | NARU_ECE));
	ASSERT_FALSE(naru_ecn_echoed(&e, NARU_ACK));
	ASSERT_FALSE(naru_ecn_echoed(&e, SYNACK | NARU_ECE));
	ASSERT_FALSE(naru_ecn_echoed(&no, NARU_ACK | NARU_ECE));
	e.plain = true;
	ASSERT_FALSE(naru_ecn_echoed(&e, NARU_ACK | NARU_ECE));
}

/* RFC 3168 6.1.2: once a window */
TEST(ecn_acked__guarded_until_the_point_is_passed)
{
	struct naru_ecn e = agreed;

	naru_ecn_reduced(&e, NXT);
	naru_ecn_acked(&e, NXT - 1000);
	ASSERT_TRUE(e.guarded);
	naru_ecn_acked(&e, NXT);
	ASSERT_TRUE(e.guarded);
	naru_ecn_acked(&e, NXT + 1000);
	ASSERT_FALSE(e.guarded);
}

/* Two ends, one segment at a time; what the network does with it is drawn */
struct pair {
	struct naru_ecn sender, receiver;
	u32 nxt, una;
	u32 reductions;
};

static void carry(struct pair *p, bool marked, bool lost, bool ack_lost)
{
	u8 flags = NARU_ACK, ack = NARU_ACK;
	u8 field = naru_ecn_send(&p->sender, true, &flags);

	ASSERT_EQ(field, NARU_ECN_ECT_0);
	p->nxt += 1000;
	if (lost) {			/* and found so at once: RFC 3168 6.1.2 */
		naru_ecn_reduced(&p->sender, p->nxt);
		p->reductions++;
		return;
	}
	naru_ecn_receive(&p->receiver, flags, marked ? NARU_ECN_CE : field);
	naru_ecn_send(&p->receiver, false, &ack);
	if (ack_lost)
		return;
	p->una = p->nxt;
	if (p->sender.guarded)
		naru_ecn_acked(&p->sender, p->una);
	if (naru_ecn_echoed(&p->sender, ack) && !p->sender.guarded) {
		naru_ecn_reduced(&p->sender, p->nxt);
		p->reductions++;
	}
}

/* RFC 3168 6.1.3: whatever is lost, a mark reduces the window unless a loss has done so, and its echo ends */
TEST(ecn__a_mark_is_heard_of_and_its_echo_ends)
{
	struct unit_random r = { 0x3168 };
	struct pair p = { .sender = agreed, .receiver = agreed, .nxt = NXT, .una = NXT };
	int i, n;

	for (i = 0; i < 20000; i++) {
		u32 before = p.reductions;

		carry(&p, true, false, unit_random_bool(&r));
		for (n = 0; p.reductions == before; n++) {
			ASSERT_LE(n, 100);
			carry(&p, false, unit_random_below(&r, 8) == 0, unit_random_bool(&r));
		}
		for (n = 0; p.receiver.echo || p.sender.cwr || p.sender.guarded; n++) {
			ASSERT_LE(n, 2);
			carry(&p, false, false, false);
		}
	}
}
