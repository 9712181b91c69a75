// SPDX-License-Identifier: GPL-2.0
/*
 * netstat's table, letter by letter, against lines that netstat (net-tools 2.10) printed.
 */
#include <stdlib.h>
#include <string.h>
#include "unit.h"
#include "../../tools/netstat.h"
#include <linux/naru_genl.h>

static char printed[2048];

static const char *print(const struct netstat_style *style, const struct netstat_row *row)
{
	FILE *f = fmemopen(printed, sizeof(printed), "w");

	if (row)
		netstat_print_row(f, style, row);
	else
		netstat_print_heading(f, style);
	fclose(f);
	ASSERT_EQ(printed[strcspn(printed, "\n") + 1], '\0');
	printed[strcspn(printed, "\n")] = '\0';
	return printed;
}

static const struct netstat_style plain, full = { .extended = true, .owners = true, .timers = true };

TEST(netstat__headings)
{
	const struct netstat_style extended = { .extended = true }, owners = { .owners = true };
	const struct netstat_style timers = { .timers = true };

	ASSERT_STREQ(print(&plain, NULL),
		     "Proto Recv-Q Send-Q Local Address           Foreign Address         State      ");
	ASSERT_STREQ(print(&full, NULL),
		     "Proto Recv-Q Send-Q Local Address           Foreign Address         State       User       Inode      PID/Program name     Timer");
	ASSERT_STREQ(print(&extended, NULL),
		     "Proto Recv-Q Send-Q Local Address           Foreign Address         State       User       Inode     ");
	ASSERT_STREQ(print(&owners, NULL),
		     "Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name    ");
	ASSERT_STREQ(print(&timers, NULL),
		     "Proto Recv-Q Send-Q Local Address           Foreign Address         State       Timer");
}

TEST(netstat__rows)
{
	struct netstat_row row = { .proto = "tcp", .local = "127.0.0.1:49198", .remote = "127.0.0.1:80",
				   .state = "ESTABLISHED", .user = "0", .inode = 2570451,
				   .program = "7826/python3", .timer = "keepalive (7199.98/0/0)" };

	ASSERT_STREQ(print(&full, &row),
		     "tcp        0      0 127.0.0.1:49198         127.0.0.1:80            ESTABLISHED 0          2570451    7826/python3         keepalive (7199.98/0/0)");
	row = (struct netstat_row){ .proto = "udp", .recvq = 832, .local = "127.0.0.1:53",
				    .remote = "0.0.0.0:*", .state = "" };
	ASSERT_STREQ(print(&plain, &row),
		     "udp      832      0 127.0.0.1:53            0.0.0.0:*                          ");
	row.proto = "tcp6";
	row.state = "LISTEN";
	ASSERT_STREQ(print(&plain, &row),
		     "tcp6     832      0 127.0.0.1:53            0.0.0.0:*               LISTEN     ");
	row.proto = "narud6";
	ASSERT_STREQ(print(&plain, &row),
		     "narud6   832      0 127.0.0.1:53            0.0.0.0:*               LISTEN     ");
}

/* A program's name may be anything: it stays on its line, and what stands behind it as well */
TEST(netstat__odd_names)
{
	const struct netstat_row row = { .proto = "tcp", .local = "127.0.0.1:49198", .remote = "127.0.0.1:80",
					 .state = "ESTABLISHED", .user = "a\nb", .inode = 2570451,
					 .program = "7826/x\n\033[7m\ny", .timer = "off (0.00/0/0)" };
	FILE *f = fmemopen(printed, sizeof(printed), "w");

	netstat_print_plain(f, &full, &row);
	fclose(f);
	ASSERT_STREQ(printed,
		     "tcp        0      0 127.0.0.1:49198         127.0.0.1:80            ESTABLISHED a?b        2570451    7826/x??[7m?y        off (0.00/0/0)\n");
}

static const char *endpoint(const char *addr, const char *port, bool wide)
{
	netstat_endpoint(printed, sizeof(printed), addr, port, wide);
	return printed;
}

TEST(netstat__endpoints)
{
	static const char addr[] = "2001:db8:1234:5678:9abc:def0:1234:5678";

	ASSERT_STREQ(endpoint("127.0.0.1", "80", false), "127.0.0.1:80");
	ASSERT_STREQ(endpoint("::", "*", false), ":::*");
	ASSERT_STREQ(endpoint(addr, "53092", false), "2001:db8:1234:567:53092");
	ASSERT_STREQ(endpoint(addr, "8080", false), "2001:db8:1234:5678:8080");
	ASSERT_STREQ(endpoint(addr, "http-alt", false), "2001:db8:1234::http-alt");
	ASSERT_STREQ(endpoint(addr, "http-alt", true), "2001:db8:1234:5678:9abc:def0:1234:5678:http-alt");
	ASSERT_STREQ(endpoint("host.example", "a-service-of-a-long-name", false), "host:a-service-of-a-lon");
}

static const char *timer(unsigned int kind, unsigned int ms, unsigned int times)
{
	netstat_timer(printed, sizeof(printed), kind, ms, times);
	return printed;
}

TEST(netstat__timers)
{
	ASSERT_STREQ(timer(NARU_TIMER_KIND_NONE, 0, 0), "off (0.00/0/0)");
	ASSERT_STREQ(timer(NARU_TIMER_KIND_RETRANSMIT, 12345, 3), "on (12.34/3/0)");
	ASSERT_STREQ(timer(NARU_TIMER_KIND_SYNACK, 999, 1), "on (0.99/1/0)");
	ASSERT_STREQ(timer(NARU_TIMER_KIND_KEEPALIVE, 7199980, 2), "keepalive (7199.98/0/2)");
	ASSERT_STREQ(timer(NARU_TIMER_KIND_PROBE, 200, 4), "probe (0.20/0/4)");
	ASSERT_STREQ(timer(NARU_TIMER_KIND_TIME_WAIT, 59980, 0), "timewait (59.98/0/0)");
	ASSERT_STREQ(timer(NARU_TIMER_KIND_FIN_WAIT_2, 59980, 0), "timewait (59.98/0/0)");
	ASSERT_STREQ(timer(77, 1000, 1), "unkn-77 (1.00/1/0)");
}

static const char *program(int pid, const char *arguments)
{
	netstat_program(printed, sizeof(printed), pid, arguments);
	return printed;
}

TEST(netstat__programs)
{
	ASSERT_STREQ(program(7826, "python3"), "7826/python3");
	ASSERT_STREQ(program(1, "/usr/lib/systemd/systemd"), "1/systemd");
	ASSERT_STREQ(program(123, "sshd: /usr/sbin/sshd -D [listener]"), "123/sshd: /usr/sbin");
	ASSERT_STREQ(program(1, ""), "1/");
}

TEST(netstat__order_and_names)
{
	static const unsigned int wires[] = { 6, 17, 253, 254 };
	static const char *const names[] = { "tcp", "tcp6", "udp", "udp6", "naru", "naru6", "narud", "narud6" };
	int i;

	for (i = 0; i < 8; i++) {
		ASSERT_EQ(netstat_proto_order(wires[i / 2], i % 2), i);
		ASSERT_STREQ(netstat_proto(wires[i / 2], i % 2), names[i]);
	}
}

/* Each has one place for a number, and no counter has two lines */
TEST(netstat__statistics)
{
	unsigned int section, found;
	size_t i;

	for (section = 0; section < NETSTAT_SECTIONS; section++) {
		for (i = 0; i < netstat_sections[section].num; i++) {
			const struct netstat_line *line = &netstat_sections[section].line[i];
			const char *at = strstr(line->sentence, "%llu");

			ASSERT_TRUE(at && !strchr(at + 1, '%') && strchr(line->sentence, '%') == at);
			ASSERT_TRUE(netstat_find_line(line->counter, &found) == line);
			ASSERT_EQ(found, section);
		}
		ASSERT_LE(netstat_sections[section].num, 32);
	}
	ASSERT_FALSE(netstat_find_line("NO_SUCH", &found));
}
