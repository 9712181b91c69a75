/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small harness for tests of pure code. TEST(function__case) { ... } registers itself; the
 * program prints KTAP. A failed assertion ends its test, also from inside a helper function.
 */
#ifndef UNIT_H
#define UNIT_H

#include <stdio.h>
#include "pure.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

struct unit_test {
	const char *name;
	void (*run)(void);
	struct unit_test *next;
};

void unit_register(struct unit_test *test);
_Noreturn void unit_fail(const char *file, int line, const char *what, const char *op,
			 const char *than, long long left, long long right);

#define TEST(name)								\
	static void name(void);							\
	static void __attribute__((constructor)) name##_register(void)		\
	{									\
		static struct unit_test test = { #name, name, NULL };		\
										\
		unit_register(&test);						\
	}									\
	static void name(void)

#define UNIT_COMPARE(a, op, b) do {						\
	long long unit_a = (long long)(a);					\
	long long unit_b = (long long)(b);					\
										\
	if (!(unit_a op unit_b))						\
		unit_fail(__FILE__, __LINE__, #a, #op, #b, unit_a, unit_b);	\
} while (0)

#define ASSERT_EQ(a, b)	UNIT_COMPARE(a, ==, b)
#define ASSERT_NE(a, b)	UNIT_COMPARE(a, !=, b)
#define ASSERT_LE(a, b)	UNIT_COMPARE(a, <=, b)
#define ASSERT_LT(a, b)	UNIT_COMPARE(a, <, b)
#define ASSERT_GE(a, b)	UNIT_COMPARE(a, >=, b)
#define ASSERT_TRUE(a)	UNIT_COMPARE(!!(a), ==, 1)
#define ASSERT_FALSE(a)	UNIT_COMPARE(!!(a), ==, 0)
#define ASSERT_STREQ(a, b) ASSERT_EQ(strcmp(a, b), 0)

/* A generator of numbers that repeats: xorshift32. */
struct unit_random {
	u32 state;
};

static inline u32 unit_random(struct unit_random *r)
{
	r->state ^= r->state << 13;
	r->state ^= r->state >> 17;
	r->state ^= r->state << 5;
	return r->state;
}

static inline bool unit_random_bool(struct unit_random *r)
{
	return unit_random(r) & 0x10000;
}

/* Below @n, which is not 0. */
static inline u32 unit_random_below(struct unit_random *r, u32 n)
{
	return unit_random(r) % n;
}

#endif
