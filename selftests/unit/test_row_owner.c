// SPDX-License-Identifier: GPL-2.0
/*
 * Owners of a socket as text: a program chooses its name, and a user those of his cgroups, and neither says more than that.
 */
#include <stdlib.h>
#include <string.h>
#include "unit.h"
#include "../../tools/row_owner.h"

static char printed[512];

static const char *print(const char *comm, const char *cgroup, const char *own, bool json)
{
	struct row_proc proc = { .pid = 17, .uid = 1000, .cgroup = (char *)own };
	struct row row = { .owner = { &proc, 3 }, .num_owners = 1, .owners = 1, .cgroup = cgroup };
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	struct out o;

	snprintf(proc.comm, sizeof(proc.comm), "%s", comm);
	out_begin(&o, f, json, OUT_STREAM, NULL, 0);
	out_row_begin(&o);
	row_print_owners(&o, &row);
	out_row_end(&o);
	ASSERT_TRUE(out_end(&o));
	fclose(f);
	free(proc.printed);
	snprintf(printed, sizeof(printed), "%s", text);
	free(text);
	return strtok(printed, "\n");
}

TEST(row_owner__names_are_quoted)
{
	ASSERT_STREQ(print("sshd", "/a", "/a", false),
		     "cgroup:/a owners:((comm:\"sshd\" pid:17 uid:1000 fd:3))");
	ASSERT_STREQ(print("a pid:1 uid:0", "/a", "/a", false),
		     "cgroup:/a owners:((comm:\"a pid:1 uid:0\" pid:17 uid:1000 fd:3))");
	ASSERT_STREQ(print("a\" pid:1", "/a", "/b", false),
		     "cgroup:/a owners:((comm:\"a\\\" pid:1\" pid:17 uid:1000 fd:3 cgroup:/b))");
	ASSERT_STREQ(print("a\\", "/a", "/a", false),
		     "cgroup:/a owners:((comm:\"a\\\\\" pid:17 uid:1000 fd:3))");
	ASSERT_STREQ(print("\033c\xc3\xbc", "/a", "/a", false),
		     "cgroup:/a owners:((comm:\"?c\xc3\xbc\" pid:17 uid:1000 fd:3))");
}

/* Only where they have what they would have to be quoted for */
TEST(row_owner__cgroups)
{
	ASSERT_STREQ(print("a", "/a owners:((pid:1))", "/b)\"", false),
		     "cgroup:\"/a owners:((pid:1))\" owners:((comm:\"a\" pid:17 uid:1000 fd:3 cgroup:\"/b)\\\"\"))");
	ASSERT_STREQ(print("a", "/user@0.service/\xc3\xbc", NULL, false),
		     "cgroup:/user@0.service/\xc3\xbc owners:((comm:\"a\" pid:17 uid:1000 fd:3))");
}

TEST(row_owner__json)
{
	ASSERT_STREQ(print("a\" pid:1", "/a b", "/a b", true),
		     "{\"cgroup\":\"/a b\",\"owners\":[{\"comm\":\"a\\\" pid:1\",\"pid\":17,\"uid\":1000,\"fd\":3,\"cgroup\":\"/a b\"}]}");
}
