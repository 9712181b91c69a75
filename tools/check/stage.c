// SPDX-License-Identifier: GPL-2.0
/*
 * Nets: their namespaces, links and rules. Namespaces have no names and go with this process, however
 * it ends.
 */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child: input and output are those of the parent's files, and the namespace is the router's */
static void __attribute__((__noreturn__)) child(int netns, FILE *in, FILE *out,
						const char *const *argv)
{
	if (!setns(netns, CLONE_NEWNET) && dup2(fileno(in), STDIN_FILENO) >= 0 &&
	    dup2(fileno(out), STDOUT_FILENO) >= 0 && dup2(fileno(out), STDERR_FILENO) >= 0)
		execvp(*argv, (char *const *)argv);
	dprintf(STDERR_FILENO, "%s: %s\n", *argv, strerror(errno));
	_exit(127);
}

static char *whole_file(FILE *f)
{
	long size = ftell(f);
	char *text;

	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	text = calloc(1, size + 1);
	if (text && fread(text, 1, size, f) != (size_t)size)
		*text = '\0';
	return text;
}

static int run_in(int netns, const char *input, char **output, const char *const *argv)
{
	FILE *in = tmpfile(), *out = tmpfile();
	int status = -1;
	pid_t pid;

	*output = NULL;
	if (!in || !out)
		goto close;
	fputs(input, in);
	rewind(in);
	pid = fork();
	if (!pid)
		child(netns, in, out, argv);
	if (pid > 0 && waitpid(pid, &status, 0) == pid)
		*output = whole_file(out);
close:
	if (in)
		fclose(in);
	if (out)
		fclose(out);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/**
 * net_run() - run a program on the router
 * @net: net
 * @input: its standard input
 * @output: what it printed, to be freed, or NULL
 * @argv: its name and arguments, then NULL
 *
 * Return: its exit status, -1 if it could not be run.
 */
int net_run(struct net *net, const char *input, char **output, const char *const *argv)
{
	return run_in(net->router, input, output, argv);
}

/**
 * net_watch() - start a program on the router that goes on printing
 * @net: net
 * @argv: its name and arguments, then NULL
 *
 * Return: 0, or -1.
 */
int net_watch(struct net *net, const char *const *argv)
{
	FILE *in = fopen("/dev/null", "r");

	net->watched = tmpfile();
	net->watcher = in && net->watched ? fork() : -1;
	if (!net->watcher)
		child(net->router, in, net->watched, argv);
	if (in)
		fclose(in);
	return net->watcher > 0 ? 0 : -1;
}

/* What it has printed so far, to be freed */
char *net_watched(struct net *net)
{
	char *text = calloc(1, 65536);

	if (text && pread(fileno(net->watched), text, 65535, 0) < 0)
		*text = '\0';
	return text;
}

/* It ends; returns what it has printed, to be freed */
char *net_unwatch(struct net *net)
{
	char *text;

	kill(net->watcher, SIGTERM);
	waitpid(net->watcher, NULL, 0);
	text = net_watched(net);
	fclose(net->watched);
	return text;
}

/* The same where it has to succeed; it says why it did not */
static int must_run(int netns, const char *input, const char *const *argv)
{
	char *output;
	int status = run_in(netns, input, &output, argv);

	if (output && *output && output[strlen(output) - 1] == '\n')
		output[strlen(output) - 1] = '\0';
	if (status)
		cmd_fail("%s failed: %s", *argv, output && *output ? output : strerror(errno));
	free(output);
	return status ? -1 : 0;
}

static int write_sysctl(const char *name, const char *value)
{
	char path[128];
	int fd, err;

	snprintf(path, sizeof(path), "/proc/sys/net/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	err = write(fd, value, strlen(value)) < 0 ? -1 : 0;
	close(fd);
	return err;
}

/**
 * net_sysctl() - change a setting of the router
 * @net: net
 * @name: path under /proc/sys/net
 * @value: value
 *
 * Return: 0, or -1 with errno set.
 */
int net_sysctl(struct net *net, const char *name, const char *value)
{
	int err, error;

	if (setns(net->router, CLONE_NEWNET))
		return -1;
	err = write_sysctl(name, value);
	error = errno;
	if (setns(check.home, CLONE_NEWNET))
		return -1;
	errno = error;
	return err;
}

/* Conntrack's timeouts are whole seconds: what is less than one becomes one */
static int scale_conntrack(struct net *net)
{
	static const struct {
		const char *name;
		unsigned int seconds;
	} timeouts[] = {
		{ "generic_timeout", 600 }, { "icmp_timeout", 30 }, { "udp_timeout", 30 },
		{ "udp_timeout_stream", 120 }, { "tcp_timeout_syn_sent", 120 },
		{ "tcp_timeout_syn_recv", 60 }, { "tcp_timeout_established", 432000 },
		{ "tcp_timeout_fin_wait", 120 }, { "tcp_timeout_close_wait", 60 },
		{ "tcp_timeout_last_ack", 30 }, { "tcp_timeout_time_wait", 120 },
		{ "tcp_timeout_close", 10 }, { "tcp_timeout_unacknowledged", 300 },
		{ "tcp_timeout_max_retrans", 300 },
	};
	char name[64], value[16];
	size_t i;

	for (i = 0; net->divisor > 1 && i < ARRAY_SIZE(timeouts); i++) {
		snprintf(name, sizeof(name), "netfilter/nf_conntrack_%s", timeouts[i].name);
		snprintf(value, sizeof(value), "%u",
			 (timeouts[i].seconds + net->divisor - 1) / net->divisor);
		if (net_sysctl(net, name, value))
			return cmd_fail("cannot set %s: %s", name, strerror(errno)) ? -1 : 0;
	}
	return 0;
}

/* No limit on the rate of ICMP errors but where a row asks for one: rows would wait for it */
static int set_up_router(struct net *net)
{
	char links[1024];

	if (net_sysctl(net, "ipv6/conf/default/disable_ipv6", "1") && errno != ENOENT)
		return cmd_fail("cannot change a namespace's settings: %s", strerror(errno)), -1;
	if (net_sysctl(net, "ipv4/ip_forward", "1") ||
	    net_sysctl(net, "ipv4/icmp_ratemask", "0") ||
	    net_sysctl(net, "ipv4/conf/all/rp_filter", "0") ||
	    net_sysctl(net, "ipv4/conf/default/rp_filter", "0"))
		return cmd_fail("cannot change a namespace's settings: %s", strerror(errno)), -1;
	snprintf(links, sizeof(links),
		 "link add lan0 address 02:00:00:00:00:01 type veth peer name far0 netns /proc/self/fd/%d\n"
		 "link add wan0 address 02:00:00:00:00:01 type veth peer name far1 netns /proc/self/fd/%d\n"
		 "link set lo up\n"
		 "link set lan0 arp off up\n"
		 "link set wan0 arp off up\n"
		 "addr add 10.255.255.254/8 dev lan0\n"
		 "addr add 198.19.255.254/15 dev wan0\n", net->hosts, net->hosts);
	return must_run(net->router, links, (const char *[]){ "ip", "-batch", "-", NULL });
}

static int new_netns(void)
{
	if (unshare(CLONE_NEWNET))
		return -1;
	return open("/proc/self/ns/net", O_RDONLY);
}

static int make_namespaces(struct net *net)
{
	net->router = new_netns();
	net->hosts = net->router < 0 ? -1 : new_netns();
	if (net->hosts >= 0 && write_sysctl("ipv6/conf/default/disable_ipv6", "1") &&
	    errno != ENOENT)
		net->hosts = -1;
	if (setns(check.home, CLONE_NEWNET) || net->hosts < 0)
		return cmd_fail("cannot make a network namespace: %s", strerror(errno)), -1;
	return 0;
}

/**
 * net_open() - make a net
 * @net: filled
 * @divisor: how many times faster the timers of its NAT are to run
 *
 * Return: 0, or -1; it has been said why.
 */
int net_open(struct net *net, unsigned int divisor)
{
	memset(net, 0, sizeof(*net));
	net->router = net->hosts = net->sock[INSIDE] = net->sock[OUTSIDE] = -1;
	net->divisor = divisor;
	net->text = open_memstream(&net->rules, &net->rules_size);
	net->links = open_memstream(&net->batch, &net->batch_size);
	if (!net->text || !net->links)
		return cmd_fail("no memory"), -1;
	if (make_namespaces(net) || set_up_router(net))
		return -1;
	if (must_run(net->hosts, "link set far0 up\nlink set far1 up\n",
		     (const char *[]){ "ip", "-batch", "-", NULL }))
		return -1;
	return wire_open(net);
}

/**
 * net_close() - a net is done with
 * @net: net
 */
void net_close(struct net *net)
{
	int fds[] = { net->sock[INSIDE], net->sock[OUTSIDE], net->router, net->hosts };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (net->text)
		fclose(net->text);
	if (net->links)
		fclose(net->links);
	free(net->rules);
	free(net->batch);
}

static void put_addr(FILE *f, uint32_t addr)
{
	fprintf(f, "%u.%u.%u.%u", addr >> 24, addr >> 16 & 255, addr >> 8 & 255, addr & 255);
}

/* @N becomes external address N of the slot, ^N its inside host, #N its server */
static void expand(FILE *f, const struct slot *s, const char *text, size_t len)
{
	const char *end = text + len;
	uint32_t base;
	char *after;

	while (text < end) {
		base = *text == '@' ? EXTERNALS : *text == '^' ? HOSTS : *text == '#' ? SERVERS : 0;
		if (!base) {
			fputc(*text++, f);
			continue;
		}
		put_addr(f, base + s->nr * 256 + strtoul(text + 1, &after, 10));
		text = after;
	}
}

/* The value of a word of a rule's options, "" if they have none */
static void option_value(const char *rule, size_t len, const char *word, char *value, size_t size)
{
	char text[512], *key, *next = text, *save;

	*value = '\0';
	snprintf(text, sizeof(text), "%.*s", (int)len, rule);
	for (key = strtok_r(next, " ", &save); key; key = strtok_r(NULL, " ", &save)) {
		if (strcmp(key, word))
			continue;
		key = strtok_r(NULL, " ", &save);
		snprintf(value, size, "%s", key ? key : "");
		return;
	}
}

static void naru_rule(FILE *f, const struct slot *s, const char *rule, size_t len)
{
	char to[64], src[64];

	if (!strncmp(rule, "map ", 4)) {
		fputs("map add ", f);
		expand(f, s, rule + 4, len - 4);
		fputc('\n', f);
		return;
	}
	option_value(rule, len, "to", to, sizeof(to));
	option_value(rule, len, "src", src, sizeof(src));
	fputs("rule add dev wan0 ", f);
	if (!*src)
		expand(f, s, "src ^0/24 ", 10);
	expand(f, s, rule, len);
	if (!*to)
		expand(f, s, " to @1", 6);
	fputc('\n', f);
}

static void nft_match(FILE *f, const struct slot *s, const char *src)
{
	fputs("add rule ip check post oifname wan0 ip saddr ", f);
	expand(f, s, *src ? src : "^0/24", strlen(*src ? src : "^0/24"));
	fputc(' ', f);
}

static void nft_exception(FILE *f, const struct slot *s, const char *except)
{
	size_t addr = strcspn(except, ":");

	nft_match(f, s, "");
	fputs("ip daddr ", f);
	expand(f, s, except, addr);
	if (except[addr])
		fprintf(f, " udp dport %s", except + addr + 1);
	fputs(" accept\n", f);
}

/* Of a rule's options Linux's NAT knows the pool, the ports, their choice, exceptions and destination ports */
static void nft_rule(FILE *f, const struct slot *s, const char *rule, size_t len)
{
	static const char *const proto[] = { "tcp", "udp", "icmp" };
	char to[64], ports[32], except[64], src[64], choice[16], dport[16];
	size_t i;

	option_value(rule, len, "to", to, sizeof(to));
	option_value(rule, len, "choice", choice, sizeof(choice));
	option_value(rule, len, "ports", ports, sizeof(ports));
	option_value(rule, len, "except", except, sizeof(except));
	option_value(rule, len, "src", src, sizeof(src));
	option_value(rule, len, "dport", dport, sizeof(dport));
	to[strcspn(to, ",")] = '\0';
	if (*except)
		nft_exception(f, s, except);
	for (i = 0; i < ARRAY_SIZE(proto) - !!*dport; i++) {
		nft_match(f, s, src);
		if (*dport)
			fprintf(f, "%s dport %s ", proto[i], dport);
		fprintf(f, "meta l4proto %s %s", proto[i],
			!strcmp(to, "dev") ? "masquerade" : "snat to ");
		if (strcmp(to, "dev"))
			expand(f, s, *to ? to : "@1", strlen(*to ? to : "@1"));
		if (*ports && strcmp(proto[i], "icmp"))
			fprintf(f, ":%s", ports);
		fputs(!strcmp(choice, "random") ? " fully-random" : "", f);
		fputs(strchr(to, '-') ? " persistent\n" : "\n", f);
	}
}

/* Hosts and servers from 128 on are behind links of 1280 bytes */
static void small_links(struct net *net, const struct slot *s)
{
	static const char routes[] = "route add #128/25 dev wan0 mtu 1280\n"
				     "route add ^128/25 dev lan0 mtu 1280\n";

	expand(net->links, s, routes, strlen(routes));
}

static void one_rule(struct net *net, const struct slot *s, const char *rule, size_t len)
{
	if (len == 1 && *rule == '-')
		return;
	if (len == 5 && !strncmp(rule, "small", 5))
		small_links(net, s);
	else if (check.nft && strncmp(rule, "map ", 4))
		nft_rule(net->text, s, rule, len);
	else if (!check.nft)
		naru_rule(net->text, s, rule, len);
}

/**
 * net_slot() - give a row a slot, with rules for it
 * @net: net
 * @r: row
 * @s: filled
 * @options: options of the rule, "map ...", "small" for links of 1280 bytes, "-" for no rule;
 *	     several with ; between them
 */
void net_slot(struct net *net, struct run *r, struct slot *s, const char *options)
{
	size_t len;

	if (net->slots == SLOTS_MAX) {
		cmd_fail("too many rows in one net");
		abort();
	}
	s->net = net;
	s->nr = net->slots++;
	net->runs[s->nr] = r;
	expand(net->links, s, "addr add @1/32 dev wan0\n", 24);
	do {
		len = strcspn(options, ";");
		one_rule(net, s, options, len);
		options += len;
	} while (*options++);
}

static int nft_rules(struct net *net)
{
	const char *const argv[] = { "nft", "-f", "-", NULL };
	static const char chain[] =
		"add table ip check\n"
		"add chain ip check post { type nat hook postrouting priority 100; }\n";

	if (must_run(net->router, chain, argv) || must_run(net->router, net->rules, argv))
		return -1;
	return scale_conntrack(net);
}

/**
 * net_rules() - put the rules of all slots into force
 * @net: net
 *
 * Return: 0, or -1; it has been said why.
 */
int net_rules(struct net *net)
{
	char divisor[40];

	fflush(net->text);
	fflush(net->links);
	if (must_run(net->router, net->batch, (const char *[]){ "ip", "-batch", "-", NULL }))
		return -1;
	if (check.nft)
		return nft_rules(net);
	snprintf(divisor, sizeof(divisor), "napt_timer_divisor=%u", net->divisor);
	if (net->divisor > 1 &&
	    must_run(net->router, "", (const char *[]){ check.self, "set", divisor, NULL }))
		return -1;
	return must_run(net->router, net->rules,
			(const char *[]){ check.self, "napt", "restore", "-", NULL });
}
