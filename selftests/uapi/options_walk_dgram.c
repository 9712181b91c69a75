// SPDX-License-Identifier: GPL-2.0
/* The table of options on datagram sockets */
#define WALK_TYPE	SOCK_DGRAM
#include "options_walk.h"

TEST_HARNESS_MAIN
