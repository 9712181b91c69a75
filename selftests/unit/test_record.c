// SPDX-License-Identifier: GPL-2.0
/*
 * The flight recorder's ring.
 */
#include "unit.h"
#include "record.h"

static struct naru_ring ring;

static void add(u32 n)
{
	for (u32 i = 0; i < n; i++)
		naru_ring_add(&ring, &(struct naru_record){ .value = ring.next });
}

TEST(ring__empty)
{
	ring.next = 0;
	ASSERT_EQ(0, naru_ring_first(&ring));
	ASSERT_TRUE(!naru_ring_at(&ring, 0));
}

TEST(ring__all_are_there_until_it_is_full)
{
	ring.next = 0;
	add(NARU_RING_EVENTS);
	ASSERT_EQ(0, naru_ring_first(&ring));
	for (u32 n = 0; n < NARU_RING_EVENTS; n++)
		ASSERT_EQ(n, naru_ring_at(&ring, n)->value);
	ASSERT_TRUE(!naru_ring_at(&ring, NARU_RING_EVENTS));
}

TEST(ring__the_newest_stay)
{
	ring.next = 0;
	add(3 * NARU_RING_EVENTS + 7);
	ASSERT_EQ(2 * NARU_RING_EVENTS + 7, naru_ring_first(&ring));
	ASSERT_TRUE(!naru_ring_at(&ring, naru_ring_first(&ring) - 1));
	for (u32 n = naru_ring_first(&ring); n < ring.next; n++)
		ASSERT_EQ(n, naru_ring_at(&ring, n)->value);
}

/* From a segment to what a window can be: half of a ring */
TEST(ring_moved__by_a_quarter)
{
	u32 was = 1000, n = 0;

	ASSERT_FALSE(naru_ring_moved(1000, 1000));
	ASSERT_FALSE(naru_ring_moved(1000, 1250));
	ASSERT_TRUE(naru_ring_moved(1000, 1251));
	ASSERT_FALSE(naru_ring_moved(1000, 750));
	ASSERT_TRUE(naru_ring_moved(1000, 749));
	ASSERT_FALSE(naru_ring_moved(0xffffffff, 0xffffffff));
	for (u32 cwnd = 1000; cwnd < 0x40000000; cwnd += 1 + cwnd / 100) {
		if (!naru_ring_moved(was, cwnd))
			continue;
		was = cwnd;
		n++;
	}
	ASSERT_TRUE(n < NARU_RING_EVENTS);
}
