// SPDX-License-Identifier: GPL-2.0
/*
 * A recording as a plot in SVG 1.1, without anything that a converter to PDF may not know.
 */
#include "svg.h"
#include "parse.h"
#include "util.h"

#include <math.h>
#include <string.h>
#include <linux/naru_genl.h>

#define TICKS		8
#define LABEL_MOST	1e7	/* of larger numbers, labels would run into each other */
#define WND_MOST	4	/* a window that is larger than this much of the rest leaves the field */
#define LEGEND_TOP	(SVG_BOTTOM + 62)
#define LEGEND_COLUMN	183
#define GRID		"fill:none;stroke:#dddddd"

/* A line of the plot */
struct curve {
	const char *name, *label, *style;
	uint32_t (*value)(const struct history_event *e);
};

static uint32_t cwnd_of(const struct history_event *e)
{
	return e->cwnd;
}

static uint32_t ssthresh_of(const struct history_event *e)
{
	return e->ssthresh;
}

static uint32_t in_flight_of(const struct history_event *e)
{
	return e->in_flight;
}

static uint32_t wnd_of(const struct history_event *e)
{
	return e->snd_wnd;
}

/* Told apart without colours too, and by those who see few: the palette of Okabe and Ito */
static const struct curve curves[] = {
	{ "cwnd", "congestion window", "stroke:#0072b2;stroke-width:2", cwnd_of },
	{ "ssthresh", "slow start threshold", "stroke:#d55e00;stroke-width:1.5;stroke-dasharray:7 3", ssthresh_of },
	{ "in_flight", "in flight", "stroke:#009e73;stroke-width:1.5;stroke-dasharray:2 2", in_flight_of },
	{ "snd_wnd", "receiver window", "stroke:#555555;stroke-width:1.5;stroke-dasharray:10 3 2 3", wnd_of },
};

/* A mark: drawn around 0,0 */
static const struct mark {
	unsigned int what;
	const char *name, *label, *path, *style;
} marks[] = {
	{ NARU_WHAT_LOSS, "loss", "loss", "M-5 -9L5 -9L0 0Z", "fill:#d55e00;stroke:#000000" },
	{ NARU_WHAT_RTO, "rto", "timeout (RTO)", "M-5 -5L5 5M-5 5L5 -5", "fill:none;stroke:#cc0000;stroke-width:2.5" },
	{ NARU_WHAT_TLP, "tlp", "tail loss probe", "M0 -5L5 0L0 5L-5 0Z", "fill:#ffffff;stroke:#000000" },
	{ NARU_WHAT_TLP_LOSS, "tlp-loss", "loss that a probe mended", "M0 -5L5 0L0 5L-5 0Z",
	  "fill:#d55e00;stroke:#000000" },
	{ NARU_WHAT_UNDO, "undo", "reduction taken back", "M-5 9L5 9L0 0Z", "fill:#009e73;stroke:#000000" },
	{ NARU_WHAT_ECN, "ecn", "congestion mark (ECN)", "M-4 -4L4 -4L4 4L-4 4Z", "fill:#e69f00;stroke:#000000" },
	{ NARU_WHAT_RECOVERED, "recovered", "recovered", "M0 -7L0 7", "fill:none;stroke:#009e73;stroke-width:2" },
	{ NARU_WHAT_SND_CLOSED, "snd-closed", "window closed", "M-5 -5L5 -5L5 5L-5 5Z", "fill:#555555;stroke:none" },
	{ NARU_WHAT_ERROR, "error", "failed", "M-7 -7L7 7M-7 7L7 -7", "fill:none;stroke:#000000;stroke-width:3" },
};

static const struct mark *mark_of(unsigned int what)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(marks); i++)
		if (marks[i].what == what)
			return &marks[i];
	return NULL;
}

/**
 * svg_mark() - whether an event has a mark
 * @what: enum naru_genl_what
 *
 * Return: the mark's class, NULL where there is none.
 */
const char *svg_mark(unsigned int what)
{
	const struct mark *mark = mark_of(what);

	return mark ? mark->name : NULL;
}

/**
 * svg_step() - from a tick to the next
 * @range: what the axis reaches over, above 0
 * @ticks: about how many
 *
 * Return: 1, 2 or 5 times a power of 10, so that there are no more than @ticks.
 */
double svg_step(double range, unsigned int ticks)
{
	double least = range / ticks, power = pow(10, floor(log10(least)));
	static const double steps[] = { 1, 2, 5, 10 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(steps) - 1; i++)
		if (steps[i] * power >= least * (1 - 1e-9))
			break;
	return steps[i] * power;
}

/* All that is drawn is whole numbers. Up to a whole tick, where the axis may be longer than what is drawn */
static void set_axis(struct svg_axis *axis, double lo, double hi, bool whole)
{
	axis->lo = lo;
	axis->origin = 0;
	axis->step = fmax(svg_step(hi - lo, TICKS), 1);
	axis->hi = whole ? ceil(hi / axis->step - 1e-9) * axis->step : hi;
}

static void set_x(const struct history *h, struct svg_axis *x)
{
	double hi = history_end_us(h), lo = h->num_events ? h->event[0].us : 0;

	set_axis(x, lo, hi > lo ? hi : lo + 1, false);
	x->unit = hi - lo < 2000 ? 1 : hi - lo < 2000000 ? 1000 : 1000000;
	x->name = x->unit == 1 ? "\xc2\xb5s" : x->unit == 1000 ? "ms" : "s";
	if (x->hi > LABEL_MOST * x->unit)
		x->origin = lo;
}

static void set_y(const struct history *h, struct svg_plot *p)
{
	double most = 1, wnd = 0;
	size_t i;

	for (i = 0; i < h->num_events; i++) {
		const struct history_event *e = &h->event[i];

		most = fmax(most, fmax(e->cwnd, e->in_flight));
		if (e->ssthresh != HISTORY_SSTHRESH_NONE)
			most = fmax(most, e->ssthresh);
		wnd = fmax(wnd, e->snd_wnd);
	}
	p->wnd_above = wnd > WND_MOST * most;
	set_axis(&p->y, 0, p->wnd_above ? most : fmax(most, wnd), true);
	p->y.unit = p->y.hi < 10000 ? 1 : p->y.hi < 10000000 ? 1000 : 1000000;
	p->y.name = p->y.unit == 1 ? "bytes" : p->y.unit == 1000 ? "kB" : "MB";
}

/**
 * svg_plot() - lay a plot out
 * @h: recording
 * @p: filled
 */
void svg_plot(const struct history *h, struct svg_plot *p)
{
	set_x(h, &p->x);
	set_y(h, p);
}

/**
 * svg_x() - where a time is
 * @p: plot
 * @us: microseconds since the connection was opened
 *
 * Return: pixels from the left.
 */
double svg_x(const struct svg_plot *p, double us)
{
	return SVG_LEFT + (us - p->x.lo) / (p->x.hi - p->x.lo) * (SVG_RIGHT - SVG_LEFT);
}

/**
 * svg_y() - where a number of bytes is
 * @p: plot
 * @bytes: bytes
 *
 * Return: pixels from the top; above the field, where they are more than fit.
 */
double svg_y(const struct svg_plot *p, double bytes)
{
	return SVG_BOTTOM - (bytes - p->y.lo) / (p->y.hi - p->y.lo) * (SVG_BOTTOM - SVG_TOP);
}

static void write_text(FILE *f, double x, double y, const char *anchor, const char *text)
{
	fprintf(f, "<text x=\"%.2f\" y=\"%.2f\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, text);
}

/*
 * Ticks are counted, not added up to: far from 0 a double may be too coarse for that. Returns how many there are; @first:
 * set to the first, from the axis' origin on
 */
static unsigned int ticks(const struct svg_axis *axis, double *first)
{
	double rest = fmod(axis->lo - axis->origin, axis->step), room;

	*first = axis->lo - axis->origin + (rest > 0 ? axis->step - rest : 0);
	room = axis->hi - axis->origin - *first;
	return room < 0 ? 0 : floor(room / axis->step + 1e-9) + 1;
}

static void write_x_title(FILE *f, const struct svg_axis *x)
{
	unsigned long long origin = x->origin;
	char text[128];

	if (origin)
		snprintf(text, sizeof(text), "time since %llu.%06llu s after the connection was opened (%s)",
			 origin / 1000000, origin % 1000000, x->name);
	else
		snprintf(text, sizeof(text), "time since the connection was opened (%s)", x->name);
	write_text(f, (SVG_LEFT + SVG_RIGHT) / 2.0, SVG_BOTTOM + 38, "middle", text);
}

static void write_x_axis(FILE *f, const struct svg_plot *p)
{
	double first, us, x;
	unsigned int i, num = ticks(&p->x, &first);
	char text[64];

	fputs("<g class=\"x axis\">\n", f);
	for (i = 0; i < num; i++) {
		us = first + i * p->x.step;
		x = svg_x(p, p->x.origin + us);
		fprintf(f, "<path style=\"" GRID "\" d=\"M%.2f %dV%d\"/>\n", x, SVG_TOP, SVG_BOTTOM);
		snprintf(text, sizeof(text), "%.10g", us / p->x.unit);
		write_text(f, x, SVG_BOTTOM + 17, "middle", text);
	}
	write_x_title(f, &p->x);
	fputs("</g>\n", f);
}

static void write_y_axis(FILE *f, const struct svg_plot *p)
{
	double first, bytes, y;
	unsigned int i, num = ticks(&p->y, &first);
	char text[64];

	fputs("<g class=\"y axis\">\n", f);
	for (i = 0; i < num; i++) {
		bytes = first + i * p->y.step;
		y = svg_y(p, bytes);
		fprintf(f, "<path style=\"" GRID "\" d=\"M%d %.2fH%d\"/>\n", SVG_LEFT, y, SVG_RIGHT);
		snprintf(text, sizeof(text), "%.10g", bytes / p->y.unit);
		write_text(f, SVG_LEFT - 8, y + 4, "end", text);
	}
	y = (SVG_TOP + SVG_BOTTOM) / 2.0;
	fprintf(f, "<text transform=\"rotate(-90 24 %.2f)\" x=\"24\" y=\"%.2f\" text-anchor=\"middle\">windows (%s)</text>\n", y, y, p->y.name);
	fputs("</g>\n", f);
}

/* A threshold that is not set, and what is above the field */
static bool is_left_out(const struct svg_plot *p, const struct curve *c, uint32_t value)
{
	return (c->value == ssthresh_of && value == HISTORY_SSTHRESH_NONE) || value > p->y.hi;
}

/* Each value holds until the next event */
static void write_curve(FILE *f, const struct history *h, const struct svg_plot *p, const struct curve *c)
{
	bool drawing = false;
	size_t i;

	fprintf(f, "<path class=\"%s\" style=\"fill:none;%s\" d=\"", c->name, c->style);
	for (i = 0; i < h->num_events; i++) {
		uint32_t value = c->value(&h->event[i]);
		double x = svg_x(p, h->event[i].us);

		if (is_left_out(p, c, value)) {
			drawing = false;
			continue;
		}
		if (drawing)
			fprintf(f, "H%.2fV%.2f", x, svg_y(p, value));
		else
			fprintf(f, "M%.2f %.2f", x, svg_y(p, value));
		drawing = true;
	}
	if (drawing)
		fprintf(f, "H%.2f", svg_x(p, p->x.hi));
	fputs("\"/>\n", f);
}

static void write_mark(FILE *f, const struct svg_plot *p, const struct history_event *e, const struct mark *m)
{
	char text[HISTORY_TEXT_MAX];

	history_describe(e, text, sizeof(text));
	fprintf(f, "<path class=\"mark %s\" style=\"%s\" transform=\"translate(%.2f %.2f)\" d=\"%s\">",
		m->name, m->style, svg_x(p, e->us), svg_y(p, e->cwnd), m->path);
	fprintf(f, "<title>%.6f s: %s</title></path>\n", e->us / 1e6, text);
}

static void write_marks(FILE *f, const struct history *h, const struct svg_plot *p)
{
	size_t i;

	fputs("<g class=\"marks\">\n", f);
	for (i = 0; i < h->num_events; i++)
		if (mark_of(h->event[i].what))
			write_mark(f, p, &h->event[i], mark_of(h->event[i].what));
	fputs("</g>\n", f);
}

/* Where the next entry of the legend is */
static void legend_place(unsigned int *n, double *x, double *y)
{
	*x = SVG_LEFT + *n % 4 * LEGEND_COLUMN;
	*y = LEGEND_TOP + *n / 4 * 18;
	(*n)++;
}

static bool has(const struct history *h, unsigned int what)
{
	size_t i;

	for (i = 0; i < h->num_events; i++)
		if (h->event[i].what == what)
			return true;
	return false;
}

static void write_legend(FILE *f, const struct history *h, const struct svg_plot *p)
{
	unsigned int n = 0;
	double x, y;
	size_t i;

	fputs("<g class=\"legend\">\n", f);
	for (i = 0; i < ARRAY_SIZE(curves); i++) {
		bool above = curves[i].value == wnd_of && p->wnd_above;

		legend_place(&n, &x, &y);
		fprintf(f, "<path style=\"fill:none;%s\" d=\"M%.2f %.2fh24\"/>\n", curves[i].style, x, y - 4);
		fprintf(f, "<text x=\"%.2f\" y=\"%.2f\">%s%s</text>\n", x + 30, y, curves[i].label,
			above ? " (above)" : "");
	}
	for (i = 0; i < ARRAY_SIZE(marks); i++) {
		if (!has(h, marks[i].what))
			continue;
		legend_place(&n, &x, &y);
		fprintf(f, "<path style=\"%s\" transform=\"translate(%.2f %.2f)\" d=\"%s\"/>\n", marks[i].style,
			x + 12, y - 4, marks[i].path);
		write_text(f, x + 30, y, "start", marks[i].label);
	}
	fputs("</g>\n", f);
}

static void write_title(FILE *f, const struct history *h)
{
	char local[PARSE_ADDR_LEN], remote[PARSE_ADDR_LEN], text[3 * PARSE_ADDR_LEN];

	parse_addr_text(&h->laddr, local);
	parse_addr_text(&h->raddr, remote);
	snprintf(text, sizeof(text), "%s port %u to %s port %u", local, h->lport, remote, h->rport);
	fprintf(f, "<title>naru history: %s</title>\n", text);
	write_text(f, SVG_LEFT, SVG_TOP - 14, "start", text);
}

/**
 * svg_write() - draw a recording
 * @f: file
 * @h: recording
 *
 * Return: false where it cannot be written.
 */
bool svg_write(FILE *f, const struct history *h)
{
	struct svg_plot p;
	size_t i;

	svg_plot(h, &p);
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"", f);
	fprintf(f, " width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\"", SVG_WIDTH, SVG_HEIGHT, SVG_WIDTH, SVG_HEIGHT);
	fputs(" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\">\n", f);
	fprintf(f, "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", SVG_WIDTH, SVG_HEIGHT);
	write_title(f, h);
	write_x_axis(f, &p);
	write_y_axis(f, &p);
	fputs("<g class=\"curves\">\n", f);
	for (i = 0; i < ARRAY_SIZE(curves); i++)
		write_curve(f, h, &p, &curves[i]);
	fputs("</g>\n", f);
	fprintf(f, "<path style=\"fill:none;stroke:#000000\" d=\"M%d %dV%dH%d\"/>\n", SVG_LEFT, SVG_TOP, SVG_BOTTOM, SVG_RIGHT);
	write_marks(f, h, &p);
	write_legend(f, h, &p);
	fputs("</svg>\n", f);
	return !ferror(f);
}
