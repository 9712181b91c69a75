// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 9293 3.8.5, RFC 6093. Sequence numbers lie around a wrap.
 */
#include "unit.h"
#include "urg.h"

#define UNA	0xffffff00u
#define MARK	0x00000010u	/* behind the wrap */

static struct naru_urg mode(u8 state)
{
	struct naru_urg urg = { .mark = MARK, .state = state, .byte = '!' };

	return urg;
}

/* ---- the sender ---- */

static int pointer(u32 seq, u32 snd_up, u32 snd_nxt)
{
	u16 p = 0;

	return naru_urg_pointer(seq, snd_up, snd_nxt, &p) ? p : -1;
}

/* RFC 9293 MUST-62: the octet following the urgent data */
TEST(urg_pointer__is_behind_the_last_byte)
{
	ASSERT_EQ(pointer(UNA, UNA + 1, UNA), 1);
	ASSERT_EQ(pointer(UNA, UNA + 300, UNA), 300);
	ASSERT_EQ(pointer(UNA + 299, UNA + 300, UNA + 299), 1);
}

TEST(urg_pointer__segments_behind_it_have_none)
{
	ASSERT_EQ(pointer(UNA + 300, UNA + 300, UNA + 300), -1);
	ASSERT_EQ(pointer(UNA + 301, UNA + 300, UNA + 301), -1);
}

TEST(urg_pointer__is_each_segments_own_when_sent_again)
{
	u32 at;

	for (at = 0; at < 3000; at += 1000)
		ASSERT_EQ(pointer(UNA + at, UNA + 3000, UNA + 3000), 3000 - at);
}

/* RFC 9293 MUST-31 */
TEST(urg_pointer__further_on_than_the_field_can_say)
{
	ASSERT_EQ(pointer(UNA, UNA + 65535, UNA), 65535);
	ASSERT_EQ(pointer(UNA, UNA + 65536, UNA), 65535);
	ASSERT_EQ(pointer(UNA, UNA + 1000000, UNA), 65535);
	ASSERT_EQ(pointer(UNA + 1000, UNA + 1000000, UNA + 1000), 65535);
}

/* It would point into data that has been sent, at what is not the end of urgent data */
TEST(urg_pointer__no_lie_about_what_was_sent)
{
	ASSERT_EQ(pointer(UNA, UNA + 1000000, UNA + 65534), 65535);
	ASSERT_EQ(pointer(UNA, UNA + 1000000, UNA + 65535), -1);
	ASSERT_EQ(pointer(UNA, UNA + 1000000, UNA + 200000), -1);
	ASSERT_EQ(pointer(UNA, UNA + 65535, UNA + 200000), 65535);
}

TEST(urg_most__one_segment_before_the_pointer)
{
	ASSERT_EQ(naru_urg_most(UNA, UNA, 1000, 64000), 64000);
	ASSERT_EQ(naru_urg_most(UNA, UNA + 1, 1000, 64000), 1000);
	ASSERT_EQ(naru_urg_most(UNA, UNA + 1, 1000, 500), 500);
	ASSERT_EQ(naru_urg_most(UNA + 999, UNA + 1000, 1000, 64000), 1000);
	ASSERT_EQ(naru_urg_most(UNA + 1000, UNA + 1000, 1000, 64000), 64000);
}

/* ---- the receiver ---- */

TEST(urg_arrived__enters_urgent_mode)
{
	struct naru_urg urg = { 0 };

	ASSERT_TRUE(naru_urg_arrived(&urg, UNA, MARK + 1 - UNA, UNA));
	ASSERT_EQ(urg.mark, MARK);
	ASSERT_EQ(urg.state, NARU_URG_AWAITED);
}

/* RFC 9293 MUST-32: "whenever the urgent pointer advances" */
TEST(urg_arrived__tells_again_when_it_moves_on)
{
	u8 state;

	for (state = NARU_URG_AWAITED; state <= NARU_URG_TAKEN; state++) {
		struct naru_urg urg = mode(state);

		ASSERT_FALSE(naru_urg_arrived(&urg, MARK, 1, UNA));
		ASSERT_FALSE(naru_urg_arrived(&urg, MARK - 5, 1, UNA));
		ASSERT_EQ(urg.state, state);
		ASSERT_EQ(urg.mark, MARK);
		ASSERT_TRUE(naru_urg_arrived(&urg, MARK, 2, UNA));
		ASSERT_EQ(urg.state, NARU_URG_AWAITED);
		ASSERT_EQ(urg.mark, MARK + 1);
	}
}

TEST(urg_arrived__what_has_come_in_order_is_old)
{
	struct naru_urg urg = { 0 };

	ASSERT_FALSE(naru_urg_arrived(&urg, UNA, 1, UNA + 1));
	ASSERT_FALSE(naru_urg_arrived(&urg, UNA - 1000, 1000, UNA));
	ASSERT_EQ(urg.state, NARU_URG_NONE);
	ASSERT_TRUE(naru_urg_arrived(&urg, UNA - 1000, 1001, UNA));
	ASSERT_EQ(urg.mark, UNA);
}

TEST(urg_arrived__pointer_0_is_the_first_byte)
{
	struct naru_urg urg = { 0 };

	ASSERT_TRUE(naru_urg_arrived(&urg, UNA, 0, UNA));
	ASSERT_EQ(urg.mark, UNA);
	ASSERT_FALSE(naru_urg_arrived(&urg, UNA, 1, UNA));
}

TEST(urg_arrived__any_pointer_is_harmless)
{
	struct naru_urg urg = { 0 };

	ASSERT_TRUE(naru_urg_arrived(&urg, UNA, 65535, UNA));
	ASSERT_EQ(urg.mark, UNA + 65534);
	ASSERT_EQ(naru_urg_before(&urg, UNA, 1000), 1000);
}

TEST(urg_overtaken__only_a_byte_that_the_reader_stands_before)
{
	struct naru_urg urg = mode(NARU_URG_TAKEN), none = mode(NARU_URG_NONE);

	ASSERT_TRUE(naru_urg_overtaken(&urg, MARK, MARK + 1, false));
	ASSERT_FALSE(naru_urg_overtaken(&urg, MARK, MARK + 1, true));
	ASSERT_FALSE(naru_urg_overtaken(&urg, MARK - 1, MARK + 1, false));
	ASSERT_FALSE(naru_urg_overtaken(&urg, MARK, MARK, false));
	ASSERT_FALSE(naru_urg_overtaken(&none, MARK, MARK + 1, false));
}

TEST(urg_found__in_the_text)
{
	struct naru_urg urg = mode(NARU_URG_AWAITED);
	u32 at;

	ASSERT_TRUE(naru_urg_found(&urg, UNA, 1000, &at));
	ASSERT_EQ(at, MARK - UNA);
	ASSERT_TRUE(naru_urg_found(&urg, MARK, 1, &at));
	ASSERT_EQ(at, 0);
	ASSERT_FALSE(naru_urg_found(&urg, UNA, MARK - UNA, &at));
	ASSERT_FALSE(naru_urg_found(&urg, MARK + 1, 1000, &at));
	ASSERT_FALSE(naru_urg_found(&urg, MARK, 0, &at));
}

/* RFC 9293 MUST-33 */
TEST(urg_at_mark__whatever_became_of_the_byte)
{
	struct naru_urg urg = mode(NARU_URG_NONE);

	ASSERT_FALSE(naru_urg_at_mark(&urg, MARK));
	for (urg.state = NARU_URG_AWAITED; urg.state <= NARU_URG_TAKEN; urg.state++) {
		ASSERT_TRUE(naru_urg_at_mark(&urg, MARK));
		ASSERT_FALSE(naru_urg_at_mark(&urg, MARK - 1));
		ASSERT_FALSE(naru_urg_at_mark(&urg, MARK + 1));
	}
}

TEST(urg_before__ends_at_the_mark)
{
	struct naru_urg urg = mode(NARU_URG_HERE), none = mode(NARU_URG_NONE);

	ASSERT_EQ(naru_urg_before(&urg, UNA, 1000), MARK - UNA);
	ASSERT_EQ(naru_urg_before(&urg, UNA, 10), 10);
	ASSERT_EQ(naru_urg_before(&urg, MARK, 10), 0);
	ASSERT_EQ(naru_urg_before(&urg, MARK + 1, 10), 10);
	ASSERT_EQ(naru_urg_before(&none, UNA, 1000), 1000);
}

TEST(urg_readable__up_to_the_mark)
{
	struct naru_urg urg = mode(NARU_URG_HERE);
	bool skip = true;

	ASSERT_EQ(naru_urg_readable(&urg, UNA, 1000, false, &skip), MARK - UNA);
	ASSERT_FALSE(skip);
	ASSERT_EQ(naru_urg_readable(&urg, UNA, 1000, true, &skip), MARK - UNA);
	ASSERT_FALSE(skip);
	ASSERT_EQ(naru_urg_readable(&urg, UNA, 5, false, &skip), 5);
	ASSERT_FALSE(skip);
}

TEST(urg_readable__over_the_byte_or_with_it)
{
	struct naru_urg urg = mode(NARU_URG_TAKEN);
	bool skip = false;

	ASSERT_EQ(naru_urg_readable(&urg, MARK, 10, false, &skip), 9);
	ASSERT_TRUE(skip);
	ASSERT_EQ(naru_urg_readable(&urg, MARK, 1, false, &skip), 0);
	ASSERT_TRUE(skip);
	ASSERT_EQ(naru_urg_readable(&urg, MARK, 10, true, &skip), 10);
	ASSERT_FALSE(skip);
	ASSERT_EQ(naru_urg_readable(&urg, MARK + 1, 10, false, &skip), 10);
	ASSERT_FALSE(skip);
}

TEST(urg_passed__ends_behind_the_mark)
{
	struct naru_urg urg = mode(NARU_URG_TAKEN);

	naru_urg_passed(&urg, UNA);
	ASSERT_EQ(urg.state, NARU_URG_TAKEN);
	naru_urg_passed(&urg, MARK);
	ASSERT_EQ(urg.state, NARU_URG_TAKEN);
	naru_urg_passed(&urg, MARK + 1);
	ASSERT_EQ(urg.state, NARU_URG_NONE);
}

static int take(u8 state, struct naru_urg_reader r)
{
	struct naru_urg urg = mode(state);

	return naru_urg_recv(&urg, &r);
}

TEST(urg_recv__the_byte_once)
{
	struct naru_urg_reader open = { .inlined = false };

	ASSERT_EQ(take(NARU_URG_HERE, open), 1);
	ASSERT_EQ(take(NARU_URG_TAKEN, open), -EINVAL);
	ASSERT_EQ(take(NARU_URG_NONE, open), -EINVAL);
	ASSERT_EQ(take(NARU_URG_AWAITED, open), -EAGAIN);
}

TEST(urg_recv__not_what_is_in_the_stream)
{
	struct naru_urg_reader inlined = { .inlined = true };
	u8 state;

	for (state = NARU_URG_NONE; state <= NARU_URG_TAKEN; state++)
		ASSERT_EQ(take(state, inlined), -EINVAL);
}

TEST(urg_recv__after_the_end)
{
	struct naru_urg_reader gone = { .closed = true, .shut = true };
	struct naru_urg_reader fin = { .done = true, .shut = true };
	struct naru_urg_reader over = { .closed = true, .done = true, .shut = true };

	ASSERT_EQ(take(NARU_URG_NONE, gone), -EINVAL);
	ASSERT_EQ(take(NARU_URG_HERE, gone), -ENOTCONN);
	ASSERT_EQ(take(NARU_URG_AWAITED, gone), -ENOTCONN);
	ASSERT_EQ(take(NARU_URG_HERE, fin), 1);
	ASSERT_EQ(take(NARU_URG_AWAITED, fin), 0);
	ASSERT_EQ(take(NARU_URG_HERE, over), 1);
	ASSERT_EQ(take(NARU_URG_AWAITED, over), 0);
}
