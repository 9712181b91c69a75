// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 5681 3.2, RFC 6582, RFC 6675, RFC 6937, RFC 3168 6.1.2; what is undone: RFC 3522, RFC 3708, RFC 5682.
 */
#include "unit.h"
#include "recov.h"

#define MSS	1000u
#define UNA	0xffffe000u	/* ten segments in flight, across the wrap */
#define NXT	(UNA + 10 * MSS)

static struct naru_recov r;
static struct naru_cong c;
static u32 sacked_before;

static void begin(void)
{
	sacked_before = 0;
	naru_recov_init(&r);
	memset(&c, 0, sizeof(c));
	c.mss = MSS;
	naru_cong_reno.init(&c);
}

static struct naru_recov_in state(u32 una, u32 acked, bool sack)
{
	struct naru_recov_in in = { .snd_una = una, .snd_nxt = NXT, .acked = acked, .sack = sack };

	in.in_flight = NXT - una;
	return in;
}

static u32 new_ack(u32 una, u32 acked)
{
	struct naru_recov_in in = state(una, acked, false);

	return naru_recov_ack(&r, &c, &naru_cong_reno, &in);
}

static u32 dup_ack(u32 una)
{
	struct naru_recov_in in = state(una, 0, false);

	in.dupack = true;
	return naru_recov_ack(&r, &c, &naru_cong_reno, &in);
}

static u32 sack_ack(u32 una, u32 acked, u32 sacked, u32 lost)
{
	struct naru_recov_in in = state(una, acked, true);

	in.sacked_out = sacked;
	in.delivered = acked + (sacked > sacked_before ? sacked - sacked_before : 0);
	in.lost_out = lost;
	in.in_flight -= sacked + lost;
	sacked_before = sacked;
	return naru_recov_ack(&r, &c, &naru_cong_reno, &in);
}

static void timeout(u32 una, bool again)
{
	struct naru_recov_rto in = { .snd_una = una, .snd_nxt = NXT, .again = again, .frto = true };

	naru_recov_rto(&r, &c, &naru_cong_reno, &in);
}

static void enter_newreno(void)
{
	begin();
	dup_ack(UNA);
	dup_ack(UNA);
	dup_ack(UNA);
	ASSERT_EQ(r.state, NARU_RECOVERY);
}

TEST(recov_ack__new_data_in_order_grows)
{
	begin();
	ASSERT_EQ(new_ack(UNA + MSS, MSS), NARU_RECOV_GROW);
	ASSERT_EQ(r.state, NARU_OPEN);
}

TEST(recov_ack__two_duplicates_change_nothing_but_the_state)
{
	begin();
	ASSERT_EQ(dup_ack(UNA), 0);
	ASSERT_EQ(dup_ack(UNA), 0);
	ASSERT_EQ(r.state, NARU_DISORDER);
	ASSERT_EQ(c.cwnd, 10 * MSS);
	ASSERT_EQ(c.ssthresh, NARU_CONG_INFINITE);
}

/* RFC 5681 3.2 steps 2, 3 */
TEST(recov_ack__third_duplicate_enters)
{
	begin();
	dup_ack(UNA);
	dup_ack(UNA);
	ASSERT_EQ(dup_ack(UNA), NARU_RECOV_ENTER | NARU_RECOV_MARK_HEAD);
	ASSERT_EQ(c.ssthresh, 5 * MSS);
	ASSERT_EQ(c.cwnd, 8 * MSS);
	ASSERT_EQ(r.point, NXT);
}

TEST(recov_ack__new_data_between_starts_the_count_again)
{
	begin();
	dup_ack(UNA);
	dup_ack(UNA);
	new_ack(UNA + MSS, MSS);
	ASSERT_EQ(r.state, NARU_OPEN);
	ASSERT_EQ(dup_ack(UNA + MSS), 0);
	ASSERT_EQ(r.state, NARU_DISORDER);
}

TEST(recov_ack__ack_that_is_no_duplicate_does_not_count)
{
	struct naru_recov_in in = state(UNA, 0, false);
	int i;

	begin();
	for (i = 0; i < 10; i++)
		ASSERT_EQ(naru_recov_ack(&r, &c, &naru_cong_reno, &in), 0);
	ASSERT_EQ(r.state, NARU_OPEN);
}

/* RFC 3042 2 */
TEST(recov_limited__a_segment_for_each_of_the_first_two)
{
	begin();
	ASSERT_EQ(naru_recov_limited(&r, false, MSS), 0);
	dup_ack(UNA);
	ASSERT_EQ(naru_recov_limited(&r, false, MSS), MSS);
	ASSERT_EQ(naru_recov_limited(&r, true, MSS), 0);
	dup_ack(UNA);
	ASSERT_EQ(naru_recov_limited(&r, false, MSS), 2 * MSS);
	dup_ack(UNA);
	ASSERT_EQ(naru_recov_limited(&r, false, MSS), 0);
}

/* RFC 5681 3.2 step 2 with RFC 3042 */
TEST(recov_ack__limited_transmit_is_not_counted)
{
	struct naru_recov_in in = state(UNA, 0, false);
	int i;

	begin();
	in.snd_nxt = NXT + 2 * MSS;
	in.dupack = true;
	for (i = 0; i < 3; i++)
		naru_recov_ack(&r, &c, &naru_cong_reno, &in);
	ASSERT_EQ(c.ssthresh, 5 * MSS);
}

/* RFC 5681 3.2 step 4 */
TEST(recov_ack__further_duplicates_inflate)
{
	enter_newreno();
	ASSERT_EQ(dup_ack(UNA), 0);
	ASSERT_EQ(c.cwnd, 9 * MSS);
}

TEST(recov_ack__inflation_ends_at_what_is_in_flight)
{
	int i;

	enter_newreno();
	for (i = 0; i < 100; i++)
		dup_ack(UNA);
	ASSERT_LE(c.cwnd, c.ssthresh + 10 * MSS);
}

/* RFC 6582 3.2 step 3, partial */
TEST(recov_ack__partial_deflates_and_retransmits_the_next)
{
	enter_newreno();
	ASSERT_EQ(new_ack(UNA + 3 * MSS, 3 * MSS), NARU_RECOV_MARK_HEAD);
	ASSERT_EQ(r.state, NARU_RECOVERY);
	ASSERT_EQ(c.cwnd, 8 * MSS - 3 * MSS + MSS);
}

TEST(recov_ack__partial_of_less_than_a_segment_adds_nothing_back)
{
	enter_newreno();
	new_ack(UNA + 10, 10);
	ASSERT_EQ(c.cwnd, 8 * MSS - 10);
}

TEST(recov_ack__partial_never_takes_the_last_segment)
{
	enter_newreno();
	c.cwnd = 2 * MSS;
	new_ack(UNA + 9 * MSS, 9 * MSS);
	ASSERT_EQ(c.cwnd, MSS);
}

/* RFC 6582 3.2 step 3, full, option 1 */
TEST(recov_ack__full_deflates_and_leaves)
{
	enter_newreno();
	ASSERT_EQ(new_ack(NXT, 10 * MSS), NARU_RECOV_EXIT);
	ASSERT_EQ(r.state, NARU_OPEN);
	ASSERT_EQ(c.cwnd, 2 * MSS);
	ASSERT_EQ(c.ssthresh, 5 * MSS);
}

TEST(recov_ack__full_with_much_in_flight_leaves_with_ssthresh)
{
	struct naru_recov_in in;

	enter_newreno();
	in = state(NXT, 10 * MSS, false);
	in.snd_nxt = NXT + 20 * MSS;
	in.in_flight = 20 * MSS;
	ASSERT_EQ(naru_recov_ack(&r, &c, &naru_cong_reno, &in), NARU_RECOV_EXIT);
	ASSERT_EQ(c.cwnd, 5 * MSS);
}

/* RFC 6582 3.2 step 2 */
TEST(recov_ack__not_again_before_the_point_is_passed)
{
	int i;

	enter_newreno();
	new_ack(NXT, 10 * MSS);
	for (i = 0; i < 5; i++)
		ASSERT_EQ(dup_ack(NXT), 0);
	ASSERT_EQ(r.state, NARU_DISORDER);
	new_ack(NXT + MSS, MSS);
	dup_ack(NXT + MSS);
	dup_ack(NXT + MSS);
	ASSERT_TRUE(dup_ack(NXT + MSS) & NARU_RECOV_ENTER);
}

static void enter_sack(void)
{
	begin();
	ASSERT_EQ(sack_ack(UNA, 0, 2 * MSS, 0), 0);
	ASSERT_EQ(sack_ack(UNA, 0, 3 * MSS, MSS), NARU_RECOV_ENTER);
	naru_recov_sent_again(&r, MSS, 1000);
}

TEST(recov_ack__sack_enters_when_something_is_lost)
{
	begin();
	ASSERT_EQ(sack_ack(UNA, 0, 2 * MSS, 0), 0);
	ASSERT_EQ(r.state, NARU_DISORDER);
	ASSERT_EQ(sack_ack(UNA, 0, 3 * MSS, MSS), NARU_RECOV_ENTER);
	ASSERT_EQ(c.ssthresh, 5 * MSS);
	/* RFC 6937 3.1: what is in flight, and room for the first retransmission */
	ASSERT_EQ(c.cwnd, 7 * MSS);
}

/* RFC 6937 3.1: as long as more than the threshold is in flight, one goes for two that arrive */
TEST(recov_ack__sack_reduces_in_proportion)
{
	enter_sack();
	ASSERT_EQ(sack_ack(UNA, 0, 4 * MSS, 0), 0);
	ASSERT_EQ(c.cwnd, 6 * MSS);		/* that one has gone */
	ASSERT_EQ(sack_ack(UNA, 0, 5 * MSS, 0), 0);
	ASSERT_EQ(c.cwnd, 5 * MSS);
}

TEST(recov_ack__sack_partial_trusts_the_scoreboard)
{
	enter_sack();
	ASSERT_EQ(sack_ack(UNA + MSS, MSS, 3 * MSS, MSS), 0);
	ASSERT_EQ(c.cwnd, 5 * MSS);
	ASSERT_EQ(r.state, NARU_RECOVERY);
}

TEST(recov_ack__sack_leaves_with_the_threshold)
{
	enter_sack();
	ASSERT_EQ(sack_ack(NXT, 10 * MSS, 0, 0), NARU_RECOV_EXIT);
	ASSERT_EQ(c.cwnd, 5 * MSS);
	ASSERT_EQ(r.state, NARU_OPEN);
}

TEST(recov_ack__sack_loss_behind_the_point_is_a_new_episode)
{
	struct naru_recov_in in;

	begin();
	sack_ack(UNA, 0, 3 * MSS, MSS);
	in = state(NXT, 10 * MSS, true);
	in.snd_nxt = NXT + 10 * MSS;
	in.sacked_out = 4 * MSS;
	in.lost_out = MSS;
	in.in_flight = 5 * MSS;
	ASSERT_EQ(naru_recov_ack(&r, &c, &naru_cong_reno, &in),
		  NARU_RECOV_EXIT | NARU_RECOV_ENTER);
	ASSERT_EQ(r.point, NXT + 10 * MSS);
	ASSERT_EQ(c.ssthresh, 2500);
}

TEST(recov_ack__sacked_but_not_lost_is_disorder_that_grows)
{
	begin();
	ASSERT_EQ(sack_ack(UNA + MSS, MSS, MSS, 0), NARU_RECOV_GROW);
	ASSERT_EQ(r.state, NARU_DISORDER);
}

static u32 ece_ack(u32 una, u32 acked, u32 lost)
{
	struct naru_recov_in in = state(una, acked, true);

	in.lost_out = lost;
	in.ece = true;
	return naru_recov_ack(&r, &c, &naru_cong_reno, &in);
}

/* In congestion avoidance, ten segments in flight */
static void begin_marked(void)
{
	begin();
	c.ssthresh = c.cwnd;
	ASSERT_EQ(ece_ack(UNA + 2 * MSS, 2 * MSS, 0), NARU_RECOV_ECN);
	ASSERT_EQ(r.state, NARU_REDUCED);
	ASSERT_EQ(c.ssthresh, 8 * MSS);
	ASSERT_EQ(c.cwnd, 8 * MSS);
}

/* RFC 3168 6.1.2, RFC 8511 3.1: what the ACK acknowledges counts as in flight */
TEST(recov_ece__reduces)
{
	begin_marked();
	ASSERT_EQ(r.point, NXT);
}

/* An ACK of all that was in flight, as GRO makes them */
TEST(recov_ece__reduces_no_more_when_all_is_acknowledged)
{
	begin();
	c.ssthresh = c.cwnd;
	ASSERT_EQ(ece_ack(NXT, 10 * MSS, 0), NARU_RECOV_ECN);
	ASSERT_EQ(c.cwnd, 8 * MSS);
}

TEST(recov_ece__never_raises_the_window)
{
	begin();
	c.cwnd = MSS;
	ASSERT_EQ(ece_ack(UNA + MSS, MSS, 0), NARU_RECOV_ECN);
	ASSERT_EQ(c.cwnd, MSS);
	ASSERT_EQ(c.ssthresh, 2 * MSS);
}

/* RFC 3168 6.1.2: the window neither grows nor shrinks before the peer can have heard of it */
TEST(recov_ece__until_something_behind_the_point_is_acknowledged)
{
	struct naru_recov_in in;

	begin_marked();
	ASSERT_EQ(sack_ack(UNA + 4 * MSS, 2 * MSS, 0, 0), 0);
	ASSERT_EQ(sack_ack(NXT, 6 * MSS, 0, 0), 0);
	ASSERT_EQ(r.state, NARU_REDUCED);
	ASSERT_EQ(c.cwnd, 8 * MSS);
	in = state(NXT + MSS, MSS, true);
	in.snd_nxt = NXT + 8 * MSS;
	ASSERT_EQ(naru_recov_ack(&r, &c, &naru_cong_reno, &in), NARU_RECOV_GROW);
	ASSERT_EQ(r.state, NARU_OPEN);
}

TEST(recov_ece__again_in_the_next_window)
{
	struct naru_recov_in in;

	begin_marked();
	in = state(NXT + MSS, MSS, true);
	in.snd_nxt = NXT + 8 * MSS;
	in.ece = true;
	ASSERT_EQ(naru_recov_ack(&r, &c, &naru_cong_reno, &in), NARU_RECOV_ECN);
	ASSERT_EQ(r.point, NXT + 8 * MSS);
	ASSERT_EQ(c.cwnd, 6400);
}

/* RFC 8511 4.2: a loss in the same window is repaired, and no reason to reduce it again */
TEST(recov_ece__a_loss_in_the_window_reduces_no_more)
{
	begin_marked();
	ASSERT_EQ(sack_ack(UNA + 2 * MSS, 0, 3 * MSS, MSS), NARU_RECOV_ENTER);
	ASSERT_EQ(r.state, NARU_RECOVERY);
	ASSERT_EQ(c.ssthresh, 8 * MSS);
	/* RFC 6937 3.1: four are in flight, three have arrived */
	ASSERT_EQ(c.cwnd, 7 * MSS);
}

/* RFC 3168 6.1.2: that of what carried CWR is */
TEST(recov_ece__a_loss_behind_the_window_reduces)
{
	struct naru_recov_in in;

	begin_marked();
	sack_ack(NXT, 8 * MSS, 0, 0);
	in = state(NXT, 0, true);
	in.snd_nxt = NXT + 8 * MSS;
	in.sacked_out = 4 * MSS;
	in.lost_out = MSS;
	ASSERT_EQ(naru_recov_ack(&r, &c, &naru_cong_reno, &in), NARU_RECOV_ENTER);
	ASSERT_EQ(c.ssthresh, 4 * MSS);
}

/* And without SACK by duplicate ACKs */
TEST(recov_ece__duplicates_enter)
{
	begin_marked();
	dup_ack(UNA + 2 * MSS);
	ASSERT_EQ(dup_ack(UNA + 2 * MSS), 0);
	ASSERT_EQ(dup_ack(UNA + 2 * MSS), NARU_RECOV_ENTER | NARU_RECOV_MARK_HEAD);
	ASSERT_EQ(c.ssthresh, 8 * MSS);
}

TEST(recov_ece__a_loss_goes_before_a_mark)
{
	begin();
	ASSERT_EQ(ece_ack(UNA, 0, MSS), NARU_RECOV_ENTER);
	ASSERT_EQ(c.ssthresh, 5 * MSS);
}

TEST(recov_ece__nothing_while_a_loss_is_repaired)
{
	begin();
	sack_ack(UNA, 0, 3 * MSS, MSS);
	ASSERT_EQ(ece_ack(UNA + MSS, MSS, MSS), 0);
	ASSERT_EQ(r.state, NARU_RECOVERY);
	timeout(UNA + MSS, false);
	ASSERT_EQ(ece_ack(UNA + 2 * MSS, MSS, 0), NARU_RECOV_GROW);
	ASSERT_EQ(r.state, NARU_LOSS);
}

/* RFC 5681 3.1: loss window, equation 4 */
TEST(recov_rto__one_segment_and_half_the_flight)
{
	begin();
	timeout(UNA, false);
	ASSERT_EQ(r.state, NARU_LOSS);
	ASSERT_EQ(c.cwnd, MSS);
	ASSERT_EQ(c.ssthresh, 5 * MSS);
}

/* RFC 5681 3.1: held constant */
TEST(recov_rto__again_keeps_the_threshold)
{
	begin();
	timeout(UNA, false);
	timeout(UNA, true);
	ASSERT_EQ(c.ssthresh, 5 * MSS);
	ASSERT_EQ(c.cwnd, MSS);
}

TEST(recov_rto__ends_fast_recovery)
{
	enter_newreno();
	timeout(UNA, false);
	ASSERT_EQ(r.state, NARU_LOSS);
	ASSERT_EQ(new_ack(UNA + MSS, MSS), NARU_RECOV_GROW);
}

/* RFC 6582 3.2 step 4 */
TEST(recov_rto__no_fast_retransmit_until_the_point_is_passed)
{
	int i;

	begin();
	timeout(UNA, false);
	for (i = 0; i < 10; i++)
		ASSERT_EQ(dup_ack(UNA), 0);
	ASSERT_EQ(new_ack(NXT, 10 * MSS), NARU_RECOV_EXIT | NARU_RECOV_GROW);
	ASSERT_EQ(r.state, NARU_OPEN);
	for (i = 0; i < 5; i++)
		ASSERT_EQ(dup_ack(NXT), 0);
}

/* RFC 1191 6.4: what was too large goes again, with the window as it was */
TEST(recov_mtu__no_congestion)
{
	u32 cwnd;

	begin();
	cwnd = c.cwnd;
	naru_recov_mtu(&r, NXT);
	ASSERT_EQ(sack_ack(UNA + MSS, MSS, 0, 9 * MSS), NARU_RECOV_GROW);
	ASSERT_EQ(sack_ack(UNA + MSS, 0, MSS, 8 * MSS), 0);
	ASSERT_EQ(c.cwnd, cwnd);
	ASSERT_EQ(c.ssthresh, NARU_CONG_INFINITE);
	ASSERT_EQ(sack_ack(NXT, 9 * MSS, 0, 0), NARU_RECOV_EXIT | NARU_RECOV_GROW);
	ASSERT_EQ(r.state, NARU_OPEN);
}

TEST(recov_mtu__a_recovery_goes_on)
{
	enter_newreno();
	naru_recov_mtu(&r, NXT);
	ASSERT_EQ(r.state, NARU_RECOVERY);
}

/* ---- what was for nothing ---- */

static struct naru_recov_in answer(u32 una, u32 acked)
{
	struct naru_recov_in in = state(una, acked, true);

	in.delivered = acked;
	return in;
}

static u32 take(const struct naru_recov_in *in)
{
	return naru_recov_ack(&r, &c, &naru_cong_reno, in);
}

static void expect_back(void)
{
	ASSERT_GE(c.cwnd, 10 * MSS);
	ASSERT_EQ(c.ssthresh, NARU_CONG_INFINITE);
	ASSERT_EQ(r.state, NARU_OPEN);
}

/* RFC 3522 3.2 */
TEST(recov_undo__echo_from_before_the_retransmission)
{
	struct naru_recov_in in = answer(UNA + MSS, MSS);

	enter_sack();
	in.has_ts = true;
	in.tsecr = 999;
	ASSERT_EQ(take(&in), NARU_RECOV_EXIT | NARU_RECOV_UNDO | NARU_RECOV_BY_TIME);
	expect_back();
}

TEST(recov_undo__echo_of_the_retransmission_is_none)
{
	struct naru_recov_in in = answer(UNA + MSS, MSS);

	enter_sack();
	in.has_ts = true;
	in.tsecr = 1000;
	ASSERT_EQ(take(&in) & NARU_RECOV_UNDO, 0);
	ASSERT_EQ(r.state, NARU_RECOVERY);
}

/* RFC 3708 2: it takes a D-SACK for each byte that was sent again */
TEST(recov_undo__all_has_come_twice)
{
	struct naru_recov_in in = answer(UNA, 0);

	enter_sack();
	naru_recov_sent_again(&r, MSS, 1001);
	in.doubled = MSS;
	ASSERT_EQ(take(&in), 0);
	ASSERT_EQ(take(&in), NARU_RECOV_EXIT | NARU_RECOV_UNDO | NARU_RECOV_BY_DSACK);
	expect_back();
	ASSERT_EQ(take(&in), 0);
}

TEST(recov_undo__d_sack_may_come_when_the_recovery_is_over)
{
	struct naru_recov_in in = answer(NXT, 0);

	enter_sack();
	ASSERT_EQ(sack_ack(NXT, 10 * MSS, 0, 0), NARU_RECOV_EXIT);
	in.doubled = MSS;
	ASSERT_EQ(take(&in), NARU_RECOV_UNDO | NARU_RECOV_BY_DSACK);
	expect_back();
}

/* What was on its way again when it began counts: a probe's D-SACK alone tells nothing */
TEST(recov_undo__a_probe_before_counts)
{
	struct naru_recov_in in = answer(UNA, 0);

	begin();
	in.retrans_out = MSS;
	in.lost_out = MSS;
	in.sacked_out = 3 * MSS;
	ASSERT_EQ(take(&in), NARU_RECOV_ENTER);
	naru_recov_sent_again(&r, MSS, 1000);
	in = answer(UNA, 0);
	in.doubled = MSS;
	ASSERT_EQ(take(&in), 0);
	ASSERT_TRUE(take(&in) & NARU_RECOV_BY_DSACK);
}

/* RFC 5682 2.1: head acknowledged, then new data, then what nobody sent again */
TEST(recov_frto__timeout_for_nothing)
{
	struct naru_recov_in in = answer(UNA + MSS, MSS);

	begin();
	timeout(UNA, false);
	naru_recov_sent_again(&r, MSS, 0);
	in.has_new = true;
	ASSERT_EQ(take(&in), NARU_RECOV_GROW);
	ASSERT_TRUE(naru_recov_holds_back(&r));
	in = answer(UNA + 2 * MSS, MSS);
	in.snd_nxt = NXT + 2 * MSS;
	in.original = true;
	ASSERT_EQ(take(&in), NARU_RECOV_EXIT | NARU_RECOV_UNDO | NARU_RECOV_BY_FRTO);
	expect_back();
	ASSERT_FALSE(naru_recov_holds_back(&r));
}

/* RFC 5682 2.1 step 3a: a duplicate says that the loss was real */
TEST(recov_frto__timeout_for_something)
{
	struct naru_recov_in in = answer(UNA + MSS, MSS);

	begin();
	timeout(UNA, false);
	in.has_new = true;
	take(&in);
	in = answer(UNA + MSS, 0);
	in.snd_nxt = NXT + 2 * MSS;
	in.dupack = true;
	ASSERT_EQ(take(&in), 0);
	ASSERT_FALSE(naru_recov_holds_back(&r));
	ASSERT_EQ(r.state, NARU_LOSS);
}

/* RFC 5682 3.1 step 2: with SACK a duplicate is no answer to the retransmission */
TEST(recov_frto__duplicates_before_the_first_new_ack)
{
	struct naru_recov_in in = answer(UNA, 0);

	begin();
	timeout(UNA, false);
	in.dupack = true;
	in.original = true;
	ASSERT_EQ(take(&in), 0);
	in = answer(UNA + MSS, MSS);
	in.has_new = true;
	ASSERT_EQ(take(&in), NARU_RECOV_GROW);
	ASSERT_TRUE(naru_recov_holds_back(&r));
	in = answer(UNA + MSS, 0);		/* a window update */
	ASSERT_EQ(take(&in), 0);
	ASSERT_TRUE(naru_recov_holds_back(&r));
	in.dupack = true;
	in.original = true;
	ASSERT_EQ(take(&in), NARU_RECOV_EXIT | NARU_RECOV_UNDO | NARU_RECOV_BY_FRTO);
}

/* RFC 5682 3.1 steps 2a and 3a: all at once, or what was sent later, may have waited for the retransmission */
TEST(recov_frto__nobody_can_tell)
{
	struct naru_recov_in in = answer(NXT, 10 * MSS);

	begin();
	timeout(UNA, false);
	in.original = true;
	in.has_new = true;
	ASSERT_EQ(take(&in), NARU_RECOV_EXIT | NARU_RECOV_GROW);
	begin();
	timeout(UNA, false);
	in = answer(UNA + MSS, MSS);
	in.has_new = true;
	take(&in);
	in = answer(UNA + 2 * MSS, MSS);
	in.original = true;
	in.beyond = true;
	ASSERT_EQ(take(&in), NARU_RECOV_GROW);
	ASSERT_FALSE(naru_recov_holds_back(&r));
}

/* RFC 5681 3.1: what has been sent in a recovery is no reason for a larger threshold */
TEST(recov_rto__in_a_recovery_the_threshold_does_not_rise)
{
	struct naru_recov_rto in = { .snd_una = UNA, .snd_nxt = UNA + 40 * MSS };

	enter_sack();
	ASSERT_EQ(c.ssthresh, 5 * MSS);
	naru_recov_rto(&r, &c, &naru_cong_reno, &in);
	ASSERT_EQ(c.ssthresh, 5 * MSS);
}

TEST(recov_frto__without_new_data_as_usual)
{
	struct naru_recov_in in = answer(UNA + MSS, MSS);

	begin();
	timeout(UNA, false);
	ASSERT_EQ(take(&in), NARU_RECOV_GROW);
	ASSERT_FALSE(naru_recov_holds_back(&r));
	in.has_new = true;
	begin();
	timeout(UNA, false);
	take(&in);
	naru_recov_no_new_data(&r, NXT);	/* it could not be sent */
	ASSERT_FALSE(naru_recov_holds_back(&r));
}

/* RFC 5682 2.1 step 1: after a fast retransmit nobody can tell */
TEST(recov_frto__not_in_a_recovery)
{
	struct naru_recov_in in = answer(UNA + MSS, MSS);

	enter_sack();
	timeout(UNA, false);
	in.has_new = true;
	in.original = true;
	ASSERT_EQ(take(&in), NARU_RECOV_GROW);
}

/* RFC 8985 7.4.2 */
TEST(recov_probe_lost__once_and_not_in_a_recovery)
{
	struct naru_recov_in in = answer(NXT, 0);

	begin();
	ASSERT_TRUE(naru_recov_probe_lost(&r, &c, &naru_cong_reno, &in));
	ASSERT_EQ(c.ssthresh, 5 * MSS);
	ASSERT_EQ(c.cwnd, 5 * MSS);
	enter_sack();
	ASSERT_FALSE(naru_recov_probe_lost(&r, &c, &naru_cong_reno, &in));
	ASSERT_EQ(c.ssthresh, 5 * MSS);
	ASSERT_EQ(c.cwnd, 7 * MSS);
}

/* ---- a window that was not used, RFC 7661 4.4.1 ---- */

static void lose_one_unvalidated(u32 pipe_ack)
{
	struct naru_recov_in in = state(UNA, 0, true);

	begin();
	c.cwnd = 40 * MSS;
	in.unvalidated = true;
	in.pipe_ack = pipe_ack;
	in.sacked_out = 9 * MSS;
	in.lost_out = MSS;
	in.delivered = MSS;
	in.in_flight = 0;
	ASSERT_EQ(naru_recov_ack(&r, &c, &naru_cong_reno, &in), NARU_RECOV_ENTER);
}

TEST(recov_ack__unvalidated_window_is_what_was_in_flight)
{
	lose_one_unvalidated(4 * MSS);
	ASSERT_EQ(c.ssthresh, 5 * MSS);
}

TEST(recov_ack__unvalidated_window_is_what_was_used_lately)
{
	lose_one_unvalidated(16 * MSS);
	ASSERT_EQ(c.ssthresh, 8 * MSS);
}

TEST(recov_ack__unvalidated_window_is_no_larger_than_it_was)
{
	lose_one_unvalidated(100 * MSS);
	ASSERT_EQ(c.ssthresh, 20 * MSS);
}

/* R is what was sent again */
TEST(recov_ack__unvalidated_window_ends_without_what_was_sent_again)
{
	struct naru_recov_in in;

	lose_one_unvalidated(16 * MSS);
	naru_recov_sent_again(&r, 4 * MSS, 0);
	in = state(NXT, 10 * MSS, true);
	in.delivered = MSS;
	ASSERT_EQ(naru_recov_ack(&r, &c, &naru_cong_reno, &in), NARU_RECOV_EXIT);
	ASSERT_EQ(c.ssthresh, 6 * MSS);
	ASSERT_EQ(c.cwnd, 6 * MSS);
}

TEST(recov_ack__unvalidated_window_ends_with_two_segments_at_least)
{
	struct naru_recov_in in;

	lose_one_unvalidated(4 * MSS);
	naru_recov_sent_again(&r, 40 * MSS, 0);
	in = state(NXT, 10 * MSS, true);
	in.delivered = MSS;
	naru_recov_ack(&r, &c, &naru_cong_reno, &in);
	ASSERT_EQ(c.cwnd, 2 * MSS);
}

/* RFC 8985 7.4.2 */
TEST(recov_probe_lost__unvalidated_window_is_what_was_in_flight)
{
	struct naru_recov_in in = state(UNA + 8 * MSS, 2 * MSS, true);

	begin();
	c.cwnd = 40 * MSS;
	in.unvalidated = true;
	in.pipe_ack = 6 * MSS;
	ASSERT_TRUE(naru_recov_probe_lost(&r, &c, &naru_cong_reno, &in));
	ASSERT_EQ(c.cwnd, 3 * MSS);
}
