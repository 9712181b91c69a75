// SPDX-License-Identifier: GPL-2.0
/*
 * churn EVENTS: a socket for datagrams is connected and connected no more, until there were so many changes of state.
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <linux/naru.h>

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	const struct sockaddr none = { .sa_family = AF_UNSPEC };
	int fd = socket(AF_NARU, SOCK_DGRAM, 0);
	long left = argc > 1 ? atol(argv[1]) : 0;

	if (fd < 0)
		err(1, "socket");
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (; left > 0; left -= 2)
		if (connect(fd, (struct sockaddr *)&to, sizeof(to)) || connect(fd, &none, sizeof(none)))
			err(1, "connect");
	return 0;
}
