/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What naru doctor looks at, and what it finds.
 */
#ifndef NARU_TOOLS_DOCTOR_H
#define NARU_TOOLS_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DOCTOR_PATH	256
#define DOCTOR_PORTS	16	/* that can be asked for */
#define DOCTOR_FINDINGS	64

/* In the order in which they are told */
enum doctor_area {
	DOCTOR_KERNEL,
	DOCTOR_HEADERS,
	DOCTOR_MODULE,
	DOCTOR_FAMILY,
	DOCTOR_PORTS_AREA,
	DOCTOR_FIREWALL,
	DOCTOR_CAPABILITIES,
	DOCTOR_LANDLOCK,
	DOCTOR_SECCOMP,
	DOCTOR_AREAS
};

/* Signals that end the process that tries to open a socket stand behind the errnos */
#define DOCTOR_KILLED	10000

/**
 * struct doctor_port - a port that was asked for
 * @port: it
 * @error: errno of bind(2), 0: it can be had
 * @pid: process that has it open, 0: not known
 * @comm: its command
 */
struct doctor_port {
	uint16_t port;
	int error, pid;
	char comm[17];
};

/**
 * struct doctor_chain - a chain of a firewall that drops naru's protocols
 * @text: which, and what it drops
 * @mend: command
 */
struct doctor_chain {
	char text[256], mend[256];
};

/**
 * struct doctor_facts - what a machine is like, as far as naru is concerned
 * @release: of the kernel, as uname(2) has it
 * @arch: Debian's name of the architecture
 * @config: the kernel's configuration, NULL: not known
 * @signed_only: it loads modules only that are signed
 * @modules_off: it loads no module until the next boot
 * @headers: where its headers are, empty: nowhere
 * @loaded: the module is
 * @installed: modprobe(8) knows it
 * @overridden: modprobe(8) is told to do something else in its place
 * @built: file of the module for this kernel beside this program, empty: there is none
 * @dkms: its source is where DKMS wants it
 * @answer: why it does not answer, empty: it does
 * @af: number of its family, if it answers
 * @free_af: another number that nobody has, 0: not looked for
 * @open_error: errno of socket(2) with 18 or @af, or DOCTOR_KILLED + signal; 0: it opened
 * @unprivileged: setting of that name, if it answers
 * @ports_first: first of ip_local_port_range
 * @ports_last: last
 * @ports_reserved: of these are in ip_local_reserved_ports
 * @port: ports that were asked for
 * @num_ports: how many
 * @chain: chains that drop
 * @num_chains: how many
 * @firewall_seen: rules could be read, or there are none
 * @root: effective uid 0
 * @net_admin: CAP_NET_ADMIN, effective
 * @sys_module: CAP_SYS_MODULE, effective
 * @bind_service: CAP_NET_BIND_SERVICE, effective
 * @unreadable: a file that anybody may read and we may not, empty: none was met
 * @bind_denied: a socket of the kernel's TCP may not be bound to any port
 * @seccomp: there is a filter of system calls
 * @notify: the kernel can have a process look at another's calls
 * @unit: systemd's unit that we run in, empty: none that is a service
 * @lsm: our label of a security module, empty: unconfined
 */
struct doctor_facts {
	char release[65], arch[32];
	const char *config;
	bool signed_only, modules_off;
	char headers[DOCTOR_PATH];
	bool loaded, installed, overridden, dkms;
	char built[DOCTOR_PATH], answer[DOCTOR_PATH];
	uint32_t af, free_af;
	int open_error;
	bool unprivileged;
	unsigned int ports_first, ports_last, ports_reserved;
	struct doctor_port port[DOCTOR_PORTS];
	size_t num_ports;
	struct doctor_chain chain[16];
	size_t num_chains;
	bool firewall_seen;
	bool root, net_admin, sys_module, bind_service;
	char unreadable[DOCTOR_PATH];
	bool bind_denied, seccomp, notify;
	char unit[DOCTOR_PATH], lsm[DOCTOR_PATH];
};

/**
 * struct doctor_finding - something is amiss
 * @area: where
 * @text: what
 * @mend: the command that mends it
 */
struct doctor_finding {
	enum doctor_area area;
	char text[384], mend[512];
};

struct doctor_findings {
	struct doctor_finding finding[DOCTOR_FINDINGS];
	size_t num;
};

/* doctor.c */
void doctor_judge(const struct doctor_facts *facts, struct doctor_findings *found);
const char *doctor_area_name(enum doctor_area area);
void doctor_well(const struct doctor_facts *facts, enum doctor_area area, char *text, size_t size);
unsigned int doctor_reserved(const char *list, unsigned int first, unsigned int last);
bool doctor_has_option(const char *config, const char *name);

/* doctor_look.c */
void doctor_look(struct doctor_facts *facts, const uint16_t *port, size_t num);
void doctor_look_free(struct doctor_facts *facts);

/* doctor_net.c */
void doctor_look_firewall(struct doctor_facts *facts);
void doctor_look_ports(struct doctor_facts *facts, const uint16_t *port, size_t num);
void doctor_look_family(struct doctor_facts *facts);
void doctor_try_open(struct doctor_facts *facts);
char *doctor_read(const char *path);
bool doctor_exists(const char *format, ...) __attribute__((__format__(__printf__, 1, 2)));

#endif
