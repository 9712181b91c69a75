// SPDX-License-Identifier: GPL-2.0
/*
 * A socket's figures as text and as JSON: what has not been measured and what has no limit is left out.
 */
#include <stdlib.h>
#include <string.h>
#include "unit.h"
#include "../../tools/row.h"

static char *print(const struct tcp_info *info, bool json)
{
	struct row row = { .info = *info, .info_len = sizeof(*info), .cong = "cubic" };
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	struct out o;

	out_begin(&o, f, json, OUT_STREAM, NULL, 0);
	out_row_begin(&o);
	row_print_info(&o, &row);
	out_row_end(&o);
	ASSERT_TRUE(out_end(&o));
	fclose(f);
	return text;
}

static bool has(const struct tcp_info *info, bool json, const char *name)
{
	char *text = print(info, json), key[32];
	bool is_there;

	snprintf(key, sizeof(key), json ? "\"%s\":" : " %s:", name);
	is_there = strstr(text, key);
	free(text);
	return is_there;
}

TEST(row__unset)
{
	static const char *const names[] = { "min_rtt_us", "ssthresh", "pacing_rate" };
	struct tcp_info info = { .tcpi_snd_cwnd = 10 };

	for (int json = 0; json < 2; json++) {
		info.tcpi_min_rtt = UINT32_MAX;
		info.tcpi_snd_ssthresh = INT32_MAX;
		info.tcpi_pacing_rate = UINT64_MAX;
		ASSERT_TRUE(has(&info, json, "cwnd"));
		for (int i = 0; i < 3; i++)
			ASSERT_FALSE(has(&info, json, names[i]));
		info.tcpi_min_rtt = 1;
		info.tcpi_snd_ssthresh = 1;
		info.tcpi_pacing_rate = 1;
		for (int i = 0; i < 3; i++)
			ASSERT_TRUE(has(&info, json, names[i]));
	}
}
