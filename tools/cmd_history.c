// SPDX-License-Identifier: GPL-2.0
/*
 * naru history: what a connection went through.
 */
#include "cmd.h"
#include "history.h"
#include "ladder.h"
#include "parse.h"
#include "pcapng.h"
#include "row.h"
#include "spark.h"
#include "svg.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define FILE_MAX_SIZE	(32 << 20)
#define WIDTH		100	/* characters of a line where there is no terminal */
#define SPARK_LEFT	11	/* characters beside a sparkline */
#define SPARK_RIGHT	29

enum history_style { STYLE_LADDER, STYLE_EVENTS, STYLE_CSV };

struct history_options {
	uint32_t id;
	enum history_style style;
	bool styled;
	const char *svg, *pcapng, *save, *replay;
};

/* A number of an event, and its name here */
static const struct figure {
	const char *name;
	size_t offset;
} figures[] = {
	{ "cwnd", offsetof(struct history_event, cwnd) },
	{ "ssthresh", offsetof(struct history_event, ssthresh) },
	{ "srtt_us", offsetof(struct history_event, srtt_us) },
	{ "in_flight", offsetof(struct history_event, in_flight) },
	{ "snd_wnd", offsetof(struct history_event, snd_wnd) },
	{ "rcv_wnd", offsetof(struct history_event, rcv_wnd) },
};

static uint32_t figure_of(const struct history_event *e, const struct figure *figure)
{
	uint32_t value;

	memcpy(&value, (const char *)e + figure->offset, sizeof(value));
	return value;
}

/* ---- a table of events ---- */

static void print_event(struct out *o, const struct history_event *e)
{
	char text[HISTORY_TEXT_MAX];
	size_t i;

	out_row_begin(o);
	snprintf(text, sizeof(text), "%llu.%06llu", (unsigned long long)e->us / 1000000,
		 (unsigned long long)e->us % 1000000);
	out_str(o, "time", text);
	history_describe(e, text, sizeof(text));
	out_str(o, "event", text);
	for (i = 0; i < ARRAY_SIZE(figures); i++) {
		uint32_t value = figure_of(e, &figures[i]);

		if (!strcmp(figures[i].name, "ssthresh") && value == HISTORY_SSTHRESH_NONE)
			out_str(o, figures[i].name, "-");
		else
			out_num(o, figures[i].name, value);
	}
	out_row_end(o);
}

static int print_events(struct ctx *ctx, const struct history *h)
{
	static const struct out_col cols[] = {
		{ .key = "time", .title = "Seconds", .right = true },
		{ .key = "event", .title = "Event" },
		{ .key = "cwnd", .title = "Cwnd", .right = true },
		{ .key = "ssthresh", .title = "Ssthresh", .right = true },
		{ .key = "srtt_us", .title = "Srtt/us", .right = true },
		{ .key = "in_flight", .title = "In flight", .right = true },
		{ .key = "snd_wnd", .title = "Window", .right = true },
		{ .key = "rcv_wnd", .title = "Own", .right = true },
	};
	struct out o;
	size_t i;

	cmd_begin(ctx, &o, OUT_TABLE, cols, ARRAY_SIZE(cols));
	for (i = 0; i < h->num_events; i++)
		print_event(&o, &h->event[i]);
	return cmd_end(&o, CMD_OK);
}

/* ---- CSV ---- */

static int print_csv(const struct history *h)
{
	size_t i, n;

	fputs("us,event,by,value,state,recovery", stdout);
	for (i = 0; i < ARRAY_SIZE(figures); i++)
		printf(",%s", figures[i].name);
	putchar('\n');
	for (n = 0; n < h->num_events; n++) {
		const struct history_event *e = &h->event[n];

		printf("%llu,%s,%s,%u,%s,%s", (unsigned long long)e->us, history_what(e->what), history_by(e->by),
		       e->value, parse_state_name(e->state), history_recovery(e->recovery));
		for (i = 0; i < ARRAY_SIZE(figures); i++)
			printf(",%u", figure_of(e, &figures[i]));
		putchar('\n');
	}
	return CMD_OK;
}

/* ---- JSON ---- */

static void json_head(struct out *o, const struct history *h)
{
	out_num(o, "id", h->id);
	if (h->tw_id)
		out_num(o, "time_wait_id", h->tw_id);
	out_str(o, "wire", parse_wire_name(h->wire));
	row_print_endpoint(o, "local", &h->laddr, h->lport);
	row_print_endpoint(o, "remote", &h->raddr, h->rport);
	row_print_time(o, h->opened);
	if (h->has_ended)
		out_num(o, "ended_us", h->ended);
	out_num(o, "lost", h->lost);
	out_num(o, "segments_lost", h->segments_lost);
}

static void json_event(struct out *o, const struct history_event *e)
{
	size_t i;

	out_group_begin(o, NULL);
	out_num(o, "us", e->us);
	out_str(o, "event", history_what(e->what));
	if (e->by)
		out_str(o, "by", history_by(e->by));
	if (e->what == NARU_WHAT_STATE)
		out_str(o, "old", parse_state_name(e->value));
	else
		out_num(o, "value", e->value);
	out_str(o, "state", parse_state_name(e->state));
	out_str(o, "recovery", history_recovery(e->recovery));
	for (i = 0; i < ARRAY_SIZE(figures); i++)
		out_num(o, figures[i].name, figure_of(e, &figures[i]));
	out_group_end(o);
}

static void json_run(struct out *o, const struct history_segment *s)
{
	out_num(o, "sent", s->out);
	out_num(o, "sent_bytes", s->out_bytes);
	out_num(o, "received", s->in);
	out_num(o, "received_bytes", s->in_bytes);
}

static void json_segment(struct out *o, const struct history_segment *s)
{
	char flags[HISTORY_TEXT_MAX];
	bool run = s->how & NARU_SEGMENT_HOW_RUN;

	out_group_begin(o, NULL);
	out_num(o, "us", s->us);
	out_str(o, "way", run ? "run" : s->how & NARU_SEGMENT_HOW_IN ? "in" : "out");
	if (run) {
		json_run(o, s);
	} else {
		history_flags(s->flags, flags, sizeof(flags));
		out_str(o, "flags", flags);
		out_num(o, "seq", s->seq);
		out_num(o, "ack", s->ack);
		out_num(o, "len", s->len);
		out_num(o, "window", s->wnd);
		out_bool(o, "again", s->how & NARU_SEGMENT_HOW_AGAIN);
		out_bool(o, "sack", s->how & NARU_SEGMENT_HOW_SACK);
	}
	out_group_end(o);
}

static void json_drop(struct out *o, const struct history_drop *d)
{
	char flags[HISTORY_TEXT_MAX];

	history_flags(d->flags, flags, sizeof(flags));
	out_group_begin(o, NULL);
	out_num(o, "us", d->us);
	out_str(o, "reason", d->reason);
	out_num(o, "times", d->times);
	out_str(o, "flags", flags);
	out_num(o, "seq", d->seq);
	out_num(o, "len", d->len);
	out_group_end(o);
}

static int print_json(struct ctx *ctx, const struct history *h)
{
	struct out o;
	size_t i;

	cmd_begin(ctx, &o, OUT_OBJECT, NULL, 0);
	out_row_begin(&o);
	json_head(&o, h);
	out_list_begin(&o, "events");
	for (i = 0; i < h->num_events; i++)
		json_event(&o, &h->event[i]);
	out_list_end(&o);
	out_list_begin(&o, "segments");
	for (i = 0; i < h->num_segments; i++)
		json_segment(&o, &h->segment[i]);
	out_list_end(&o);
	out_list_begin(&o, "drops");
	for (i = 0; i < h->num_drops; i++)
		json_drop(&o, &h->drop[i]);
	out_list_end(&o);
	out_row_end(&o);
	return cmd_end(&o, CMD_OK);
}

/* ---- sparklines and the ladder ---- */

static void print_head(const struct history *h)
{
	char local[PARSE_ADDR_LEN], remote[PARSE_ADDR_LEN];

	parse_addr_text(&h->laddr, local);
	parse_addr_text(&h->raddr, remote);
	printf(strchr(local, ':') ? "%s [%s]:%u" : "%s %s:%u", parse_wire_name(h->wire), local, h->lport);
	printf(strchr(remote, ':') ? " to [%s]:%u" : " to %s:%u", remote, h->rport);
	if (h->has_ended)
		printf(", gone after %.6f s", h->ended / 1e6);
	if (h->lost)
		printf(", the first %u events are lost", h->lost);
	if (h->segments_lost)
		printf(", segments before the first below are lost");
	putchar('\n');
}

/* COLUMNS is for who reads it elsewhere and has a terminal */
static size_t width_of_terminal(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint32_t width;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		return size.ws_col;
	return columns && parse_u32(columns, UINT16_MAX, &width) && width ? width : WIDTH;
}

/* As setlocale(3) finds it */
static bool speaks_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
	}
	return false;
}

static void print_spark(const struct history *h, const struct spark_point *point, const char *name, const char *unit,
			size_t width)
{
	uint32_t column[LADDER_WIDTH_MAX], least = point[0].value, most = least;
	char text[LADDER_WIDTH_MAX * SPARK_BYTES + 1];
	size_t i;

	for (i = 1; i < h->num_events; i++) {
		least = point[i].value < least ? point[i].value : least;
		most = point[i].value > most ? point[i].value : most;
	}
	spark_columns(point, h->num_events, history_end_us(h), column, width);
	spark_text(column, width, speaks_utf8(), text);
	printf("%-*s%s  %u to %u %s\n", SPARK_LEFT, name, text, least, most, unit);
}

static int print_sparks(const struct history *h, size_t width)
{
	static const struct {
		const char *key, *name, *unit;
	} lines[] = { { "cwnd", "cwnd", "bytes" }, { "srtt_us", "srtt", "us" }, { "in_flight", "in flight", "bytes" } };
	struct spark_point *point = calloc(h->num_events + 1, sizeof(*point));
	size_t l, f, i;

	if (!point)
		return cmd_fail("no memory");
	for (l = 0; l < ARRAY_SIZE(lines) && h->num_events; l++) {
		for (f = 0; strcmp(figures[f].name, lines[l].key); f++)
			;
		for (i = 0; i < h->num_events; i++)
			point[i] = (struct spark_point){ h->event[i].us, figure_of(&h->event[i], &figures[f]) };
		print_spark(h, point, lines[l].name, lines[l].unit, width);
	}
	free(point);
	return CMD_OK;
}

static int print_ladder(const struct history *h)
{
	size_t width = width_of_terminal();

	if (width < LADDER_WIDTH_MIN)
		width = LADDER_WIDTH_MIN;
	if (width > LADDER_WIDTH_MAX)
		width = LADDER_WIDTH_MAX;
	print_head(h);
	if (print_sparks(h, width - SPARK_LEFT - SPARK_RIGHT))
		return CMD_FAILED;
	putchar('\n');
	return ladder_print(stdout, h, width) ? CMD_OK : cmd_fail("no memory");
}

/* ---- files ---- */

typedef bool (*writer)(FILE *f, const struct history *h);

/* - is standard output */
static int write_file(const char *name, const struct history *h, writer write)
{
	bool own = strcmp(name, "-"), ok;
	FILE *f = own ? fopen(name, "w") : stdout;

	if (!f)
		return cmd_fail("cannot write %s: %s", name, strerror(errno));
	ok = write(f, h) && !fflush(f);
	if (own)
		ok = !fclose(f) && ok;
	return ok ? CMD_OK : cmd_fail("cannot write %s: %s", name, strerror(errno));
}

static int save_file(const char *name, const char *raw, size_t size)
{
	FILE *f = fopen(name, "w");
	bool ok;

	if (!f)
		return cmd_fail("cannot write %s: %s", name, strerror(errno));
	ok = history_save(f, raw, size);
	ok = !fclose(f) && ok;
	return ok ? CMD_OK : cmd_fail("cannot write %s: %s", name, strerror(errno));
}

/* All of a file, for free(); NULL with errno */
static char *read_file(const char *name, size_t *size)
{
	FILE *f = fopen(name, "r");
	char *data = f ? malloc(FILE_MAX_SIZE) : NULL;

	if (data) {
		*size = fread(data, 1, FILE_MAX_SIZE, f);
		if (ferror(f)) {
			free(data);
			data = NULL;
		}
	}
	if (f)
		fclose(f);
	return data;
}

static int replay(const char *name, struct history *h)
{
	char error[128], *data;
	bool ok;
	size_t size;

	data = read_file(name, &size);
	if (!data)
		return cmd_fail("cannot read %s: %s", name, strerror(errno));
	ok = history_load(data, size, h, error, sizeof(error));
	free(data);
	return ok ? CMD_OK : cmd_fail("%s: %s", name, error);
}

/* What the module says of it, and what to do where there is nothing */
static int cannot_ask(const struct ctx *ctx, uint32_t id, int err)
{
	if (err != -ENOENT)
		return cmd_fail("%s", ctx->nl.error);
	return cmd_fail("nothing is recorded of a connection %u: naru sock and naru monitor give numbers, naru get recorder recorder_time says what is kept, and for how long",
			id);
}

static int ask_module(struct ctx *ctx, const struct history_options *opt, struct history *h)
{
	FILE *f = NULL;
	char *raw = NULL;
	size_t size;
	int err, status;

	if (cmd_connect(ctx))
		return CMD_FAILED;
	if (opt->save) {
		f = open_memstream(&raw, &size);
		if (!f)
			return cmd_fail("no memory");
	}
	err = history_read(&ctx->nl, opt->id, h, f);
	status = err ? cannot_ask(ctx, opt->id, err) : CMD_OK;
	if (f && fclose(f) && status == CMD_OK)
		status = cmd_fail("no memory");
	if (f && status == CMD_OK)
		status = save_file(opt->save, raw, size);
	free(raw);
	return status;
}

static int print(struct ctx *ctx, const struct history_options *opt, const struct history *h)
{
	if (ctx->json)
		return print_json(ctx, h);
	switch (opt->style) {
	case STYLE_EVENTS:
		return print_events(ctx, h);
	case STYLE_CSV:
		return print_csv(h);
	default:
		return print_ladder(h);
	}
}

static int show(struct ctx *ctx, const struct history_options *opt)
{
	struct history h = { .id = 0 };
	int status = opt->replay ? replay(opt->replay, &h) : ask_module(ctx, opt, &h);

	if (status == CMD_OK && opt->svg)
		status = write_file(opt->svg, &h, svg_write);
	if (status == CMD_OK && opt->pcapng)
		status = write_file(opt->pcapng, &h, pcapng_write);
	if (status == CMD_OK && (opt->styled || ctx->json || !(opt->svg || opt->pcapng || opt->save)))
		status = print(ctx, opt, &h);
	history_free(&h);
	return status;
}

static int take_arguments(struct ctx *ctx, struct history_options *opt, int argc, char **argv)
{
	if (opt->styled && opt->style == STYLE_CSV && ctx->json)
		return cmd_usage(&cmd_history, "either --csv or --json");
	if (opt->replay && opt->save)
		return cmd_usage(&cmd_history, "what is replayed is saved already");
	if (opt->replay && argc)
		return cmd_usage(&cmd_history, "what is replayed needs no number: %s", argv[0]);
	if (opt->replay)
		return CMD_OK;
	if (argc != 1)
		return cmd_usage(&cmd_history, "one number of a socket is wanted");
	if (!parse_u32(argv[0], UINT32_MAX, &opt->id))
		return cmd_usage(&cmd_history, "no number of a socket: %s", argv[0]);
	return CMD_OK;
}

enum { OPT_SVG = 256, OPT_PCAPNG, OPT_SAVE, OPT_REPLAY };

static bool take_option(struct ctx *ctx, struct history_options *opt, int c)
{
	switch (c) {
	case 'l':
		opt->style = STYLE_LADDER;
		opt->styled = true;
		break;
	case 'e':
		opt->style = STYLE_EVENTS;
		opt->styled = true;
		break;
	case 'c':
		opt->style = STYLE_CSV;
		opt->styled = true;
		break;
	case 'j':
		ctx->json = true;
		break;
	case OPT_SVG:
		opt->svg = optarg;
		break;
	case OPT_PCAPNG:
		opt->pcapng = optarg;
		break;
	case OPT_SAVE:
		opt->save = optarg;
		break;
	case OPT_REPLAY:
		opt->replay = optarg;
		break;
	default:
		return false;
	}
	return true;
}

static int run(struct ctx *ctx, int argc, char **argv)
{
	static const struct option options[] = {
		{ "ladder", no_argument, NULL, 'l' },
		{ "events", no_argument, NULL, 'e' },
		{ "csv", no_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ "svg", required_argument, NULL, OPT_SVG },
		{ "pcapng", required_argument, NULL, OPT_PCAPNG },
		{ "save", required_argument, NULL, OPT_SAVE },
		{ "replay", required_argument, NULL, OPT_REPLAY },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct history_options opt = { .style = STYLE_LADDER };
	int c, status;

	while ((c = getopt_long(argc, argv, ":lecjh", options, NULL)) != -1)
		if (!take_option(ctx, &opt, c))
			return cmd_other_option(&cmd_history, c, argv);
	status = take_arguments(ctx, &opt, argc - optind, argv + optind);
	return status ? status : show(ctx, &opt);
}

const struct cmd cmd_history = {
	.name = "history",
	.summary = "what a connection went through, and one that is gone",
	.usage = "[-lecj] [--svg FILE] [--pcapng FILE] [--save FILE] {ID | --replay FILE}",
	.help =
"  -l, --ladder       sparklines of cwnd, srtt and what is in flight, and a ladder of segments; so\n"
"                     it is where nothing else is asked for\n"
"  -e, --events       a table of events\n"
"  -c, --csv          events as comma-separated values, with a heading\n"
"  -j, --json         JSON: events, segments, and those of the peer that were not taken\n"
"      --svg FILE     a plot of the windows, with marks for losses and timeouts\n"
"      --pcapng FILE  a capture for Wireshark, without payload\n"
"      --save FILE    what the module has told, for --replay\n"
"      --replay FILE  from such a file instead of the module\n"
"\n"
"ID is the number that naru sock and naru monitor give; of a connection in TIME-WAIT, or gone\n"
"from it, that one or the one before. FILE may be - with --svg and --pcapng. Time is counted from\n"
"when the connection was opened; cwnd, ssthresh, what is in flight and the windows are in bytes.\n"
"\n"
"The newest segments are told one by one, before them those that stand out: the handshake, FIN,\n"
"RST, what was sent again, a closed window, the first of a row of ACKs with SACK blocks. The rest is\n"
"counted. Sequence numbers are counted from the initial ones.\n"
"\n"
"Events:\n"
"  state       another state (RFC 9293 3.3.2)\n"
"  loss        a recovery begins: so many bytes are taken for lost, by dupacks: three duplicate\n"
"              ACKs (RFC 5681), or rack: what was sent later has arrived (RFC 8985)\n"
"  recovered   it is over: all that was in flight when it began has arrived\n"
"  rto         the retransmission timer has fired (RFC 6298), so many times in a row\n"
"  tlp         a tail loss probe (RFC 8985 7) with data that is new or that goes again\n"
"  tlp-loss    it has mended a loss that nothing else had shown\n"
"  undo        a reduction was for nothing, and is taken back, by dsack: all that went again had\n"
"              arrived before (RFC 3708), timestamp: the original was acknowledged (RFC 3522), or\n"
"              frto: what was in flight arrived after a timeout (RFC 5682)\n"
"  ecn         the window is reduced because a router marked a segment (RFC 3168)\n"
"  snd-closed  the peer's window has closed: its program does not read\n"
"  snd-opened  and is open again\n"
"  rcv-closed  our window has closed: the program here does not read\n"
"  rcv-opened  and is open again\n"
"  probe       a probe of a closed window (RFC 9293 3.8.6.1)\n"
"  cwnd        the congestion window is another by a quarter\n"
"  error       the connection fails, and what the program is told\n"
"\n"
"The setting recorder turns recording on, recorder_time and recorder_kept say for how long\n"
"and how many of those that are gone are kept.\n",
	.run = run,
};
