// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 9293 3.8.6 and 3.7.4; RFC 7323 2.
 */
#include "unit.h"
#include "window.h"

TEST(window_scale__least_shift_that_suffices)
{
	ASSERT_EQ(naru_window_scale(0), 0);
	ASSERT_EQ(naru_window_scale(65535), 0);
	ASSERT_EQ(naru_window_scale(65536), 1);
	ASSERT_EQ(naru_window_scale(131071), 1);
	ASSERT_EQ(naru_window_scale(6 << 20), 7);
}

/* RFC 7323 2.3 */
TEST(window_scale__never_above_14)
{
	ASSERT_EQ(naru_window_scale(65535u << 14), 14);
	ASSERT_EQ(naru_window_scale(~0U), 14);
}

/* SHLD-14 */
TEST(window_select__never_moves_the_right_edge_left)
{
	ASSERT_EQ(naru_window_select(5000, 1000, 65535, 1460, 0), 5000);
	ASSERT_EQ(naru_window_select(5000, 0, 65535, 1460, 0), 5000);
	ASSERT_GE(naru_window_select(5001, 0, 65535, 1460, 7), 5001);
}

/* MUST-39 */
TEST(window_select__moves_by_a_segment_or_more)
{
	ASSERT_EQ(naru_window_select(1000, 2459, 65535, 1460, 0), 1000);
	ASSERT_EQ(naru_window_select(1000, 2460, 65535, 1460, 0), 2460);
}

/* MUST-39: Fr = 1/2 */
TEST(window_select__moves_by_half_a_small_buffer)
{
	ASSERT_EQ(naru_window_select(0, 499, 1000, 1460, 0), 0);
	ASSERT_EQ(naru_window_select(0, 500, 1000, 1460, 0), 500);
}

TEST(window_select__is_whole_units)
{
	ASSERT_EQ(naru_window_select(0, 100000, 200000, 1460, 7), 100000 & ~127u);
	ASSERT_EQ(naru_window_select(1000, 1100, 200000, 1460, 7), 1024);
}

TEST(window_select__never_above_what_the_field_says)
{
	ASSERT_EQ(naru_window_select(0, 1 << 20, 1 << 20, 1460, 0), 65535);
	ASSERT_EQ(naru_window_select(0, ~0U, ~0U, 1460, 14), 65535u << 14);
	ASSERT_EQ(naru_window_select(65535u << 14, ~0U, ~0U, 1460, 14), 65535u << 14);
}

TEST(window_select__stays_closed_until_a_step_is_free)
{
	ASSERT_EQ(naru_window_select(0, 0, 65535, 1460, 0), 0);
	ASSERT_EQ(naru_window_select(0, 1459, 65535, 1460, 0), 0);
	ASSERT_EQ(naru_window_select(0, 1459, 65535, 1460, 7), 0);
}

TEST(window_select__buffer_below_a_unit_opens_again)
{
	ASSERT_EQ(naru_window_select(0, 2304, 2304, 1460, 14), 1 << 14);
	ASSERT_EQ(naru_window_select(0, 0, 2304, 1460, 14), 0);
}

TEST(window_update_due__when_the_edge_may_move)
{
	ASSERT_TRUE(naru_window_update_due(0, 1460, 1460, 65535));
	ASSERT_FALSE(naru_window_update_due(0, 1459, 1460, 65535));
	ASSERT_TRUE(naru_window_update_due(0, 500, 1460, 1000));
	ASSERT_FALSE(naru_window_update_due(1000, 1000, 1460, 65535));
}

TEST(window_update_due__not_while_the_peer_has_plenty)
{
	ASSERT_FALSE(naru_window_update_due(40000, 65535, 1460, 65535));
	ASSERT_TRUE(naru_window_update_due(20000, 65535, 1460, 65535));
}

static struct naru_window_send small(void)
{
	struct naru_window_send w = { .len = 100, .mss = 1460, .max_window = 65535, .last = true };

	return w;
}

TEST(window_may_send__full_segment_always)
{
	struct naru_window_send w = small();

	w.len = 1460;
	w.in_flight = 100000;
	w.small_in_flight = true;
	w.cork = true;
	w.last = false;
	ASSERT_TRUE(naru_window_may_send(&w));
}

/* SHLD-7 */
TEST(window_may_send__nagle_holds_the_second_small_one)
{
	struct naru_window_send w = small();

	ASSERT_TRUE(naru_window_may_send(&w));
	w.in_flight = 100;
	w.small_in_flight = true;
	ASSERT_FALSE(naru_window_may_send(&w));
}

/* RFC 9293 A.3 */
TEST(window_may_send__minshall_lets_a_tail_follow_full_segments)
{
	struct naru_window_send w = small();

	w.in_flight = 14600;
	ASSERT_TRUE(naru_window_may_send(&w));
}

/* MUST-17 */
TEST(window_may_send__nodelay_disables_nagle)
{
	struct naru_window_send w = small();

	w.in_flight = 100;
	w.small_in_flight = true;
	w.nodelay = true;
	ASSERT_TRUE(naru_window_may_send(&w));
}

TEST(window_may_send__cork_holds_unless_pushed)
{
	struct naru_window_send w = small();

	w.cork = true;
	ASSERT_FALSE(naru_window_may_send(&w));
	w.nodelay = true;
	ASSERT_FALSE(naru_window_may_send(&w));
	w.push = true;
	ASSERT_TRUE(naru_window_may_send(&w));
}

TEST(window_may_send__fin_holds_back_nothing)
{
	struct naru_window_send w = small();

	w.fin = true;
	w.cork = true;
	w.in_flight = 1;
	w.small_in_flight = true;
	ASSERT_TRUE(naru_window_may_send(&w));
	w.len = 0;
	ASSERT_TRUE(naru_window_may_send(&w));
}

/* MUST-38, Fs = 1/2 */
TEST(window_may_send__silly_window_waits)
{
	struct naru_window_send w = small();

	w.last = false;
	ASSERT_FALSE(naru_window_may_send(&w));
	w.max_window = 201;
	ASSERT_FALSE(naru_window_may_send(&w));
	w.max_window = 200;
	ASSERT_TRUE(naru_window_may_send(&w));
}

TEST(window_may_send__silly_window_waits_even_if_pushed)
{
	struct naru_window_send w = small();

	w.last = false;
	w.push = true;
	w.nodelay = true;
	ASSERT_FALSE(naru_window_may_send(&w));
}

TEST(window_may_send__nothing_is_not_sent)
{
	struct naru_window_send w = small();

	w.len = 0;
	w.push = true;
	ASSERT_FALSE(naru_window_may_send(&w));
}

/* SHLD-29, SHLD-30 */
TEST(window_probe_interval__rto_then_doubled)
{
	ASSERT_EQ(naru_window_probe_interval(200000, 0, 120000000), 200000);
	ASSERT_EQ(naru_window_probe_interval(200000, 3, 120000000), 1600000);
	ASSERT_EQ(naru_window_probe_interval(200000, 20, 120000000), 120000000);
	ASSERT_EQ(naru_window_probe_interval(200000, 255, 120000000), 120000000);
}

TEST(window_sndbuf__four_windows_and_their_overhead)
{
	ASSERT_EQ(naru_window_sndbuf(10000, 1000, 500), 4 * 11 * 1500);
	ASSERT_EQ(naru_window_sndbuf(0x40000000, 1, 4096), NARU_BUFFER_MAX);
}

TEST(window_rcvbuf__doubles_and_more_while_the_sender_speeds_up)
{
	ASSERT_EQ(naru_window_rcvbuf(20000, 20000, 1000), 2 * 56000);
	ASSERT_EQ(naru_window_rcvbuf(20000, 10000, 1000), 2 * 3 * 56000);
	ASSERT_EQ(naru_window_rcvbuf(0x40000000, 1, 1460), NARU_BUFFER_MAX);
}
