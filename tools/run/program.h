/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a program is, before it is run.
 */
#ifndef NARU_TOOLS_RUN_PROGRAM_H
#define NARU_TOOLS_RUN_PROGRAM_H

#include <limits.h>
#include <stdbool.h>

/**
 * struct program - a program file
 * @path: the file that the kernel would load: of a script, its interpreter
 * @elf: it is a program of a kind that is known
 * @foreign: of another architecture than this program's
 * @linked: that the C library's loader loads
 * @go: with Go's own system calls
 */
struct program {
	char path[PATH_MAX];
	bool elf, foreign, linked, go;
};

bool program_find(const char *name, struct program *p);
const char *program_gains(const struct program *p);

#endif
