// SPDX-License-Identifier: GPL-2.0
/*
 * Sparklines: how high a value is drawn, and in which columns.
 */
#include "unit.h"
#include "../../tools/spark.h"

TEST(spark_level__of_the_largest)
{
	ASSERT_EQ(0, spark_level(0, 100));
	ASSERT_EQ(0, spark_level(0, 0));
	ASSERT_EQ(1, spark_level(1, 100));
	ASSERT_EQ(5, spark_level(50, 100));
	ASSERT_EQ(8, spark_level(99, 100));
	ASSERT_EQ(8, spark_level(100, 100));
	ASSERT_EQ(8, spark_level(0xffffffff, 0xffffffff));
	ASSERT_EQ(4, spark_level(0x70000000, 0xffffffff));
	for (u32 v = 1, was = 0; v <= 1000; v++) {
		ASSERT_LE(was, spark_level(v, 1000));
		ASSERT_LE(spark_level(v, 1000), SPARK_LEVELS - 1);
		was = spark_level(v, 1000);
	}
}

/* A value holds until the next, and a column has the largest of those in it */
TEST(spark_columns__hold)
{
	static const struct spark_point p[] = { { 0, 5 }, { 45, 9 }, { 48, 2 }, { 95, 7 } };
	u32 c[10];

	spark_columns(p, 4, 100, c, 10);
	for (int i = 0; i < 4; i++)
		ASSERT_EQ(5, c[i]);
	ASSERT_EQ(9, c[4]);
	for (int i = 5; i < 9; i++)
		ASSERT_EQ(2, c[i]);
	ASSERT_EQ(7, c[9]);
}

TEST(spark_columns__of_one_moment)
{
	static const struct spark_point p[] = { { 7, 5 }, { 7, 3 } };
	u32 c[3];

	spark_columns(p, 2, 7, c, 3);
	ASSERT_EQ(5, c[0]);
	spark_columns(p, 1, 10, c, 3);
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(5, c[i]);
}

TEST(spark_columns__times_of_any_size)
{
	struct spark_point p[] = { { -5000000000000000, 1 }, { 5000000000000000, 2 } };
	u32 c[4];

	spark_columns(p, 2, 9000000000000000, c, 4);
	ASSERT_EQ(1, c[0]);
	ASSERT_EQ(2, c[3]);
}

TEST(spark_text__blocks_and_ascii)
{
	static const u32 c[] = { 0, 1, 4, 8 };
	char text[4 * SPARK_BYTES + 1];

	spark_text(c, 4, false, text);
	ASSERT_STREQ(text, " ,=#");
	spark_text(c, 4, true, text);
	ASSERT_STREQ(text, " \u2582\u2585\u2588");
}
