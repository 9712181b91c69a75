// SPDX-License-Identifier: GPL-2.0
/*
 * What a machine is like: sockets, ports and firewalls.
 */
#include "doctor.h"
#include "firewall.h"
#include "nl.h"
#include "owner.h"
#include "util.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/naru.h>
#include <linux/naru_genl.h>

#define TCP_STATE_LISTEN	10	/* of /proc/net/tcp */
#define MORE_PATH		"PATH=$PATH:/usr/sbin:/sbin "

/* errno of socket(2), tried by another process: a filter of system calls may end it */
static int try_family(int family)
{
	int status, fd;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return errno;
	if (!pid) {
		fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
		_exit(fd < 0 ? errno : 0);
	}
	if (waitpid(pid, &status, 0) < 0)
		return errno;
	return WIFSIGNALED(status) ? DOCTOR_KILLED + WTERMSIG(status) : WEXITSTATUS(status);
}

/**
 * doctor_try_open() - open a socket as a program would
 * @facts: open_error is filled
 */
void doctor_try_open(struct doctor_facts *facts)
{
	facts->open_error = try_family(facts->af ? facts->af : AF_NARU);
}

static bool take_af(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[NARU_INFO_MAX + 1];

	(void)nl;
	nl_parse(tb, NARU_INFO_MAX, nlh);
	*(uint32_t *)arg = nl_u32(tb[NARU_INFO_AF]);
	return true;
}

static bool take_unprivileged(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[NARU_SETTING_ATTR_MAX + 1];
	int32_t value = 0;

	(void)nl;
	nl_parse(tb, NARU_SETTING_ATTR_MAX, nlh);
	nl_copy(tb[NARU_SETTING_VALUES], &value, sizeof(value));
	*(bool *)arg = value;
	return true;
}

static int ask(struct nl *nl, struct doctor_facts *facts)
{
	struct nlmsghdr *nlh;
	int err = nl_open(nl);

	if (!err)
		err = nl_talk(nl, nl_request(nl, NARU_CMD_INFO_GET, 0), take_af, &facts->af);
	if (err)
		return err;
	nlh = nl_request(nl, NARU_CMD_SETTING_GET, 0);
	mnl_attr_put_strz(nlh, NARU_SETTING_NAME, "unprivileged");
	return nl_talk(nl, nlh, take_unprivileged, &facts->unprivileged);
}

static uint32_t find_free_family(void)
{
	static const int families[] = { 19, 22, 25, 13 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(families); i++)
		if (try_family(families[i]) == EAFNOSUPPORT)
			return families[i];
	return 0;
}

/**
 * doctor_look_family() - the family's number, and whether a socket of it opens
 * @facts: af, free_af, open_error, answer, unprivileged are filled
 */
void doctor_look_family(struct doctor_facts *facts)
{
	static struct nl nl;

	if (!facts->loaded) {
		if (facts->open_error != EAFNOSUPPORT)
			facts->free_af = find_free_family();
		return;
	}
	if (ask(&nl, facts))
		snprintf(facts->answer, sizeof(facts->answer), "%.250s", nl.error);
	nl_close(&nl);
	if (facts->af && facts->af != AF_NARU)
		doctor_try_open(facts);
}

/* Who listens to a port of the kernel's TCP: an inode number, 0: nobody */
static uint32_t listener_of(const char *path, unsigned int port)
{
	char *text = doctor_read(path), *line, *rest = text;
	unsigned int lport, state;
	uint32_t inode = 0;
	unsigned long ino;

	while (text && (line = strsep(&rest, "\n"))) {
		if (sscanf(line, " %*u: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x %*x:%*x %*x:%*x %*x %*u %*u %lu", &lport,
			   &state, &ino) == 3 && lport == port && state == TCP_STATE_LISTEN)
			inode = ino;
	}
	free(text);
	return inode;
}

static void look_owner(struct doctor_port *p)
{
	struct owners owners = { NULL, 0 };
	const struct owner *owner;
	uint32_t inode = listener_of("/proc/net/tcp", p->port);

	if (!inode)
		inode = listener_of("/proc/net/tcp6", p->port);
	if (inode && owner_read(&owners) && owner_find(&owners, inode, &owner)) {
		p->pid = owner->pid;
		snprintf(p->comm, sizeof(p->comm), "%s", owner->comm);
	}
	owner_free(&owners);
}

/* errno of binding to a port. Without naru's sockets the kernel's TCP is asked, which has the same ports */
static int try_port(int family, uint16_t port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP), err = 0;

	if (fd < 0)
		return errno;
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		err = errno;
	close(fd);
	return err;
}

/**
 * doctor_look_ports() - the ports that there are, and those that were asked for
 * @facts: what speaks of ports is filled, and bind_denied
 * @port: ports
 * @num: how many, at most DOCTOR_PORTS
 */
void doctor_look_ports(struct doctor_facts *facts, const uint16_t *port, size_t num)
{
	char *range = doctor_read("/proc/sys/net/ipv4/ip_local_port_range");
	char *reserved = doctor_read("/proc/sys/net/ipv4/ip_local_reserved_ports");
	int family = AF_INET;
	size_t i;

	if (!range || sscanf(range, "%u %u", &facts->ports_first, &facts->ports_last) != 2) {
		facts->ports_first = 32768;
		facts->ports_last = 60999;
	}
	if (reserved)
		facts->ports_reserved = doctor_reserved(reserved, facts->ports_first, facts->ports_last);
	free(range);
	free(reserved);
	facts->bind_denied = try_port(AF_INET, 0) == EACCES;
	if (facts->loaded && !facts->open_error)
		family = facts->af;
	for (i = 0; i < num; i++) {
		facts->port[i].port = port[i];
		facts->port[i].error = try_port(family, port[i]);
		if (facts->port[i].error == EADDRINUSE)
			look_owner(&facts->port[i]);
	}
	facts->num_ports = num;
}

/* What a command prints, for free(). NULL: there is no such command, or it failed */
static char *output_of(const char *command)
{
	FILE *f = popen(command, "re");
	char *text = NULL, *more;
	size_t len = 0, n = 1;

	while (f && n) {
		more = realloc(text, len + 65537);
		if (!more)
			break;
		text = more;
		n = fread(text + len, 1, 65536, f);
		len += n;
		text[len] = '\0';
	}
	if (f && pclose(f)) {
		free(text);
		text = NULL;
	}
	return text;
}

static void add_chain(struct doctor_facts *facts, const struct firewall_chain *c, unsigned int dropped)
{
	static const char *const who[] = { "nftables", "iptables", "iptables-legacy" };
	static const char *const what[] = { "", "IP protocol 253", "IP protocol 254", "IP protocols 253 and 254" };
	struct doctor_chain *to = &facts->chain[facts->num_chains];

	if (!dropped || facts->num_chains == ARRAY_SIZE(facts->chain))
		return;
	snprintf(to->text, sizeof(to->text), "%s: chain %s of table %s %s drops %s", who[c->by], c->name, c->family,
		 c->table, what[dropped]);
	firewall_mend(c, dropped, to->mend, sizeof(to->mend));
	facts->num_chains++;
}

/* Rules of the old kind are there where their table is. 6 for IPv6's */
static void read_legacy(struct firewall *f, const char *six)
{
	char command[128], path[64], *text;

	snprintf(path, sizeof(path), "/proc/net/ip%s_tables_names", six);
	text = doctor_read(path);
	if (text && *text) {
		snprintf(command, sizeof(command), MORE_PATH "ip%stables-legacy-save 2>/dev/null", six);
		free(text);
		text = output_of(command);
		if (text)
			firewall_read_iptables(f, text, *six ? "ip6" : "ip");
	}
	free(text);
}

/**
 * doctor_look_firewall() - the chains that drop naru's protocols
 * @facts: what speaks of firewalls is filled
 */
void doctor_look_firewall(struct doctor_facts *facts)
{
	struct firewall f = { NULL, 0 };
	char *text;
	size_t i;

	if (!facts->net_admin)
		return;
	text = output_of(MORE_PATH "nft -p -s list ruleset 2>/dev/null");
	facts->firewall_seen = text || !doctor_exists("/sys/module/nf_tables");
	if (text)
		firewall_read_nft(&f, text);
	free(text);
	read_legacy(&f, "");
	read_legacy(&f, "6");
	for (i = 0; i < f.num; i++)
		add_chain(facts, &f.chain[i], firewall_dropped(&f, &f.chain[i]));
	firewall_free(&f);
}
