// SPDX-License-Identifier: GPL-2.0
/*
 * What a machine is like: its kernel, the module, and what this process may do.
 */
#include "doctor.h"
#include "util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#define READ_STEP	65536

/**
 * doctor_read() - a file's text
 * @path: file
 *
 * Return: the text, for free(); NULL: it cannot be read, or there is no memory.
 */
char *doctor_read(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = NULL, *more;
	size_t len = 0, n = 1;

	while (f && n) {
		more = realloc(text, len + READ_STEP + 1);
		if (!more)
			break;
		text = more;
		n = fread(text + len, 1, READ_STEP, f);
		len += n;
		text[len] = '\0';
	}
	if (f)
		fclose(f);
	return text;
}

/**
 * doctor_exists() - is there such a file?
 * @format: its path
 *
 * Return: whether there is.
 */
bool doctor_exists(const char *format, ...)
{
	char path[2 * DOCTOR_PATH];
	struct stat st;
	va_list args;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	return !stat(path, &st);
}

static bool file_has(const char *path, const char *what)
{
	char *text = doctor_read(path);
	bool has = text && strstr(text, what);

	free(text);
	return has;
}

static void look_kernel(struct doctor_facts *facts)
{
	static const char *const arches[][2] = { { "x86_64", "amd64" }, { "aarch64", "arm64" } };
	char path[DOCTOR_PATH], *config;
	struct utsname name;
	size_t i;

	uname(&name);
	snprintf(facts->release, sizeof(facts->release), "%s", name.release);
	snprintf(facts->arch, sizeof(facts->arch), "%.31s", name.machine);
	for (i = 0; i < ARRAY_SIZE(arches); i++)
		if (!strcmp(name.machine, arches[i][0]))
			snprintf(facts->arch, sizeof(facts->arch), "%s", arches[i][1]);
	snprintf(path, sizeof(path), "/boot/config-%s", facts->release);
	config = doctor_read(path);
	facts->config = config;
	facts->modules_off = file_has("/proc/sys/kernel/modules_disabled", "1");
	facts->signed_only = file_has("/sys/module/module/parameters/sig_enforce", "Y") ||
			     file_has("/sys/kernel/security/lockdown", "[integrity]") ||
			     file_has("/sys/kernel/security/lockdown", "[confidentiality]");
	facts->notify = !doctor_exists("/proc/sys/kernel/seccomp/actions_avail") ||
			file_has("/proc/sys/kernel/seccomp/actions_avail", "user_notif");
	if (doctor_exists("/lib/modules/%s/build/Makefile", facts->release))
		snprintf(facts->headers, sizeof(facts->headers), "/lib/modules/%s/build", facts->release);
}

/* modprobe.d(5) has a command to run in the module's place */
static bool is_overridden(void)
{
	static const char *const patterns[] = { "/etc/modprobe.d/*.conf", "/run/modprobe.d/*.conf",
						"/usr/local/lib/modprobe.d/*.conf", "/lib/modprobe.d/*.conf" };
	bool is = false;
	glob_t files;
	size_t i, n;

	for (i = 0; i < ARRAY_SIZE(patterns); i++) {
		if (glob(patterns[i], 0, NULL, &files))
			continue;
		for (n = 0; n < files.gl_pathc; n++)
			is = is || file_has(files.gl_pathv[n], "\ninstall naru ");
		globfree(&files);
	}
	return is;
}

/* The module that was built with this program lies beside it */
static void look_built(struct doctor_facts *facts)
{
	char self[DOCTOR_PATH], *end;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int i;

	self[n > 0 ? n : 0] = '\0';
	for (i = 0; i < 2; i++) {
		end = strrchr(self, '/');
		if (end)
			*end = '\0';
	}
	if (doctor_exists("%s/%s/naru.ko", self, facts->release))
		snprintf(facts->built, sizeof(facts->built), "%.120s/%s/naru.ko", self, facts->release);
}

static void look_module(struct doctor_facts *facts)
{
	char path[DOCTOR_PATH];
	glob_t files;

	facts->loaded = doctor_exists("/sys/module/naru");
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", facts->release);
	facts->installed = file_has(path, "/naru.ko");
	facts->overridden = is_overridden();
	look_built(facts);
	facts->dkms = !glob("/usr/src/naru-*/dkms.conf", 0, NULL, &files);
	if (facts->dkms)
		globfree(&files);
}

static bool has_capability(unsigned long long caps, int cap)
{
	return caps >> cap & 1;
}

static void look_status(struct doctor_facts *facts)
{
	char *text = doctor_read("/proc/self/status"), *at;
	unsigned long long caps = 0;

	at = text ? strstr(text, "\nCapEff:") : NULL;
	if (at)
		caps = strtoull(at + 8, NULL, 16);
	at = text ? strstr(text, "\nSeccomp:") : NULL;
	facts->seccomp = at && atoi(at + 9);
	free(text);
	facts->root = !geteuid();
	facts->net_admin = has_capability(caps, CAP_NET_ADMIN);
	facts->sys_module = has_capability(caps, CAP_SYS_MODULE);
	facts->bind_service = has_capability(caps, CAP_NET_BIND_SERVICE);
}

/* As systemd has them; what else a control group is called is no unit */
static bool is_unit_name(const char *name)
{
	size_t len = strlen(name);

	return len > 8 && !strcmp(name + len - 8, ".service") &&
	       !name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:_.@-")];
}

/* The service that we are part of. Of several hierarchies any tells */
static void look_unit(struct doctor_facts *facts)
{
	char *text = doctor_read("/proc/self/cgroup"), *line, *rest = text, *name;

	while (text && (line = strsep(&rest, "\n"))) {
		name = strrchr(line, '/');
		if (name && is_unit_name(name + 1))
			snprintf(facts->unit, sizeof(facts->unit), "%s", name + 1);
	}
	free(text);
}

/* "PROFILE (MODE)" of AppArmor, or a context of SELinux */
static void look_lsm(struct doctor_facts *facts)
{
	char *text = doctor_read("/proc/self/attr/current"), *mode;

	if (text) {
		text[strcspn(text, "\n")] = '\0';
		mode = strstr(text, " (");
		if (strncmp(text, "unconfined", 10) && !strstr(text, ":unconfined_t") &&
		    !(mode && strcmp(mode, " (enforce)"))) {
			if (mode)
				*mode = '\0';
			snprintf(facts->lsm, sizeof(facts->lsm), "%.200s", text);
		}
	}
	free(text);
}

/* What anybody may read: where we may not, something else than its mode says so */
static void look_files(struct doctor_facts *facts)
{
	static const char *const paths[] = { "/proc/modules", "/proc/net/tcp", "/proc/sys/net/ipv4/ip_local_port_range",
					     "/etc/services", "/etc/passwd", NARU_LIBDIR "/libnaru-run.so" };
	struct stat st;
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(paths) && !*facts->unreadable; i++) {
		fd = open(paths[i], O_RDONLY | O_CLOEXEC);
		if (fd < 0 && errno == EACCES && !stat(paths[i], &st) && (st.st_mode & 0004))
			snprintf(facts->unreadable, sizeof(facts->unreadable), "%s", paths[i]);
		if (fd >= 0)
			close(fd);
	}
}

/**
 * doctor_look() - look at this machine
 * @facts: filled, for doctor_look_free()
 * @port: ports that were asked for
 * @num: how many, at most DOCTOR_PORTS
 *
 * A socket is opened first, as a program would: where the kernel loads the module by itself, it is then loaded.
 */
void doctor_look(struct doctor_facts *facts, const uint16_t *port, size_t num)
{
	memset(facts, 0, sizeof(*facts));
	doctor_try_open(facts);
	look_kernel(facts);
	look_module(facts);
	look_status(facts);
	look_unit(facts);
	look_lsm(facts);
	look_files(facts);
	doctor_look_family(facts);
	doctor_look_ports(facts, port, num);
	doctor_look_firewall(facts);
}

/**
 * doctor_look_free() - give memory back
 * @facts: from doctor_look()
 */
void doctor_look_free(struct doctor_facts *facts)
{
	free((char *)facts->config);
	facts->config = NULL;
}
