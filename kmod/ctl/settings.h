/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The settings of a network namespace, and those of the machine: one table, settings_list.h, for their
 * storage, range, default and help.
 */
#ifndef NARU_SETTINGS_H
#define NARU_SETTINGS_H

#include <linux/types.h>
#include <linux/compiler.h>
#include <linux/limits.h>

/* Seconds that fit an int in milliseconds */
#define NARU_SECONDS_MAX	(INT_MAX / 1000)

#define NARU_SETTING_WIDTH_BOOL		1
#define NARU_SETTING_WIDTH_INT		1
#define NARU_SETTING_WIDTH_TRIPLE	3
#define NARU_SETTING_WIDTH_NAME		0	/* the name is kept by what it names */
#define NARU_SETTING_WIDTH_MAX		3

enum naru_setting_slot {
#define NARU_SETTING(name, ...) NARU_SLOT_##name,
#include "settings_list.h"
	NARU_SLOT_MAX
};

/* Read and written without a lock: each value by itself, through the macros below */
struct naru_settings {
	int value[NARU_SLOT_MAX][NARU_SETTING_WIDTH_MAX];
};

/* The value of setting @name in namespace @nn, and the @i-th of a triple's */
#define naru_setting(nn, name)		READ_ONCE((nn)->set.value[NARU_SLOT_##name][0])
#define naru_setting_n(nn, name, i)	READ_ONCE((nn)->set.value[NARU_SLOT_##name][i])
#define naru_setting_write(nn, name, v)	WRITE_ONCE((nn)->set.value[NARU_SLOT_##name][0], v)

/**
 * struct naru_setting - what the table says of one setting
 * @name: its name
 * @help: one line
 * @type: enum naru_genl_setting_type
 * @width: how many values it has
 * @slot: enum naru_setting_slot
 * @min: smallest value allowed
 * @max: largest value allowed
 * @machine: one for the machine, the same in all namespaces
 * @bound: of memory that is the machine's: who has a namespace alone may not raise it above its default
 * @def: defaults
 */
struct naru_setting {
	const char *name;
	const char *help;
	u8 type;
	u8 width;
	u8 slot;
	bool machine;
	bool bound;
	int min, max;
	int def[NARU_SETTING_WIDTH_MAX];
};

void naru_settings_machine_init(unsigned long pages);
long *naru_settings_mem(void);
void naru_settings_init(struct naru_settings *set);
int naru_settings_default(const struct naru_setting *s, unsigned int i);
const struct naru_setting *naru_settings_at(unsigned int idx);
const struct naru_setting *naru_settings_find(const char *name);
int naru_settings_read(const struct naru_settings *set, const struct naru_setting *s,
		       unsigned int i);
void naru_settings_write(struct naru_settings *set, const struct naru_setting *s,
			 unsigned int i, int value);

#endif
