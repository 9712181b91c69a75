// SPDX-License-Identifier: GPL-2.0
/*
 * The table of settings at work.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/naru_genl.h>
#include "settings.h"

static const struct naru_setting table[] = {
#define NARU_SETTING(_name, _type, _min, _max, _help, ...)		\
	{								\
		.name = #_name,						\
		.help = _help,						\
		.type = NARU_SETTING_TYPE_##_type,			\
		.width = NARU_SETTING_WIDTH_##_type,			\
		.slot = NARU_SLOT_##_name,				\
		.min = _min,						\
		.max = _max,						\
		.def = { __VA_ARGS__ },					\
	},
#include "settings_list.h"
};

/**
 * naru_settings_init() - every setting at its default
 * @set: settings of a namespace that nobody reads yet
 */
void naru_settings_init(struct naru_settings *set)
{
	unsigned int n, i;

	for (n = 0; n < ARRAY_SIZE(table); n++)
		for (i = 0; i < table[n].width; i++)
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
	return READ_ONCE(set->value[s->slot][i]);
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
	WRITE_ONCE(set->value[s->slot][i], value);
}
