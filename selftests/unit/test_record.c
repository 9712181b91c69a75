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

static struct naru_record_drops drops;

static void drop(u8 reason, u32 seq)
{
	naru_record_drops_add(&drops, &(struct naru_record_drop){ .times = 1, .reason = reason, .seq = seq });
}

TEST(record_drops__rows_of_the_same_reason_are_one)
{
	drops.next = 0;
	ASSERT_TRUE(!naru_record_drops_at(&drops, 0));
	for (u32 n = 0; n < 1000; n++)
		drop(3, n);
	drop(4, 1);
	drop(3, 7);
	ASSERT_EQ(1000, naru_record_drops_at(&drops, 0)->times);
	ASSERT_EQ(999, naru_record_drops_at(&drops, 0)->seq);
	ASSERT_EQ(4, naru_record_drops_at(&drops, 1)->reason);
	ASSERT_EQ(1, naru_record_drops_at(&drops, 2)->times);
	ASSERT_TRUE(!naru_record_drops_at(&drops, 3));
}

TEST(record_drops__the_newest_stay)
{
	drops.next = 0;
	for (u32 n = 0; n < 100; n++)
		drop(n % 2, n);
	for (u32 n = 0; n < NARU_RECORD_DROPS; n++)
		ASSERT_EQ(100 - NARU_RECORD_DROPS + n, naru_record_drops_at(&drops, n)->seq);
	ASSERT_TRUE(!naru_record_drops_at(&drops, NARU_RECORD_DROPS));
}
