// SPDX-License-Identifier: GPL-2.0
/*
 * The words of naru sock why: what is decided from which figures, and what is said of it.
 */
#include <stdlib.h>
#include <time.h>
#include "unit.h"
#include "history_case.h"
#include "../../tools/parse.h"
#include "../../tools/why.h"

static char text[WHY_TEXT_MAX];

/* Open, with nothing to do */
static struct why open_one(void)
{
	return (struct why){
		.state = PARSE_ESTABLISHED, .sndbuf = 87040,
		.info = { .tcpi_snd_mss = 1000, .tcpi_snd_cwnd = 10, .tcpi_snd_wnd = 65536 },
	};
}

/* With so much in flight, and so much that waits */
static struct why sending(u32 flight, u32 waits)
{
	struct why w = open_one();

	w.sendq = flight + waits;
	w.info.tcpi_notsent_bytes = waits;
	w.info.tcpi_unacked = (flight + 999) / 1000;
	return w;
}

static const char *say(const struct why *w)
{
	why_now(w, why_limit(w), text, sizeof(text));
	return text;
}

static const char *limit(const struct why *w)
{
	/* whatever it is, there is a sentence for it */
	ASSERT_TRUE(*say(w) && text[strlen(text) - 1] == '.');
	return why_name(why_limit(w));
}

TEST(why_limit__states)
{
	static const struct {
		u8 state;
		const char *name;
	} c[] = {
		{ PARSE_SYN_SENT, "handshake" }, { PARSE_SYN_RECEIVED, "handshake" }, { PARSE_CLOSED, "closed" },
		{ PARSE_TIME_WAIT, "over" }, { PARSE_LAST_ACK, "close" }, { PARSE_CLOSING, "close" },
		{ PARSE_FIN_WAIT_1, "close" }, { PARSE_FIN_WAIT_2, "close" }, { PARSE_CLOSE_WAIT, "close" },
	};

	for (u32 i = 0; i < ARRAY_SIZE(c); i++) {
		struct why w = open_one();

		w.state = c[i].state;
		ASSERT_STREQ(limit(&w), c[i].name);
	}
}

TEST(why_limit__listener)
{
	struct why w = { .state = PARSE_LISTEN, .recvq = 3, .sendq = 5 };

	ASSERT_STREQ(limit(&w), "listens");
	w.recvq = 5;
	ASSERT_STREQ(limit(&w), "accept-queue");
	w = (struct why){ .state = PARSE_LISTEN };
	ASSERT_STREQ(limit(&w), "listens");
}

TEST(why_limit__receiver_window)
{
	struct why w = sending(8000, 50000);

	w.info.tcpi_snd_wnd = 8500;
	ASSERT_STREQ(limit(&w), "receiver-window");
	ASSERT_TRUE(strstr(text, "8000 of 8500 bytes"));
	w.info.tcpi_snd_wnd = 0;
	w.info.tcpi_probes = 2;
	ASSERT_STREQ(limit(&w), "window-closed");
	ASSERT_TRUE(strstr(text, "50000 bytes wait, and 2 probes"));
}

TEST(why_limit__congestion_window)
{
	struct why w = sending(10000, 50000);

	ASSERT_STREQ(limit(&w), "congestion-window");
	ASSERT_TRUE(strstr(text, "10 segments"));
	w.info.tcpi_ca_state = 3;
	ASSERT_STREQ(limit(&w), "recovery");
	ASSERT_TRUE(strstr(text, "a loss is being repaired"));
	w.info.tcpi_ca_state = 4;
	limit(&w);
	ASSERT_TRUE(strstr(text, "a timeout"));
	/* what has arrived or is lost is not in flight */
	w.info.tcpi_ca_state = 3;
	w.info.tcpi_sacked = 3;
	w.info.tcpi_lost = 1;
	ASSERT_STREQ(limit(&w), "pacing");
	w.info.tcpi_retrans = 4;
	ASSERT_STREQ(limit(&w), "recovery");
}

TEST(why_limit__the_sender)
{
	struct why w = sending(3000, 20);

	ASSERT_STREQ(limit(&w), "small-segment");
	w = sending(3000, 5000);
	w.info.tcpi_pacing_rate = 125000;
	ASSERT_STREQ(limit(&w), "pacing");
	ASSERT_TRUE(strstr(text, "5000 bytes wait for their time, at 125000 bytes a second"));
	w = sending(3000, 0);
	ASSERT_STREQ(limit(&w), "application");
	ASSERT_TRUE(strstr(text, "on its way, 3000 bytes"));
	w.wmem = 87000;
	ASSERT_STREQ(limit(&w), "send-buffer");
	w = sending(3000, 4000);
	w.info.tcpi_retransmits = 2;
	w.timer_ms = 800;
	ASSERT_STREQ(limit(&w), "no-answer");
	ASSERT_TRUE(strstr(text, "fired, for time 2 in a row (RFC 6298), and fires again in 800 ms"));
}

TEST(why_limit__programs)
{
	struct why w = open_one();

	w.info.tcpi_last_data_sent = 5;
	w.info.tcpi_last_data_recv = 100;
	ASSERT_STREQ(limit(&w), "application");
	ASSERT_TRUE(strstr(text, "nothing for 5 ms"));
	w.info.tcpi_last_data_recv = 4;
	ASSERT_STREQ(limit(&w), "nothing-to-do");
	w.recvq = 7;
	ASSERT_STREQ(limit(&w), "reader");
	ASSERT_TRUE(strstr(text, "7 bytes wait for it"));
	/* what was written goes on being sent when the peer has closed */
	w = sending(10000, 50000);
	w.state = PARSE_CLOSE_WAIT;
	ASSERT_STREQ(limit(&w), "congestion-window");
}

TEST(why_shares__of_the_time)
{
	struct why w = open_one();

	ASSERT_FALSE(why_shares(&w, text, sizeof(text)));
	w.info.tcpi_busy_time = 2000000;
	w.info.tcpi_rwnd_limited = 1500000;
	w.info.tcpi_sndbuf_limited = 10000;
	ASSERT_TRUE(why_shares(&w, text, sizeof(text)));
	ASSERT_TRUE(strstr(text, "2.000 s") && strstr(text, "for 75 %") && strstr(text, "for 1 %"));
}

/* Each apart, the largest first; what is nothing is left out */
TEST(why_shares__of_all_of_its_time)
{
	u64 limits[NARU_LIMITS_MAX + 1] = { [NARU_LIMITS_AGE] = 2000000, [NARU_LIMITS_CWND] = 1968000,
					    [NARU_LIMITS_APP] = 32000 };
	struct why w = open_one();

	w.info.tcpi_busy_time = 1968000;
	w.limits = limits;
	ASSERT_TRUE(why_shares(&w, text, sizeof(text)));
	ASSERT_STREQ(text, "Of the 2.000 s since it was established the congestion window was the limit for 98.4 %, the program here, which wrote no more, for 1.6 %.");
	limits[NARU_LIMITS_CWND] = 999;
	limits[NARU_LIMITS_SNDBUF] = 300000;
	limits[NARU_LIMITS_PACING] = 400000;
	limits[NARU_LIMITS_RWND] = 1000000;
	limits[NARU_LIMITS_APP] = 299001;
	ASSERT_TRUE(why_shares(&w, text, sizeof(text)));
	ASSERT_STREQ(text, "Of the 2.000 s since it was established the receiver window was the limit for 50.0 %, pacing for 20.0 %, the send buffer for 15.0 %, the program here, which wrote no more, for 15.0 %.");
}

/* The longest there is has room; of one that has just opened nothing can be told */
TEST(why_shares__bounds)
{
	u64 limits[NARU_LIMITS_MAX + 1] = { 0 };
	struct why w = open_one();

	w.limits = limits;
	ASSERT_FALSE(why_shares(&w, text, sizeof(text)));
	for (u32 i = 0; i <= NARU_LIMITS_MAX; i++)
		limits[i] = UINT64_MAX;
	ASSERT_TRUE(why_shares(&w, text, sizeof(text)));
	ASSERT_TRUE(text[strlen(text) - 1] == '.');
}

TEST(why_lost__what)
{
	struct why w = open_one();

	ASSERT_FALSE(why_lost(&w, text, sizeof(text)));
	w.info.tcpi_total_retrans = 3;
	w.info.tcpi_segs_out = 200;
	w.info.tcpi_bytes_sent = 100000;
	w.info.tcpi_bytes_retrans = 2500;
	ASSERT_TRUE(why_lost(&w, text, sizeof(text)));
	ASSERT_STREQ(text, "3 of 200 segments were sent again, 2.5 % of the bytes.");
	w.info.tcpi_lost = 1;
	w.info.tcpi_dsack_dups = 2;
	w.info.tcpi_reord_seen = 1;
	ASSERT_TRUE(why_lost(&w, text, sizeof(text)));
	ASSERT_STREQ(text, "3 of 200 segments were sent again, 2.5 % of the bytes; 1 are taken for lost now; "
			   "2 had arrived, as the peer says; the path reorders.");
}

TEST(why_event__how_it_was_noticed)
{
	struct history h = history_case();

	ASSERT_FALSE(why_event(&h.event[0], text, sizeof(text)));
	ASSERT_FALSE(why_event(&h.event[1], text, sizeof(text)));
	ASSERT_TRUE(why_event(&h.event[2], text, sizeof(text)));
	ASSERT_STREQ(text, "At 0.002000 s 1448 bytes were taken for lost: what was sent later had arrived (RACK, RFC 8985).");
	ASSERT_TRUE(why_event(&h.event[3], text, sizeof(text)));
	ASSERT_STREQ(text, "At 0.250000 s the retransmission timer fired, for time 1 in a row: no ACK had come (RFC 6298).");
	h.event[2].by = NARU_BY_DUPACKS;
	ASSERT_TRUE(why_event(&h.event[2], text, sizeof(text)));
	ASSERT_TRUE(strstr(text, "three duplicate ACKs"));
	h.event[2].by = NARU_BY_RACK;
}

TEST(why_drop__rows)
{
	struct history h = history_case();

	why_drop(&h.drop[0], text, sizeof(text));
	ASSERT_STREQ(text, "At 0.290000 s and before, 3 segments in a row, the last ACK seq 1 len 10: OLD_DATA");
	h.drop[0].times = 1;
	why_drop(&h.drop[0], text, sizeof(text));
	ASSERT_STREQ(text, "At 0.290000 s ACK seq 1 len 10: OLD_DATA");
	h.drop[0].times = 3;
}

TEST(why_past_lasted__and_what_is_kept)
{
	struct history h = history_case();

	setenv("TZ", "UTC0", 1);
	tzset();
	why_past_lasted(&h, text, sizeof(text));
	ASSERT_STREQ(text, "It was established at 2023-11-14 22:13:20, and lasted 0.310000 s.");
	h.lost = 7;
	h.segments_lost = 2;
	why_past_lasted(&h, text, sizeof(text));
	ASSERT_STREQ(text, "It was established at 2023-11-14 22:13:20, and lasted 0.310000 s. Its first 7 events are not kept any more. Not all of the segments that stood out are.");
	h = history_case();
	h.has_ended = false;
	why_past_lasted(&h, text, sizeof(text));
	ASSERT_STREQ(text, "It was established at 2023-11-14 22:13:20.");
}

TEST(why_past_lost__and_how_it_was_noticed)
{
	struct history h = history_case();

	why_past_lost(&h, text, sizeof(text));
	ASSERT_STREQ(text, "1 segments were sent again, 1448 bytes; noticed 1 times by RACK (RFC 8985), 1 times by the retransmission timer (RFC 6298).");
	h.segments_lost = 1;
	why_past_lost(&h, text, sizeof(text));
	ASSERT_TRUE(!strncmp(text, "At least 1 segments were sent again, 1448 bytes; ", 49));
}

/* That nothing is recorded is no proof where not all is */
TEST(why_past_lost__nothing)
{
	struct history h = history_case();

	h.num_events = 2;
	h.num_segments = 4;
	why_past_lost(&h, text, sizeof(text));
	ASSERT_STREQ(text, "Nothing was sent again.");
	h.lost = 1;
	why_past_lost(&h, text, sizeof(text));
	ASSERT_STREQ(text, "Nothing was sent again, as far as it is recorded.");
}

TEST(why_past_lost__all_ways)
{
	struct history_event e[] = {
		{ .what = NARU_WHAT_LOSS, .by = NARU_BY_DUPACKS }, { .what = NARU_WHAT_LOSS, .by = NARU_BY_RACK },
		{ .what = NARU_WHAT_LOSS, .by = NARU_BY_DUPACKS }, { .what = NARU_WHAT_RTO, .value = 1 },
		{ .what = NARU_WHAT_TLP_LOSS }, { .what = NARU_WHAT_UNDO, .by = NARU_BY_FRTO },
	};
	struct history h = { .num_events = ARRAY_SIZE(e), .event = e };

	why_past_lost(&h, text, sizeof(text));
	ASSERT_STREQ(text, "Nothing was sent again; noticed 1 times by RACK (RFC 8985), 2 times by three duplicate ACKs (RFC 5681), 1 times by the retransmission timer (RFC 6298), 1 times by a tail loss probe (RFC 8985 7); 1 reductions were taken back, since nothing was lost.");
}

/* One that is closed to the end is so until then; of an opening whose beginning is lost nothing is known */
TEST(why_past_window__closed)
{
	struct history_event e[] = {
		{ .us = 1000, .what = NARU_WHAT_SND_OPENED }, { .us = 5000, .what = NARU_WHAT_SND_CLOSED },
		{ .us = 6000, .what = NARU_WHAT_PROBE }, { .us = 7000, .what = NARU_WHAT_PROBE },
		{ .us = 255000, .what = NARU_WHAT_SND_OPENED }, { .us = 300000, .what = NARU_WHAT_SND_CLOSED },
	};
	struct history h = { .has_ended = true, .ended = 1300000, .num_events = ARRAY_SIZE(e), .event = e };

	ASSERT_FALSE(why_past_window(&h, NARU_WHAT_RCV_CLOSED, text, sizeof(text)));
	ASSERT_TRUE(why_past_window(&h, NARU_WHAT_SND_CLOSED, text, sizeof(text)));
	ASSERT_STREQ(text, "The peer's window was closed 2 times, for 1.250000 s in all: its program did not read; 2 probes were sent (RFC 9293 3.8.6.1).");
	e[1].what = NARU_WHAT_RCV_CLOSED;
	e[4].what = NARU_WHAT_RCV_OPENED;
	ASSERT_TRUE(why_past_window(&h, NARU_WHAT_RCV_CLOSED, text, sizeof(text)));
	ASSERT_STREQ(text, "The window here was closed 1 times, for 0.250000 s in all: the program here did not read.");
}

/* The longest of each has room */
TEST(why_past__bounds)
{
	struct history h = history_case();

	h.ended = UINT64_MAX;
	h.opened = UINT64_MAX;
	h.lost = UINT32_MAX;
	h.segments_lost = UINT32_MAX;
	why_past_lasted(&h, text, sizeof(text));
	ASSERT_TRUE(strstr(text, "stood out are."));
	why_past_lasted(&h, text, 10);
	ASSERT_STREQ(text, "It was es");
}
