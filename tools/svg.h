/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recording as a plot: windows over time, with marks for what happened.
 */
#ifndef NARU_TOOLS_SVG_H
#define NARU_TOOLS_SVG_H

#include <stdbool.h>
#include <stdio.h>
#include "history.h"

/* The picture, and the field within it in which is drawn; pixels */
#define SVG_WIDTH	840
#define SVG_HEIGHT	500
#define SVG_LEFT	84
#define SVG_RIGHT	816
#define SVG_TOP		36
#define SVG_BOTTOM	372

/**
 * struct svg_axis - what stands along an edge
 * @lo: value at the left or the bottom
 * @hi: value at the right or the top, above @lo
 * @origin: what the labels count from, at most @lo
 * @step: from a tick to the next
 * @unit: how much is 1 in the labels
 * @name: of the unit
 */
struct svg_axis {
	double lo, hi, origin, step, unit;
	const char *name;
};

/**
 * struct svg_plot - where things are
 * @x: time, microseconds
 * @y: bytes
 * @wnd_above: the largest peer's window does not fit in
 */
struct svg_plot {
	struct svg_axis x, y;
	bool wnd_above;
};

double svg_step(double range, unsigned int ticks);
void svg_plot(const struct history *h, struct svg_plot *p);
double svg_x(const struct svg_plot *p, double us);
double svg_y(const struct svg_plot *p, double bytes);
const char *svg_mark(unsigned int what);
bool svg_write(FILE *f, const struct history *h);

#endif
