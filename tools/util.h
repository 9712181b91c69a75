/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every file may need.
 */
#ifndef NARU_TOOLS_UTIL_H
#define NARU_TOOLS_UTIL_H

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof(*(array)))
#define __printf(format, args)	__attribute((__format__(__printf__, format, args)))

#endif
