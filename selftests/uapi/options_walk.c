// SPDX-License-Identifier: GPL-2.0
/* The table of options on streams */
#define WALK_TYPE	SOCK_STREAM
#include "options_walk.h"

TEST_HARNESS_MAIN
