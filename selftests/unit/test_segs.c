// SPDX-License-Identifier: GPL-2.0
/*
 * Segments in little memory: what stays, what is counted, and that nothing is lost but what is said to be.
 */
#include "unit.h"
#include "segs.h"
#include "wire.h"

static struct naru_segs segs;

static void begin(void)
{
	segs = (struct naru_segs){ };
}

static void add(u8 how, u8 flags, u16 len)
{
	const struct naru_seg_note note = {
		.us = 100 * segs.next, .seq = segs.next, .len = len, .flags = flags, .how = how, .wnd = 1000,
	};

	naru_segs_add(&segs, &note);
}

/* All of it: how many there are told one by one, and how many in runs */
struct sum {
	u32 notes, runs, in_runs;
	u64 bytes;
	u64 us;
};

static struct sum sum(void)
{
	struct naru_seg_note note;
	struct naru_seg_run run;
	struct sum s = { };

	for (u32 n = 0; naru_segs_at(&segs, n, &note, &run); n++) {
		bool is_run = run.in || run.out;
		u64 us = is_run ? run.us : note.us;

		ASSERT_TRUE(!n || us >= s.us);
		s.us = us;
		s.bytes += is_run ? run.bytes_in + run.bytes_out : note.len;
		s.in_runs += run.in + run.out;
		s.runs += is_run;
		s.notes += !is_run;
	}
	return s;
}

TEST(segs__empty)
{
	struct naru_seg_note note;
	struct naru_seg_run run;

	begin();
	ASSERT_FALSE(naru_segs_at(&segs, 0, &note, &run));
	ASSERT_EQ(0, naru_segs_lost(&segs));
}

TEST(segs__few_are_told_one_by_one)
{
	struct naru_seg_note note;
	struct naru_seg_run run;

	begin();
	for (u32 i = 0; i < NARU_SEGS_RECENT; i++)
		add(i & 1 ? NARU_SEG_IN : 0, NARU_ACK, 10);
	for (u32 n = 0; n < NARU_SEGS_RECENT; n++) {
		ASSERT_TRUE(naru_segs_at(&segs, n, &note, &run));
		ASSERT_EQ(n, note.seq);
		ASSERT_EQ(0, run.in + run.out);
	}
	ASSERT_FALSE(naru_segs_at(&segs, NARU_SEGS_RECENT, &note, &run));
}

/* A bulk transfer: the handshake, a run, and the newest */
TEST(segs__a_bulk_transfer)
{
	struct naru_seg_note note;
	struct naru_seg_run run;

	begin();
	add(0, NARU_SYN, 0);
	add(NARU_SEG_IN, NARU_SYN | NARU_ACK, 0);
	add(0, NARU_ACK, 0);
	for (u32 i = 0; i < 100000; i++)
		add(i % 3 ? 0 : NARU_SEG_IN, NARU_ACK, i % 3 ? 60000 : 0);
	ASSERT_TRUE(naru_segs_at(&segs, 2, &note, &run));
	ASSERT_EQ(2, note.seq);
	ASSERT_TRUE(naru_segs_at(&segs, 3, &note, &run));
	ASSERT_EQ(100000 - NARU_SEGS_RECENT, run.in + run.out);
	ASSERT_EQ(300, run.us);
	ASSERT_EQ(60000ULL * run.out, run.bytes_out);
	ASSERT_EQ(0, run.bytes_in);
	ASSERT_TRUE(naru_segs_at(&segs, 3 + NARU_SEGS_RECENT, &note, &run));
	ASSERT_EQ(segs.next - 1, note.seq);
	ASSERT_FALSE(naru_segs_at(&segs, 4 + NARU_SEGS_RECENT, &note, &run));
	ASSERT_EQ(0, naru_segs_lost(&segs));
}

TEST(segs__what_stands_out_stays)
{
	static const struct {
		u8 how, flags;
		u32 wnd;
		bool stays;
	} c[] = {
		{ 0, NARU_ACK, 1, false }, { 0, NARU_ACK | NARU_PSH, 1, false },
		{ NARU_SEG_AGAIN, NARU_ACK, 1, true }, { 0, NARU_ACK | NARU_FIN, 1, true },
		{ NARU_SEG_IN, NARU_RST, 1, true }, { NARU_SEG_IN, NARU_ACK, 0, true },
		{ NARU_SEG_IN | NARU_SEG_SACK, NARU_ACK, 1, true },
	};

	for (u32 i = 0; i < ARRAY_SIZE(c); i++) {
		begin();
		for (u32 n = 0; n < 5; n++)
			add(0, NARU_ACK, 1);
		naru_segs_add(&segs, &(struct naru_seg_note){ .wnd = c[i].wnd, .how = c[i].how, .us = 500,
							      .flags = c[i].flags, .len = 1 });
		for (u32 n = 0; n < 50; n++)
			add(0, NARU_ACK, 1);
		ASSERT_EQ(c[i].stays ? 4 + NARU_SEGS_RECENT : 3 + NARU_SEGS_RECENT, sum().notes);
		ASSERT_EQ(c[i].stays ? 2 : 1, sum().runs);
		ASSERT_EQ(56, sum().bytes);
	}
}

/* Of a row of ACKs with SACK blocks the first, in each direction */
TEST(segs__rows_of_sacks)
{
	begin();
	for (u32 n = 0; n < 5; n++)
		add(0, NARU_ACK, 1);
	for (u32 n = 0; n < 10; n++) {
		add(NARU_SEG_IN | NARU_SEG_SACK, NARU_ACK, 0);
		add(NARU_SEG_SACK, NARU_ACK, 0);
	}
	add(NARU_SEG_IN, NARU_ACK, 0);
	add(NARU_SEG_IN | NARU_SEG_SACK, NARU_ACK, 0);
	for (u32 n = 0; n < NARU_SEGS_RECENT; n++)
		add(0, NARU_ACK, 0);
	ASSERT_EQ(3 + 3 + NARU_SEGS_RECENT, sum().notes);
	ASSERT_EQ(2, sum().runs);
}

/* All are accounted for, whatever comes, and what is lost is said */
TEST(segs__nothing_is_lost_in_silence)
{
	struct unit_random random = { 7 };

	begin();
	for (u32 n = 1; n < 5000; n++) {
		u32 r = unit_random(&random);
		struct sum s;

		add(r & (NARU_SEG_IN | NARU_SEG_SACK), r % 5000 < 20 ? NARU_FIN : NARU_ACK, 1);
		s = sum();
		ASSERT_EQ(s.bytes, s.notes + s.in_runs);
		if (!naru_segs_lost(&segs))
			ASSERT_EQ(n, s.bytes);
		else
			ASSERT_LE(s.bytes, n - naru_segs_lost(&segs));
		ASSERT_LE(s.notes + s.runs, NARU_SEGS_KEPT + NARU_SEGS_RECENT);
	}
	ASSERT_LT(0, naru_segs_lost(&segs));
}

/* More than 2^32: the last are still there, and none stands out as the first do */
TEST(segs__numbers_wrap)
{
	struct sum s;

	begin();
	for (int i = 0; i < NARU_SEGS_RECENT; i++)
		add(0, NARU_ACK, 10);
	segs.next = 0U - NARU_SEGS_RECENT;
	for (int i = 0; i < 2 * NARU_SEGS_RECENT; i++)
		naru_segs_add(&segs, &(struct naru_seg_note){ .us = 2000 + i, .len = 10, .wnd = 1000 });
	s = sum();
	ASSERT_EQ(30 * NARU_SEGS_RECENT, s.bytes);
	/* three that were the first of all */
	ASSERT_EQ(3 + NARU_SEGS_RECENT, s.notes);
}

TEST(segs__run_is_full)
{
	struct sum s;

	begin();
	for (int i = 0; i < 3 + NARU_SEGS_RECENT + 1; i++)
		add(0, NARU_ACK, 10);
	ASSERT_EQ(1, sum().runs);
	segs.kept[3].run.out = 0xffffffff;
	add(0, NARU_ACK, 10);
	s = sum();
	ASSERT_EQ(2, s.runs);
	ASSERT_EQ(1, segs.kept[4].run.out);
}
