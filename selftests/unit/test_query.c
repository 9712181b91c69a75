// SPDX-License-Identifier: GPL-2.0
/*
 * Programs of tests that say which sockets are wanted, and the first ones of many.
 */
#include <stdlib.h>
#include "unit.h"
#include "query.h"
#include "rank.h"

#define ROUNDS	200000

#define SET(to, text)	snprintf(to, sizeof(to), "%s", text)

static struct naru_query_test number(unsigned int field, u64 min, u64 max)
{
	return (struct naru_query_test) {
		.field = field, .min = min, .max = max, .yes = NARU_TEST_TAKE, .no = NARU_TEST_LEAVE,
	};
}

static struct naru_query_subject subject(void)
{
	struct naru_query_subject s = { .owner = NULL };

	s.present = 1ULL << NARU_FIELD_STATE | 1ULL << NARU_FIELD_LPORT | 1ULL << NARU_FIELD_LADDR |
		    1ULL << NARU_FIELD_CONG;
	s.number[NARU_FIELD_STATE] = 1;
	s.number[NARU_FIELD_LPORT] = 80;
	s.laddr[0] = 0xfd;
	s.laddr[1] = 0x09;
	SET(s.cong, "cubic");
	return s;
}

static bool runs(struct naru_query_test t, const struct naru_query_subject *s)
{
	ASSERT_EQ(naru_query_check(&t, 1), -1);
	return naru_query_run(&t, 1, s);
}

TEST(query_run__empty)
{
	struct naru_query_subject s = subject();

	ASSERT_TRUE(naru_query_run(NULL, 0, &s));
}

TEST(query_run__numbers)
{
	struct naru_query_subject s = subject();

	ASSERT_TRUE(runs(number(NARU_FIELD_LPORT, 80, 80), &s));
	ASSERT_TRUE(runs(number(NARU_FIELD_LPORT, 0, UINT64_MAX), &s));
	ASSERT_FALSE(runs(number(NARU_FIELD_LPORT, 81, UINT64_MAX), &s));
	ASSERT_FALSE(runs(number(NARU_FIELD_LPORT, 0, 79), &s));
	ASSERT_FALSE(runs(number(NARU_FIELD_LPORT, 90, 70), &s));
}

/* What it does not have is like nothing, and what is denied of that holds */
TEST(query_run__absent)
{
	struct naru_query_subject s = subject();
	struct naru_query_test t = number(NARU_FIELD_UID, 0, UINT64_MAX);

	ASSERT_FALSE(runs(t, &s));
	t.yes = NARU_TEST_LEAVE;
	t.no = NARU_TEST_TAKE;
	ASSERT_TRUE(runs(t, &s));
}

TEST(query_run__states)
{
	struct naru_query_test t = { .field = NARU_FIELD_STATE, .yes = NARU_TEST_TAKE, .no = NARU_TEST_LEAVE };
	struct naru_query_subject s = subject();

	t.states = 1 << 1 | 1 << 10;
	ASSERT_TRUE(runs(t, &s));
	s.number[NARU_FIELD_STATE] = 2;
	ASSERT_FALSE(runs(t, &s));
	s.number[NARU_FIELD_STATE] = 33;	/* 1 << 33 is not 1 << 1 */
	ASSERT_FALSE(runs(t, &s));
}

TEST(query_run__prefixes)
{
	struct naru_query_test t = { .field = NARU_FIELD_LADDR, .yes = NARU_TEST_TAKE, .no = NARU_TEST_LEAVE };
	struct naru_query_subject s = subject();

	ASSERT_TRUE(runs(t, &s));		/* no bit counts */
	t.addr[0] = 0xfd;
	t.prefix = 8;
	ASSERT_TRUE(runs(t, &s));
	t.addr[1] = 0x08;
	t.prefix = 15;
	ASSERT_TRUE(runs(t, &s));
	t.prefix = 16;
	ASSERT_FALSE(runs(t, &s));
	t.addr[1] = 0x09;
	t.prefix = 128;
	ASSERT_TRUE(runs(t, &s));
	t.addr[15] = 1;
	ASSERT_FALSE(runs(t, &s));
	t.prefix = 127;
	ASSERT_TRUE(runs(t, &s));
}

TEST(query_run__texts)
{
	struct naru_query_test t = { .field = NARU_FIELD_CONG, .yes = NARU_TEST_TAKE, .no = NARU_TEST_LEAVE };
	struct naru_query_subject s = subject();

	SET(t.text, "cubic");
	ASSERT_TRUE(runs(t, &s));
	SET(t.text, "cubi");
	ASSERT_FALSE(runs(t, &s));
	SET(t.text, "cubicc");
	ASSERT_FALSE(runs(t, &s));
}

/* Two descriptors of one process, one of another */
struct owned {
	struct naru_query_proc proc[2];
	struct naru_query_owner owner[3];
};

static void own(struct owned *o, struct naru_query_subject *s)
{
	o->proc[0] = (struct naru_query_proc){ 200, "nginx" };
	o->proc[1] = (struct naru_query_proc){ 100, "systemd" };
	o->owner[0] = (struct naru_query_owner){ &o->owner[1], &o->owner[2], &o->proc[0], 3 };
	o->owner[1] = (struct naru_query_owner){ &o->owner[2], NULL, &o->proc[0], 4 };
	o->owner[2] = (struct naru_query_owner){ NULL, NULL, &o->proc[1], 9 };
	s->owner = o->owner;
}

TEST(query_run__owners)
{
	struct naru_query_test t = { .field = NARU_FIELD_COMM, .yes = NARU_TEST_TAKE, .no = NARU_TEST_LEAVE };
	struct naru_query_subject s = subject();
	struct owned o;

	ASSERT_FALSE(runs(number(NARU_FIELD_PID, 0, UINT64_MAX), &s));
	own(&o, &s);
	ASSERT_TRUE(runs(number(NARU_FIELD_PID, 200, 200), &s));
	ASSERT_TRUE(runs(number(NARU_FIELD_PID, 50, 150), &s));
	ASSERT_FALSE(runs(number(NARU_FIELD_PID, 101, 199), &s));
	SET(t.text, "systemd");
	ASSERT_TRUE(runs(t, &s));
	s.owner = &o.owner[1];
	ASSERT_FALSE(runs(t, &s));
	ASSERT_FALSE(runs(number(NARU_FIELD_PID, 100, 100), &s));
}

TEST(query_owner_first__lowest)
{
	struct naru_query_subject s = subject();
	struct owned o;

	own(&o, &s);
	ASSERT_TRUE(naru_query_owner_first(s.owner) == &o.owner[2]);
	ASSERT_TRUE(naru_query_owner_first(&o.owner[1]) == &o.owner[1]);
	ASSERT_TRUE(!naru_query_owner_first(NULL));
	o.proc[1].pid = 200;
	ASSERT_TRUE(naru_query_owner_first(s.owner) == &o.owner[0]);
}

/* lport 80 and not state 1, or lport 443 */
TEST(query_run__jumps)
{
	struct naru_query_test t[3] = {
		number(NARU_FIELD_LPORT, 80, 80), { .field = NARU_FIELD_STATE, .states = 2 },
		number(NARU_FIELD_LPORT, 443, 443),
	};
	struct naru_query_subject s = subject();

	t[0].yes = 1;
	t[0].no = 2;
	t[1].yes = 2;
	t[1].no = NARU_TEST_TAKE;
	ASSERT_EQ(naru_query_check(t, 3), -1);
	ASSERT_EQ(naru_query_needs(t, 3), 1ULL << NARU_FIELD_LPORT | 1ULL << NARU_FIELD_STATE);
	ASSERT_FALSE(naru_query_run(t, 3, &s));
	s.number[NARU_FIELD_STATE] = 10;
	ASSERT_TRUE(naru_query_run(t, 3, &s));
	s.number[NARU_FIELD_LPORT] = 443;
	ASSERT_TRUE(naru_query_run(t, 3, &s));
	s.number[NARU_FIELD_LPORT] = 22;
	ASSERT_FALSE(naru_query_run(t, 3, &s));
}

TEST(query_check__bad)
{
	struct naru_query_test t[2] = { number(NARU_FIELD_LPORT, 80, 80), number(NARU_FIELD_LPORT, 80, 80) };

	ASSERT_EQ(naru_query_check(t, 0), 0);
	ASSERT_EQ(naru_query_check(t, NARU_PROGRAM_TESTS + 1), NARU_PROGRAM_TESTS + 1);
	t[1].yes = 1;				/* to itself */
	ASSERT_EQ(naru_query_check(t, 2), 1);
	t[1].yes = 0;				/* backwards */
	ASSERT_EQ(naru_query_check(t, 2), 1);
	t[1].yes = 2;				/* behind the end */
	ASSERT_EQ(naru_query_check(t, 2), 1);
	t[1].yes = NARU_TEST_TAKE;
	t[0].no = 1;
	ASSERT_EQ(naru_query_check(t, 2), -1);
	t[0].field = NARU_FIELD_COUNT;
	ASSERT_EQ(naru_query_check(t, 2), 0);
	t[0].field = NARU_FIELD_UNSPEC;
	ASSERT_EQ(naru_query_check(t, 2), 0);
	t[0].field = NARU_FIELD_RADDR;
	t[0].prefix = 129;
	ASSERT_EQ(naru_query_check(t, 2), 0);
	t[0].field = NARU_FIELD_COMM;
	memset(t[0].text, 'x', sizeof(t[0].text));
	ASSERT_EQ(naru_query_check(t, 2), 0);
}

static void key_is(const struct naru_query_subject *s, unsigned int field, u64 hi, u64 lo)
{
	struct naru_query_key key;

	naru_query_key_of(s, field, &key);
	ASSERT_TRUE(key.has);
	ASSERT_EQ(key.hi, hi);
	ASSERT_EQ(key.lo, lo);
}

TEST(query_key_of__fields)
{
	struct naru_query_subject s = subject();
	struct naru_query_key key;
	struct owned o;
	u8 bytes[16];

	key_is(&s, NARU_FIELD_LPORT, 0, 80);
	key_is(&s, NARU_FIELD_LADDR, 0xfd09ULL << 48, 0);
	naru_query_key_of(&s, NARU_FIELD_UID, &key);
	ASSERT_FALSE(key.has);
	naru_query_key_of(&s, NARU_FIELD_PID, &key);
	ASSERT_FALSE(key.has);
	own(&o, &s);
	key_is(&s, NARU_FIELD_PID, 0, 100);
	naru_query_key_of(&s, NARU_FIELD_COMM, &key);
	naru_query_key_bytes(&key, bytes);
	ASSERT_STREQ((char *)bytes, "systemd");
	memset(s.cong, 'x', sizeof(s.cong));
	SET(s.cong, "reno");
	naru_query_key_of(&s, NARU_FIELD_CONG, &key);
	ASSERT_EQ(key.lo, 0);
	naru_query_key_bytes(&key, bytes);
	ASSERT_STREQ((char *)bytes, "reno");
}

static void random_bytes(struct unit_random *r, void *to, size_t n)
{
	u8 *p = to;

	while (n--)
		*p++ = unit_random(r) >> 8;
}

/* A program that was checked ends and stays within itself, whatever it is and whatever it is run on */
TEST(fuzz_query__random_bytes)
{
	struct unit_random r = { 0x7e57ed };
	struct naru_query_subject s;
	u32 i, j, num, sane = 0;
	struct owned o;

	for (i = 0; i < ROUNDS; i++) {
		struct naru_query_test *t;

		num = 1 + unit_random_below(&r, 4);
		t = malloc(num * sizeof(*t));	/* one too many is found by ASAN */
		random_bytes(&r, t, num * sizeof(*t));
		for (j = 0; j < num; j++) {
			t[j].field = unit_random_below(&r, NARU_FIELD_MAX + 3);
			t[j].yes = unit_random_bool(&r) ? NARU_TEST_TAKE : j + unit_random_below(&r, num);
			t[j].no = unit_random_bool(&r) ? NARU_TEST_LEAVE : j + unit_random_below(&r, num);
			t[j].prefix %= 160;
			if (unit_random_bool(&r))
				t[j].text[15] = 0;
		}
		random_bytes(&r, &s, sizeof(s));
		s.cong[15] = 0;
		own(&o, &s);
		if (naru_query_check(t, num) == -1) {
			sane++;
			naru_query_run(t, num, &s);
		}
		free(t);
	}
	ASSERT_LT(10000, sane);
}

/* ---- the first ones ---- */

static void rank_ends(struct naru_rank *r, const struct naru_rank_entry *e, u32 num)
{
	u32 i;

	r->entry = malloc(r->room * sizeof(*r->entry));
	for (i = 0; i < num; i++)
		naru_rank_offer(r, &e[i]);
	naru_rank_sort(r);
}

TEST(rank__order)
{
	static const struct naru_rank_entry e[] = {
		{ { 0, 5, true }, 1 }, { { 0, 0, false }, 2 }, { { 0, 9, true }, 3 }, { { 1, 0, true }, 4 },
		{ { 0, 5, true }, 0 },
	};
	static const u32 most[] = { 4, 3, 0, 1, 2 }, least[] = { 0, 1, 3, 4, 2 };
	u32 room, i;

	for (room = 1; room <= 6; room++) {
		struct naru_rank down = { .room = room }, up = { .room = room, .ascending = true };

		rank_ends(&down, e, 5);
		rank_ends(&up, e, 5);
		ASSERT_EQ(down.num, room < 5 ? room : 5);
		ASSERT_EQ(down.missed, room < 5);
		for (i = 0; i < down.num; i++) {
			ASSERT_EQ(down.entry[i].id, most[i]);
			ASSERT_EQ(up.entry[i].id, least[i]);
		}
		free(down.entry);
		free(up.entry);
	}
}

static int by_most(const void *a, const void *b)
{
	const struct naru_rank_entry *x = a, *y = b;

	if (x->key.lo != y->key.lo)
		return x->key.lo > y->key.lo ? -1 : 1;
	return x->id < y->id ? -1 : 1;
}

TEST(rank__as_qsort)
{
	struct unit_random r = { 0xdecade };
	struct naru_rank_entry e[300];
	u32 round, i;

	for (round = 0; round < 300; round++) {
		struct naru_rank rank = { .room = 1 + unit_random_below(&r, 320) };

		for (i = 0; i < ARRAY_SIZE(e); i++)
			e[i] = (struct naru_rank_entry){ { 0, unit_random_below(&r, 50), true }, i };
		rank_ends(&rank, e, ARRAY_SIZE(e));
		qsort(e, ARRAY_SIZE(e), sizeof(*e), by_most);
		ASSERT_EQ(rank.num, rank.room < 300 ? rank.room : 300);
		for (i = 0; i < rank.num; i++)
			ASSERT_EQ(rank.entry[i].id, e[i].id);
		free(rank.entry);
	}
}

TEST(rank__no_room)
{
	struct naru_rank r = { .room = 0 };
	struct naru_rank_entry e = { .id = 1 };

	naru_rank_offer(&r, &e);
	naru_rank_sort(&r);
	ASSERT_EQ(r.num, 0);
	ASSERT_TRUE(r.missed);
}
