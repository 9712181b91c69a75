// SPDX-License-Identifier: GPL-2.0
/*
 * The table of settings at work.
 */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/naru_genl.h>
#include "settings.h"

/* What each of these counts is memory of the kernel's */
#define BOUNDS	(BIT_ULL(NARU_SLOT_max_syn_backlog) | BIT_ULL(NARU_SLOT_max_tw_buckets) |	\
		 BIT_ULL(NARU_SLOT_max_orphans) | BIT_ULL(NARU_SLOT_napt_max_mappings) |	\
		 BIT_ULL(NARU_SLOT_napt_max_sessions) | BIT_ULL(NARU_SLOT_recorder_kept))

static_assert(NARU_SLOT_MAX <= BITS_PER_LONG_LONG);

static const struct naru_setting table[] = {
#define NARU_SETTING(_name, _type, _min, _max, _help, ...)		\
	{								\
		.name = #_name,						\
		.help = _help,						\
		.type = NARU_SETTING_TYPE_##_type,			\
		.width = NARU_SETTING_WIDTH_##_type,			\
		.slot = NARU_SLOT_##_name,				\
		.machine = NARU_SLOT_##_name == NARU_SLOT_mem,		\
		.bound = BOUNDS >> NARU_SLOT_##_name & 1,		\
		.min = _min,						\
		.max = _max,						\
		.def = { __VA_ARGS__ },					\
	},
#include "settings_list.h"
};

/* The setting mem, in pages: where struct proto's accounting looks, and what it was at first */
static long mem[NARU_SETTING_WIDTH_TRIPLE];
static long mem_default[NARU_SETTING_WIDTH_TRIPLE];

/**
 * naru_settings_machine_init() - the machine's own settings at their defaults
 * @pages: memory of the machine that buffers may use, in pages
 *
 * As the kernel's TCP: pressure above 6 % of it, the limit at 9 %.
 */
void naru_settings_machine_init(unsigned long pages)
{
	long limit = clamp(pages / 16, 128UL, (unsigned long)INT_MAX / 2);

	mem_default[0] = limit / 4 * 3;
	mem_default[1] = limit;
	mem_default[2] = mem_default[0] * 2;
	memcpy(mem, mem_default, sizeof(mem));
}

/**
 * naru_settings_mem() - the setting mem
 *
 * Return: three numbers of pages, as struct proto's sysctl_mem.
 */
long *naru_settings_mem(void)
{
	return mem;
}

/**
 * naru_settings_default() - a setting's default
 * @s: which
 * @i: which of its values, below @s->width
 *
 * Return: the value, in the setting's own unit.
 */
int naru_settings_default(const struct naru_setting *s, unsigned int i)
{
	return s->machine ? mem_default[i] : s->def[i];
}

/**
 * naru_settings_init() - every setting of a namespace at its default
 * @set: settings of a namespace that nobody reads yet
 */
void naru_settings_init(struct naru_settings *set)
{
	unsigned int n, i;

	for (n = 0; n < ARRAY_SIZE(table); n++)
		for (i = 0; i < table[n].width && !table[n].machine; i++)
			naru_settings_write(set, &table[n], i, table[n].def[i]);
}

/**
 * naru_settings_at() - a setting by its place in the table
 * @idx: place, from 0
 *
 * Return: its description, NULL behind the last.
 */
const struct naru_setting *naru_settings_at(unsigned int idx)
{
	return idx < ARRAY_SIZE(table) ? &table[idx] : NULL;
}

/**
 * naru_settings_find() - a setting by name
 * @name: as in settings_list.h
 *
 * Return: its description, NULL where there is none of this name.
 */
const struct naru_setting *naru_settings_find(const char *name)
{
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(table); n++)
		if (!strcmp(table[n].name, name))
			return &table[n];
	return NULL;
}

/**
 * naru_settings_read() - a setting's value
 * @set: settings of a namespace
 * @s: which
 * @i: which of its values, below @s->width
 *
 * Any context, no lock.
 *
 * Return: the value, in the setting's own unit.
 */
int naru_settings_read(const struct naru_settings *set, const struct naru_setting *s,
		       unsigned int i)
{
	return s->machine ? READ_ONCE(mem[i]) : READ_ONCE(set->value[s->slot][i]);
}

/**
 * naru_settings_write() - change a setting's value
 * @set: settings of a namespace
 * @s: which
 * @i: which of its values, below @s->width
 * @value: within @s->min and @s->max, the caller has checked
 *
 * Any context, no lock: readers see the old value or the new one.
 */
void naru_settings_write(struct naru_settings *set, const struct naru_setting *s,
			 unsigned int i, int value)
{
	if (s->machine)
		WRITE_ONCE(mem[i], value);
	else
		WRITE_ONCE(set->value[s->slot][i], value);
}
