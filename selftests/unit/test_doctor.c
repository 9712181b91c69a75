// SPDX-License-Identifier: GPL-2.0
/*
 * What naru doctor finds, from facts.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include "unit.h"
#include "../../tools/doctor.h"

#define SET(field, text)	snprintf(field, sizeof(field), "%s", text)

static struct doctor_facts facts;
static struct doctor_findings found;

/* A machine on which all is well, seen by root */
static void well(void)
{
	memset(&facts, 0, sizeof(facts));
	SET(facts.release, "6.12.9");
	SET(facts.arch, "amd64");
	facts.loaded = true;
	facts.af = 18;
	facts.unprivileged = true;
	facts.notify = true;
	facts.ports_first = 32768;
	facts.ports_last = 60999;
	facts.firewall_seen = true;
	facts.root = true;
	facts.net_admin = true;
	facts.sys_module = true;
	facts.bind_service = true;
}

static void not_loaded(void)
{
	well();
	facts.loaded = false;
	facts.af = 0;
	facts.open_error = EAFNOSUPPORT;
}

/* One thing is found, there, and so it is mended */
static void finds(enum doctor_area area, const char *text, const char *mend)
{
	doctor_judge(&facts, &found);
	ASSERT_EQ(found.num, 1);
	ASSERT_EQ(found.finding[0].area, area);
	ASSERT_TRUE(strstr(found.finding[0].text, text));
	ASSERT_STREQ(found.finding[0].mend, mend);
}

static void finds_nothing(void)
{
	doctor_judge(&facts, &found);
	ASSERT_EQ(found.num, 0);
}

TEST(doctor__all_is_well)
{
	enum doctor_area area;
	char text[512];

	well();
	finds_nothing();
	for (area = 0; area < DOCTOR_AREAS; area++) {
		doctor_well(&facts, area, text, sizeof(text));
		ASSERT_TRUE(*text);
	}
}

TEST(doctor__kernel)
{
	well();
	SET(facts.release, "5.10.0-28-amd64");
	finds(DOCTOR_KERNEL, "5.10.0-28-amd64 is older than 6.1", "apt install linux-image-amd64");
	facts.root = false;
	finds(DOCTOR_KERNEL, "older", "sudo apt install linux-image-amd64");
	well();
	facts.notify = false;
	finds(DOCTOR_KERNEL, "naru run", "apt install linux-image-amd64");
}

TEST(doctor__options_of_the_kernel)
{
	static const char config[] = "# CONFIG_NETFILTER is not set\nCONFIG_MODULES=y\nCONFIG_INET=y\n"
				     "CONFIG_NETFILTER_X=y\nCONFIG_NF_DEFRAG_IPV4=m\n";

	ASSERT_TRUE(doctor_has_option(config, "MODULES"));
	ASSERT_TRUE(doctor_has_option(config, "NF_DEFRAG_IPV4"));
	ASSERT_FALSE(doctor_has_option(config, "NETFILTER"));
	ASSERT_FALSE(doctor_has_option(config, "NET"));
	not_loaded();
	facts.installed = true;
	facts.config = config;
	doctor_judge(&facts, &found);
	ASSERT_EQ(found.num, 2);
	ASSERT_TRUE(strstr(found.finding[0].text, "CONFIG_NETFILTER"));
	well();
	facts.config = config;
	finds_nothing();		/* it is loaded */
}

TEST(doctor__module_that_can_be_loaded)
{
	not_loaded();
	facts.installed = true;
	finds(DOCTOR_MODULE, "not loaded", "modprobe naru");
	facts.overridden = true;
	finds(DOCTOR_MODULE, "modprobe.d", "modprobe --ignore-install naru");
	not_loaded();
	SET(facts.built, "/src/build/6.12.9/naru.ko");
	finds(DOCTOR_MODULE, "not loaded", "insmod /src/build/6.12.9/naru.ko");
}

TEST(doctor__module_that_must_be_built)
{
	not_loaded();
	SET(facts.headers, "/lib/modules/6.12.9/build");
	finds(DOCTOR_MODULE, "no naru module", "make && make install && modprobe naru");
	facts.dkms = true;
	finds(DOCTOR_MODULE, "no naru module", "dkms autoinstall && modprobe naru");
	*facts.headers = '\0';
	doctor_judge(&facts, &found);
	ASSERT_EQ(found.num, 2);
	ASSERT_EQ(found.finding[0].area, DOCTOR_HEADERS);
	ASSERT_STREQ(found.finding[0].mend, "apt install linux-headers-6.12.9");
}

TEST(doctor__module_that_the_kernel_refuses)
{
	not_loaded();
	facts.installed = true;
	facts.signed_only = true;
	doctor_judge(&facts, &found);
	ASSERT_EQ(found.num, 2);
	ASSERT_TRUE(strstr(found.finding[0].text, "signed"));
	facts.modules_off = true;
	doctor_judge(&facts, &found);
	ASSERT_EQ(found.num, 2);
	ASSERT_STREQ(found.finding[0].mend, "reboot");
	facts.root = false;
	facts.sys_module = false;
	doctor_judge(&facts, &found);
	ASSERT_EQ(found.num, 3);
	ASSERT_EQ(found.finding[2].area, DOCTOR_CAPABILITIES);
}

TEST(doctor__number_of_the_family)
{
	well();
	facts.af = 19;
	facts.installed = true;
	finds(DOCTOR_FAMILY, "19", "rmmod naru && modprobe naru");
	not_loaded();
	facts.installed = true;
	facts.open_error = 0;
	facts.free_af = 22;
	doctor_judge(&facts, &found);
	ASSERT_EQ(found.num, 2);
	ASSERT_EQ(found.finding[1].area, DOCTOR_FAMILY);
	ASSERT_STREQ(found.finding[1].mend, "modprobe naru af=22");
}

TEST(doctor__reserved_ports)
{
	ASSERT_EQ(doctor_reserved("\n", 100, 200), 0);
	ASSERT_EQ(doctor_reserved("", 100, 200), 0);
	ASSERT_EQ(doctor_reserved("5,100,150-160,190-300\n", 100, 200), 1 + 11 + 11);
	ASSERT_EQ(doctor_reserved("1-65535\n", 100, 200), 101);
	ASSERT_EQ(doctor_reserved("7-,x", 1, 9), 0);
}

TEST(doctor__ports)
{
	well();
	facts.ports_first = 40000;
	facts.ports_last = 40009;
	finds(DOCTOR_PORTS_AREA, "10 ports", "sysctl -w net.ipv4.ip_local_port_range='32768 60999'");
	well();
	facts.ports_reserved = 28000;
	finds(DOCTOR_PORTS_AREA, "28000 are reserved", "sysctl -w net.ipv4.ip_local_reserved_ports=");
}

static void port_that_fails(int error)
{
	well();
	facts.num_ports = 2;
	facts.port[0] = (struct doctor_port){ .port = 8080 };
	facts.port[1] = (struct doctor_port){ .port = 80, .error = error };
}

TEST(doctor__a_port_that_was_asked_for)
{
	port_that_fails(0);
	finds_nothing();
	port_that_fails(EADDRINUSE);
	facts.port[1].pid = 7;
	SET(facts.port[1].comm, "nginx");
	finds(DOCTOR_PORTS_AREA, "port 80 is nginx's, process 7", "kill 7");
	port_that_fails(EACCES);
	facts.bind_service = false;
	finds(DOCTOR_PORTS_AREA, "CAP_NET_BIND_SERVICE", "sysctl -w net.ipv4.ip_unprivileged_port_start=80");
	port_that_fails(EPERM);
	finds(DOCTOR_PORTS_AREA, "port 80 cannot be had", "bpftool cgroup tree");
}

TEST(doctor__firewall)
{
	well();
	facts.num_chains = 1;
	SET(facts.chain[0].text, "chain x drops");
	SET(facts.chain[0].mend, "nft y");
	finds(DOCTOR_FIREWALL, "chain x drops", "nft y");
}

TEST(doctor__an_ordinary_user)
{
	well();
	facts.root = false;
	facts.net_admin = false;
	facts.sys_module = false;
	facts.firewall_seen = false;
	finds(DOCTOR_CAPABILITIES, "could not be looked at", "sudo naru doctor");
	facts.unprivileged = false;
	facts.open_error = EACCES;
	doctor_judge(&facts, &found);
	ASSERT_EQ(found.num, 2);
	ASSERT_TRUE(strstr(found.finding[1].text, "unprivileged=0"));
	ASSERT_STREQ(found.finding[1].mend, "sudo naru set unprivileged=1");
}

/* root has sockets still, and is told who has not */
TEST(doctor__the_unprivileged_are_refused)
{
	char text[512];

	well();
	doctor_well(&facts, DOCTOR_CAPABILITIES, text, sizeof(text));
	ASSERT_STREQ(text, "root's");
	facts.unprivileged = false;
	finds_nothing();
	doctor_well(&facts, DOCTOR_CAPABILITIES, text, sizeof(text));
	ASSERT_STREQ(text, "root's; ordinary users are refused sockets, until naru set unprivileged=1");
}

TEST(doctor__a_security_module)
{
	well();
	facts.open_error = EACCES;
	SET(facts.lsm, "/usr/bin/thing");
	finds(DOCTOR_CAPABILITIES, "/usr/bin/thing", "aa-complain '/usr/bin/thing'");
	*facts.lsm = '\0';
	finds(DOCTOR_FAMILY, "Permission denied", "bpftool cgroup tree");
}

TEST(doctor__landlock)
{
	well();
	facts.bind_denied = true;
	finds(DOCTOR_LANDLOCK, "way round", "systemd-run --pty --same-dir -p RestrictAddressFamilies=~AF_ASH COMMAND");
	well();
	SET(facts.unreadable, "/etc/services");
	finds(DOCTOR_LANDLOCK, "/etc/services", "systemd-run --pty --same-dir naru doctor");
}

TEST(doctor__seccomp)
{
	well();
	facts.seccomp = true;
	finds_nothing();
	facts.open_error = EAFNOSUPPORT;
	finds(DOCTOR_SECCOMP, "family 18: Address family", "systemd-run --pty --same-dir naru doctor");
	facts.open_error = DOCTOR_KILLED + SIGSYS;
	finds(DOCTOR_SECCOMP, "ends whoever opens", "systemd-run --pty --same-dir naru doctor");
	SET(facts.unit, "x.service");
	doctor_judge(&facts, &found);
	ASSERT_TRUE(strstr(found.finding[0].mend, "/etc/systemd/system/x.service.d/naru.conf"));
	not_loaded();
	facts.installed = true;
	facts.seccomp = true;
	finds(DOCTOR_MODULE, "not loaded", "modprobe naru");
}
