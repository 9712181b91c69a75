// SPDX-License-Identifier: GPL-2.0
/*
 * What is amiss on a machine, and what mends it: judged from facts alone.
 */
#include "doctor.h"
#include "util.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/naru.h>

#define KERNEL_OLDEST	601	/* 6.1 */
#define PORTS_FEW	1024	/* to connect from */

static const char *const areas[DOCTOR_AREAS] = {
	"kernel", "headers", "module", "family", "ports", "firewall", "capabilities", "landlock", "seccomp"
};

/**
 * doctor_area_name() - what something is called that is looked at
 * @area: it
 *
 * Return: its name.
 */
const char *doctor_area_name(enum doctor_area area)
{
	return areas[area];
}

/* Both texts are still to be filled. Where there is no room the last is overwritten */
static struct doctor_finding *find(struct doctor_findings *found, enum doctor_area area)
{
	struct doctor_finding *f;

	if (found->num == DOCTOR_FINDINGS)
		found->num--;
	f = &found->finding[found->num++];
	f->area = area;
	return f;
}

static void __printf(2, 3) say(struct doctor_finding *f, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(f->text, sizeof(f->text), format, args);
	va_end(args);
}

static void __printf(2, 3) mend(struct doctor_finding *f, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(f->mend, sizeof(f->mend), format, args);
	va_end(args);
}

/* What a command of an administrator begins with */
static const char *sudo(const struct doctor_facts *facts)
{
	return facts->root ? "" : "sudo ";
}

/**
 * doctor_has_option() - is something in a kernel?
 * @config: its configuration
 * @name: of the option, without CONFIG_
 *
 * Return: whether it is built in or a module.
 */
bool doctor_has_option(const char *config, const char *name)
{
	size_t len = strlen(name);
	const char *line;

	for (line = config; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, "CONFIG_", 7) && !strncmp(line + 7, name, len) && line[7 + len] == '=' &&
		    (line[8 + len] == 'y' || line[8 + len] == 'm'))
			return true;
	}
	return false;
}

static void judge_kernel(const struct doctor_facts *facts, struct doctor_findings *found)
{
	static const char *const options[] = { "MODULES", "INET", "NETFILTER", "NF_DEFRAG_IPV4" };
	unsigned int major = 0, minor = 0;
	struct doctor_finding *f;
	size_t i;

	if (sscanf(facts->release, "%u.%u", &major, &minor) == 2 && major * 100 + minor < KERNEL_OLDEST) {
		f = find(found, DOCTOR_KERNEL);
		say(f, "Linux %s is older than 6.1, the oldest that naru builds for", facts->release);
		mend(f, "%sapt install linux-image-%s", sudo(facts), facts->arch);
	}
	for (i = 0; facts->config && !facts->loaded && i < ARRAY_SIZE(options); i++) {
		if (doctor_has_option(facts->config, options[i]))
			continue;
		f = find(found, DOCTOR_KERNEL);
		say(f, "this kernel was built without CONFIG_%s", options[i]);
		mend(f, "%sapt install linux-image-%s", sudo(facts), facts->arch);
	}
	if (!facts->notify) {
		f = find(found, DOCTOR_KERNEL);
		say(f, "this kernel lets no process look at another's system calls: naru run cannot run static programs");
		mend(f, "%sapt install linux-image-%s", sudo(facts), facts->arch);
	}
}

/* The kernel's headers are wanted for building alone */
static void judge_headers(const struct doctor_facts *facts, struct doctor_findings *found)
{
	struct doctor_finding *f;

	if (*facts->headers || facts->loaded || facts->installed || *facts->built)
		return;
	f = find(found, DOCTOR_HEADERS);
	say(f, "the headers of Linux %s are not here, so that the module cannot be built for it", facts->release);
	mend(f, "%sapt install linux-headers-%s", sudo(facts), facts->release);
}

/* The command that loads the module, with a parameter that begins with a blank, or none */
static void load_command(const struct doctor_facts *facts, const char *parameter, char *text, size_t size)
{
	const char *su = sudo(facts);

	if (facts->installed)
		snprintf(text, size, "%smodprobe%s naru%s", su, facts->overridden ? " --ignore-install" : "", parameter);
	else if (*facts->built)
		snprintf(text, size, "%sinsmod %s%s", su, facts->built, parameter);
	else if (facts->dkms)
		snprintf(text, size, "%sdkms autoinstall && %smodprobe naru%s", su, su, parameter);
	else
		snprintf(text, size, "make && %smake install && %smodprobe naru%s", su, su, parameter);
}

static void judge_signature(const struct doctor_facts *facts, struct doctor_findings *found)
{
	struct doctor_finding *f;

	if (facts->modules_off) {
		f = find(found, DOCTOR_MODULE);
		say(f, "this kernel loads no more modules until the next boot (kernel.modules_disabled)");
		mend(f, "%sreboot", sudo(facts));
	} else if (facts->signed_only) {
		f = find(found, DOCTOR_MODULE);
		say(f, "this kernel loads signed modules alone, and naru's is not signed (Secure Boot, lockdown)");
		mend(f, "%smokutil --disable-validation && %sreboot", sudo(facts), sudo(facts));
	}
}

static void judge_module(const struct doctor_facts *facts, struct doctor_findings *found)
{
	struct doctor_finding *f;

	if (facts->loaded && *facts->answer) {
		f = find(found, DOCTOR_MODULE);
		say(f, "the naru module is loaded, but does not answer here: %s", facts->answer);
		mend(f, "systemd-run --pty --same-dir naru doctor");
	}
	if (facts->loaded)
		return;
	judge_signature(facts, found);
	f = find(found, DOCTOR_MODULE);
	if (facts->installed && facts->overridden)
		say(f, "the naru module is not loaded, and a line of modprobe.d keeps modprobe(8) from it");
	else if (facts->installed || *facts->built)
		say(f, "the naru module is not loaded");
	else
		say(f, "there is no naru module for Linux %s", facts->release);
	load_command(facts, "", f->mend, sizeof(f->mend));
}

/* Whether something else that is told says why no socket opens */
static bool is_explained(const struct doctor_facts *facts)
{
	if (facts->seccomp)
		return true;
	return facts->open_error == EACCES && (*facts->lsm || (!facts->net_admin && !facts->unprivileged));
}

static void judge_family(const struct doctor_facts *facts, struct doctor_findings *found)
{
	char load[DOCTOR_PATH + 128], parameter[32];
	struct doctor_finding *f;

	if (facts->loaded && !*facts->answer && facts->af != AF_NARU) {
		f = find(found, DOCTOR_FAMILY);
		say(f, "the family's number is %u here: programs that say AF_NARU (%d) themselves find nothing",
		    facts->af, AF_NARU);
		load_command(facts, "", load, sizeof(load));
		mend(f, "%srmmod naru && %s", sudo(facts), load);
	}
	if (facts->loaded && !*facts->answer && facts->open_error && !is_explained(facts)) {
		f = find(found, DOCTOR_FAMILY);
		say(f, "no socket of family %u can be opened: %s", facts->af, strerror(facts->open_error));
		mend(f, "%sbpftool cgroup tree", sudo(facts));
	}
	if (!facts->loaded && facts->open_error != EAFNOSUPPORT && facts->open_error < DOCTOR_KILLED &&
	    !facts->seccomp && !*facts->lsm) {
		f = find(found, DOCTOR_FAMILY);
		say(f, "the family's number, %d, is another module's: naru will not load with it", AF_NARU);
		snprintf(parameter, sizeof(parameter), " af=%u", facts->free_af);
		load_command(facts, parameter, f->mend, sizeof(f->mend));
	}
}

/**
 * doctor_reserved() - how many ports of a range are reserved
 * @list: as ip_local_reserved_ports has them: numbers and ranges with commas between
 * @first: of the range
 * @last: of the range
 *
 * Return: how many; what @list names twice counts twice.
 */
unsigned int doctor_reserved(const char *list, unsigned int first, unsigned int last)
{
	unsigned int from, to, num = 0;
	char *end;

	while (*list >= '0' && *list <= '9') {
		from = strtoul(list, &end, 10);
		to = *end == '-' ? strtoul(end + 1, &end, 10) : from;
		if (from < first)
			from = first;
		if (to > last)
			to = last;
		if (from <= to)
			num += to - from + 1;
		list = *end == ',' ? end + 1 : end;
		if (!*end || *end == '\n')
			break;
	}
	return num;
}

static void judge_one_port(const struct doctor_facts *facts, const struct doctor_port *p,
			   struct doctor_findings *found)
{
	struct doctor_finding *f;

	if (!p->error)
		return;
	f = find(found, DOCTOR_PORTS_AREA);
	if (p->error == EACCES && !facts->bind_service) {
		say(f, "port %u needs CAP_NET_BIND_SERVICE", p->port);
		mend(f, "%ssysctl -w net.ipv4.ip_unprivileged_port_start=%u", sudo(facts), p->port);
	} else if (p->error == EADDRINUSE && p->pid) {
		say(f, "port %u is %s's, process %d", p->port, p->comm, p->pid);
		mend(f, "%skill %d", sudo(facts), p->pid);
	} else if (p->error == EADDRINUSE) {
		say(f, "port %u is in use", p->port);
		mend(f, "%sss -Htlnp sport = :%u; %snaru sock -ap sport %u", sudo(facts), p->port, sudo(facts), p->port);
	} else {
		say(f, "port %u cannot be had: %s", p->port, strerror(p->error));
		mend(f, "%sbpftool cgroup tree", sudo(facts));
	}
}

static void judge_ports(const struct doctor_facts *facts, struct doctor_findings *found)
{
	unsigned int num = facts->ports_last - facts->ports_first + 1;
	struct doctor_finding *f;
	size_t i;

	if (num < PORTS_FEW) {
		f = find(found, DOCTOR_PORTS_AREA);
		say(f, "there are %u ports to connect from (ip_local_port_range)", num);
		mend(f, "%ssysctl -w net.ipv4.ip_local_port_range='32768 60999'", sudo(facts));
	} else if (num < PORTS_FEW + facts->ports_reserved) {
		f = find(found, DOCTOR_PORTS_AREA);
		say(f, "of %u ports to connect from %u are reserved (ip_local_reserved_ports)", num,
		    facts->ports_reserved);
		mend(f, "%ssysctl -w net.ipv4.ip_local_reserved_ports=", sudo(facts));
	}
	for (i = 0; i < facts->num_ports; i++)
		judge_one_port(facts, &facts->port[i], found);
}

static void judge_firewall(const struct doctor_facts *facts, struct doctor_findings *found)
{
	struct doctor_finding *f;
	size_t i;

	for (i = 0; i < facts->num_chains; i++) {
		f = find(found, DOCTOR_FIREWALL);
		say(f, "%s", facts->chain[i].text);
		mend(f, "%s%s", sudo(facts), facts->chain[i].mend);
	}
}

static void judge_capabilities(const struct doctor_facts *facts, struct doctor_findings *found)
{
	struct doctor_finding *f;

	if (!facts->loaded && !facts->sys_module) {
		f = find(found, DOCTOR_CAPABILITIES);
		say(f, "modules are loaded with CAP_SYS_MODULE, which this process has not");
		mend(f, "%snaru doctor", sudo(facts));
	}
	if (!facts->net_admin) {
		f = find(found, DOCTOR_CAPABILITIES);
		say(f, "naru set, napt and sock kill need CAP_NET_ADMIN, which this process has not%s",
		    facts->firewall_seen ? "" : "; firewalls' rules could not be looked at");
		mend(f, "sudo naru doctor");
	}
	if (facts->loaded && facts->open_error == EACCES && !facts->net_admin && !facts->unprivileged &&
	    !*facts->answer) {
		f = find(found, DOCTOR_CAPABILITIES);
		say(f, "naru refuses sockets to ordinary users here (unprivileged=0)");
		mend(f, "%snaru set unprivileged=1", sudo(facts));
	} else if (facts->loaded && facts->open_error == EACCES && *facts->lsm) {
		f = find(found, DOCTOR_CAPABILITIES);
		say(f, "a security module refuses the socket to what is %s", facts->lsm);
		if (strchr(facts->lsm, ':'))
			mend(f, "%sausearch -m avc -ts recent | audit2allow -M naru && %ssemodule -i naru.pp",
			     sudo(facts), sudo(facts));
		else
			mend(f, "%saa-complain '%s'", sudo(facts), facts->lsm);
	}
}

static void judge_landlock(const struct doctor_facts *facts, struct doctor_findings *found)
{
	struct doctor_finding *f;

	if (*facts->unreadable) {
		f = find(found, DOCTOR_LANDLOCK);
		say(f, "Landlock or another security module keeps this process from reading %s", facts->unreadable);
		mend(f, "%ssystemd-run --pty --same-dir naru doctor", sudo(facts));
	}
	if (facts->bind_denied) {
		f = find(found, DOCTOR_LANDLOCK);
		say(f, "Landlock keeps this process's TCP from ports, but does not know naru's sockets: they are a way round");
		mend(f, "%ssystemd-run --pty --same-dir -p RestrictAddressFamilies=~AF_ASH COMMAND", sudo(facts));
	}
}

static void judge_seccomp(const struct doctor_facts *facts, struct doctor_findings *found)
{
	struct doctor_finding *f;

	if (!facts->seccomp || !facts->open_error)
		return;
	if (facts->open_error == EAFNOSUPPORT && !facts->loaded)
		return;	/* as it would be without */
	if (facts->open_error == EACCES && !facts->unprivileged && !*facts->answer)
		return;	/* that is told already */
	f = find(found, DOCTOR_SECCOMP);
	if (facts->open_error >= DOCTOR_KILLED)
		say(f, "a seccomp filter ends whoever opens a socket of family %u",
		    facts->af ? facts->af : AF_NARU);
	else
		say(f, "a seccomp filter refuses sockets of family %u: %s", facts->af ? facts->af : AF_NARU,
		    strerror(facts->open_error));
	if (*facts->unit)
		mend(f, "%smkdir -p /etc/systemd/system/%s.d && printf '[Service]\\nRestrictAddressFamilies=AF_ASH\\n' | %stee /etc/systemd/system/%s.d/naru.conf && %ssystemctl daemon-reload && %ssystemctl restart %s",
		     sudo(facts), facts->unit, sudo(facts), facts->unit, sudo(facts), sudo(facts), facts->unit);
	else
		mend(f, "%ssystemd-run --pty --same-dir naru doctor", sudo(facts));
}

/**
 * doctor_judge() - what is amiss
 * @facts: what the machine is like
 * @found: filled
 */
void doctor_judge(const struct doctor_facts *facts, struct doctor_findings *found)
{
	found->num = 0;
	judge_kernel(facts, found);
	judge_headers(facts, found);
	judge_module(facts, found);
	judge_family(facts, found);
	judge_ports(facts, found);
	judge_firewall(facts, found);
	judge_capabilities(facts, found);
	judge_landlock(facts, found);
	judge_seccomp(facts, found);
}

/**
 * doctor_well() - what is said where nothing is amiss
 * @facts: what the machine is like
 * @area: what was looked at
 * @text: filled
 * @size: bytes of @text
 */
void doctor_well(const struct doctor_facts *facts, enum doctor_area area, char *text, size_t size)
{
	unsigned int ports = facts->ports_last - facts->ports_first + 1 - facts->ports_reserved;

	*text = '\0';
	if (area == DOCTOR_KERNEL)
		snprintf(text, size, "Linux %s", facts->release);
	else if (area == DOCTOR_HEADERS)
		snprintf(text, size, "%s", *facts->headers ? facts->headers : "not here, and not needed");
	else if (area == DOCTOR_MODULE)
		snprintf(text, size, "loaded");
	else if (area == DOCTOR_FAMILY && facts->loaded)
		snprintf(text, size, "%u", facts->af);
	else if (area == DOCTOR_FAMILY)
		snprintf(text, size, "%u, nobody has it", AF_NARU);
	else if (area == DOCTOR_PORTS_AREA)
		snprintf(text, size, "%u to connect from", ports);
	else if (area == DOCTOR_FIREWALL)
		snprintf(text, size, "%s", facts->firewall_seen ? "drops neither 253 nor 254" : "not looked at");
	else if (area == DOCTOR_CAPABILITIES)
		snprintf(text, size, "%s%s", facts->root ? "root's" : "enough",
			 facts->loaded && !*facts->answer && !facts->unprivileged ?
			 "; ordinary users are refused sockets, until naru set unprivileged=1" : "");
	else if (area == DOCTOR_LANDLOCK)
		snprintf(text, size, "not met");
	else
		snprintf(text, size, "%s", facts->seccomp ? "a filter, which lets the socket be opened" : "no filter");
}
