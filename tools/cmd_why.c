// SPDX-License-Identifier: GPL-2.0
/*
 * naru sock why: what limits a connection, what it has lost, and what of its peer's it did not take.
 */
#include "cmd.h"
#include "fold.h"
#include "parse.h"
#include "row.h"
#include "why.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define EVENTS_MOST	5	/* losses that are told of, the last ones */

/* What a reason means, as naru stat --explain says it */
struct meaning {
	char *name, *help;	/* name without DROP_ */
};

struct meanings {
	struct meaning *meaning;
	size_t num;
};

static bool take_meaning(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[NARU_STAT_MAX + 1];
	struct meanings *all = arg;
	struct meaning *more;

	nl_parse(tb, NARU_STAT_MAX, nlh);
	if (!tb[NARU_STAT_DROP] || strncmp(nl_str(tb[NARU_STAT_NAME]), "DROP_", 5))
		return true;
	more = realloc(all->meaning, (all->num + 1) * sizeof(*more));
	if (more) {
		all->meaning = more;
		more[all->num].name = strdup(nl_str(tb[NARU_STAT_NAME]) + 5);
		more[all->num].help = strdup(nl_str(tb[NARU_STAT_HELP]));
		if (more[all->num].name && more[all->num++].help)
			return true;
	}
	snprintf(nl->error, sizeof(nl->error), "no memory");
	return false;
}

static const char *meaning_of(const struct meanings *all, const char *name)
{
	size_t i;

	for (i = 0; i < all->num; i++)
		if (!strcmp(all->meaning[i].name, name))
			return all->meaning[i].help;
	return "";
}

static void free_meanings(struct meanings *all)
{
	size_t i;

	for (i = 0; i < all->num; i++) {
		free(all->meaning[i].name);
		free(all->meaning[i].help);
	}
	free(all->meaning);
}

/* What is to be said: sentences of one kind below each other */
struct speech {
	struct out o;
	const struct meanings *meanings;
};

/* For people. @more: columns that it stands further in */
static void say_line(const struct speech *s, const char *title, unsigned int more, const char *text)
{
	printf("  %-8s %*s", title, (int)more, "");
	fold_text(stdout, text, 2 + 8 + 1 + more, s->o.width);
}

static void say(struct speech *s, const char *key, const char *title, const char *text)
{
	if (s->o.json)
		out_str(&s->o, key, text);
	else
		say_line(s, title, 0, text);
}

static bool is_about_loss(const struct history_event *e)
{
	char text[WHY_TEXT_MAX];

	return why_event(e, text, sizeof(text));
}

/* The first of those that are told of */
static size_t first_loss(const struct history *h)
{
	size_t n = h->num_events, left = EVENTS_MOST;

	while (n && left)
		left -= is_about_loss(&h->event[--n]);
	return n;
}

static void say_losses(struct speech *s, const struct history *h)
{
	const char *title = "Before";
	char text[WHY_TEXT_MAX];
	size_t n;

	if (s->o.json)
		out_list_begin(&s->o, "losses");
	for (n = first_loss(h); n < h->num_events; n++) {
		if (!why_event(&h->event[n], text, sizeof(text)))
			continue;
		if (s->o.json) {
			out_group_begin(&s->o, NULL);
			out_num(&s->o, "us", h->event[n].us);
			out_str(&s->o, "event", history_what(h->event[n].what));
		}
		say(s, "text", title, text);
		title = "";
		if (s->o.json)
			out_group_end(&s->o);
	}
	if (s->o.json)
		out_list_end(&s->o);
}

static void say_drop(struct speech *s, const struct history_drop *d, bool first)
{
	const char *help = meaning_of(s->meanings, d->reason);
	char text[WHY_TEXT_MAX];

	why_drop(d, text, sizeof(text));
	if (s->o.json) {
		out_group_begin(&s->o, NULL);
		out_num(&s->o, "us", d->us);
		out_str(&s->o, "reason", d->reason);
		out_num(&s->o, "times", d->times);
		out_str(&s->o, "help", help);
	}
	say(s, "text", first ? "Dropped" : "", text);
	if (s->o.json)
		out_group_end(&s->o);
	else if (*help)
		say_line(s, "", 2, help);
}

static void say_drops(struct speech *s, const struct history *h)
{
	size_t n;

	if (s->o.json)
		out_list_begin(&s->o, "drops");
	for (n = 0; n < h->num_drops; n++)
		say_drop(s, &h->drop[n], !n);
	if (s->o.json)
		out_list_end(&s->o);
}

static void say_recorded(struct speech *s, const struct history *h)
{
	say_losses(s, h);
	say_drops(s, h);
}

static void say_windows(struct speech *s, const struct history *h)
{
	char text[WHY_TEXT_MAX];
	bool peers = why_past_window(h, NARU_WHAT_SND_CLOSED, text, sizeof(text));

	if (peers)
		say(s, "peer_window", "Window", text);
	if (why_past_window(h, NARU_WHAT_RCV_CLOSED, text, sizeof(text)))
		say(s, "own_window", peers ? "" : "Window", text);
}

/* Of what is over: the recording is all there is. @id: by which naru history finds it */
static void say_past(struct speech *s, const struct history *h, uint32_t id)
{
	char text[WHY_TEXT_MAX];

	if (s->o.json && h->has_ended)
		out_num(&s->o, "ended_us", h->ended);
	if (s->o.json) {
		out_num(&s->o, "events_lost", h->lost);
		out_num(&s->o, "segments_lost", h->segments_lost);
	}
	why_past_lasted(h, text, sizeof(text));
	say(s, "lasted", "Lasted", text);
	why_past_lost(h, text, sizeof(text));
	say(s, "lost", "Lost", text);
	say_windows(s, h);
	say_recorded(s, h);
	if (!s->o.json)
		printf("  %-8s naru history %u shows it.\n", "", id);
}

static void say_overflow(struct speech *s, uint32_t drops)
{
	char text[WHY_TEXT_MAX];

	if (s->o.json)
		out_num(&s->o, "overflow", drops);
	if (!drops || s->o.json)
		return;
	snprintf(text, sizeof(text), "%u packets for lack of room: raise rmem or SO_RCVBUF.", drops);
	say(s, "overflow", "Dropped", text);
}

/* What the connection itself knows, and what was recorded of it meanwhile */
static void say_present(struct speech *s, const struct why *w)
{
	char text[WHY_TEXT_MAX];

	if (why_shares(w, text, sizeof(text)))
		say(s, "time", "Time", text);
	if (why_lost(w, text, sizeof(text)))
		say(s, "lost", "Lost", text);
	else if (w->has_info && w->state != PARSE_LISTEN)
		say(s, "lost", "Lost", "Nothing was sent again.");
	if (w->history)
		say_recorded(s, w->history);
}

static void say_all(struct speech *s, const struct why *w, uint32_t id)
{
	enum why_limit limit = why_limit(w);
	char text[WHY_TEXT_MAX];

	if (s->o.json)
		out_str(&s->o, "limit", why_name(limit));
	why_now(w, limit, text, sizeof(text));
	say(s, "now", "Now", text);
	if (w->history && !w->has_info)
		say_past(s, w->history, id);
	else
		say_present(s, w);
	say_overflow(s, w->drops);
}

static void begin(struct speech *s, uint32_t id, unsigned int wire, unsigned int state)
{
	out_row_begin(&s->o);
	out_num(&s->o, "id", id);
	out_str(&s->o, "wire", parse_wire_name(wire));
	out_str(&s->o, "state", state < PARSE_STATES ? parse_state_name(state) : "gone");
}

static void head(struct speech *s, uint32_t id, unsigned int wire, const char *state, const struct in6_addr *laddr,
		 uint16_t lport, const struct in6_addr *raddr, uint16_t rport)
{
	char local[PARSE_ADDR_LEN], remote[PARSE_ADDR_LEN];

	if (s->o.json) {
		row_print_endpoint(&s->o, "local", laddr, lport);
		row_print_endpoint(&s->o, "remote", raddr, rport);
		return;
	}
	parse_addr_text(laddr, local);
	parse_addr_text(raddr, remote);
	printf("%u  %s  %s port %u to %s port %u  %s\n", id, parse_wire_name(wire), local, lport, remote, rport, state);
}

static void fill(const struct row *row, const struct history *h, struct why *w)
{
	*w = (struct why){
		.state = row->s.state, .has_info = row->info_len, .recvq = row->recvq, .sendq = row->sendq,
		.timer_ms = row->timer_ms, .info = row->info, .limits = row->has_limits ? row->limits : NULL, .history = h,
	};
	if (!row->info_len)
		w->info.tcpi_retransmits = row->timer_retrans;
	if (row->has_mem) {
		w->wmem = row->mem[NARU_MEM_WMEM];
		w->sndbuf = row->mem[NARU_MEM_SNDBUF];
		w->drops = row->mem[NARU_MEM_DROPS];
	}
}

/* What is not recorded, or another's, is left out */
static int say_row(struct ctx *ctx, struct speech *s, const struct row *row)
{
	const struct filter_subject *f = &row->s;
	struct history h = { .id = 0 };
	int err = 0;
	struct why w;

	if (f->state != PARSE_LISTEN)
		err = history_read(&ctx->nl, f->id, &h, NULL);
	if (err && err != -ENOENT && err != -EPERM)
		return cmd_fail("%s", ctx->nl.error);
	fill(row, h.headed ? &h : NULL, &w);
	if (s->o.json)
		begin(s, f->id, f->wire, f->state);
	head(s, f->id, f->wire, parse_state_name(f->state), &f->laddr, f->lport, &f->raddr, f->rport);
	say_all(s, &w, f->id);
	if (s->o.json)
		out_row_end(&s->o);
	else if (err == -EPERM)
		say(s, "", "", "What was recorded of it is for its owner, and for who has CAP_NET_ADMIN.");
	else if (err == -ENOENT && f->state == PARSE_TIME_WAIT)
		say(s, "", "", "Nothing is recorded of it: see the settings recorder and recorder_time.");
	history_free(&h);
	return CMD_OK;
}

/* There is no such socket any more, and yet something is known of it */
static int say_gone(struct ctx *ctx, struct speech *s, uint32_t id)
{
	struct history h;
	int err = history_read(&ctx->nl, id, &h, NULL);

	if (err)
		return cmd_fail("%s", err == -ENOENT ? "no such socket, and nothing is recorded of one" : ctx->nl.error);
	if (s->o.json)
		begin(s, h.id, h.wire, PARSE_STATES);
	head(s, h.id, h.wire, "gone", &h.laddr, h.lport, &h.raddr, h.rport);
	say_past(s, &h, id);
	if (s->o.json)
		out_row_end(&s->o);
	history_free(&h);
	return CMD_OK;
}

/* @id: of one that may be gone; NULL: none is named so */
static int say_them(struct ctx *ctx, const struct filter *f, const uint32_t *id, const struct meanings *meanings)
{
	struct speech s = { .meanings = meanings };
	struct rows rows;
	int status = CMD_OK;
	size_t i;

	if (row_read(&ctx->nl, f, NARU_SHOW_INFO | NARU_SHOW_MEM, &rows))
		return cmd_fail("%s", ctx->nl.error);
	cmd_warn_interrupted(ctx);
	cmd_begin(ctx, &s.o, OUT_TABLE, NULL, 0);
	for (i = 0; i < rows.num && status == CMD_OK; i++)
		status = say_row(ctx, &s, &rows.row[i]);
	if (!rows.num)
		status = id ? say_gone(ctx, &s, *id) : cmd_fail("no such connection");
	row_free(&rows);
	return ctx->json ? cmd_end(&s.o, status) : status;
}

/* The words behind why; *@named: they are a number */
static int take_words(struct filter *f, int argc, char **argv, uint32_t *id, bool *named)
{
	char error[FILTER_ERROR];

	if (!argc)
		return cmd_usage(&cmd_sock, "why which? an id, or a filter");
	*named = argc == 1 && parse_u32(argv[0], UINT32_MAX, id);
	if (*named)
		filter_set_id(f, *id);
	else if (!filter_parse(f, argc, argv, error, sizeof(error)))
		return cmd_usage(&cmd_sock, "%s", error);
	filter_set_type(f, SOCK_STREAM);
	return CMD_OK;
}

/**
 * why_run() - naru sock why
 * @ctx: context
 * @argc: of naru sock
 * @argv: of naru sock, behind getopt_long(3): options, why, and the number of a socket or a filter
 *
 * Return: the exit status.
 */
int why_run(struct ctx *ctx, int argc, char **argv)
{
	struct meanings meanings = { NULL, 0 };
	struct filter f = { .present = 0 };
	int i, status;
	uint32_t id;
	bool named;

	for (i = 1; i < optind; i++)
		if (strcmp(argv[i], "-j") && strcmp(argv[i], "--json") && strcmp(argv[i], "--"))
			return cmd_usage(&cmd_sock, "why takes no options but -j");
	status = take_words(&f, argc - optind - 1, argv + optind + 1, &id, &named);
	if (status)
		return status;
	if (cmd_connect(ctx)) {
		filter_free(&f);
		return CMD_FAILED;
	}
	if (nl_talk(&ctx->nl, nl_request(&ctx->nl, NARU_CMD_STAT_GET, NLM_F_DUMP), take_meaning, &meanings))
		status = cmd_fail("%s", ctx->nl.error);
	else
		status = say_them(ctx, &f, named ? &id : NULL, &meanings);
	free_meanings(&meanings);
	filter_free(&f);
	return status;
}
