// SPDX-License-Identifier: GPL-2.0
/*
 * Files and words of commands, up to the request that they are sent with: naru set, naru napt restore, explain, and the
 * filters of map list and session list. The first byte says which.
 */
#include "napt_cmd.h"
#include "fuzz/kernel.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define WORDS_MAX	64

enum { FILE_SET, FILE_RESTORE, WORDS_SET, WORDS_EXPLAIN, WORDS_MAPS, WORDS_SESSIONS, KINDS };

static bool asked;	/* a request of naru's was sent */
static bool of_family;

static void kernel_hear(const struct nlmsghdr *nlh)
{
	of_family = nlh->nlmsg_type == GENL_ID_CTRL;
	asked |= !of_family;
}

/* naru is there, and refuses all */
static ssize_t kernel_answer(void *buf, size_t size)
{
	return of_family ? kernel_put_family(buf) : kernel_put_error(buf, -ERANGE);
}

static int run_file(struct ctx *ctx, bool settings, const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", 0), status;
	char path[32], *set[] = { "set", "-f", path, NULL }, *restore[] = { "restore", path, NULL };

	FUZZ_HOLDS(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	status = settings ? cmd_set.run(ctx, 3, set) : napt_cmd_restore(ctx, 2, restore);
	close(fd);
	return status;
}

/* Behind --, so that none is an option */
static int run_words(struct ctx *ctx, unsigned int kind, const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *word[WORDS_MAX + 4] = { "fuzz", "--", "list" };
	bool lists = kind == WORDS_MAPS || kind == WORDS_SESSIONS;
	int num = 2 + lists, status;

	num += fuzz_words(text, word + num, WORDS_MAX);
	word[num] = NULL;
	if (kind == WORDS_SET)
		status = cmd_set.run(ctx, num, word);
	else if (kind == WORDS_EXPLAIN)
		status = napt_cmd_explain(ctx, num, word);
	else if (kind == WORDS_MAPS)
		status = napt_cmd_map(ctx, num, word);
	else
		status = napt_cmd_session(ctx, num, word);
	free(text);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *nowhere;
	struct ctx ctx = { .json = false };
	unsigned int kind;
	int status;

	if (!size)
		return 0;
	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	FUZZ_HOLDS(nowhere);
	stdout = nowhere;
	stderr = nowhere;
	optind = 0;
	asked = false;
	kind = *data % KINDS;
	if (kind == FILE_SET || kind == FILE_RESTORE)
		status = run_file(&ctx, kind == FILE_SET, data + 1, size - 1);
	else
		status = run_words(&ctx, kind, data + 1, size - 1);
	nl_close(&ctx.nl);
	/* What is wrong is said before anything is asked for; what is asked for is refused; a file may have nothing in it */
	FUZZ_HOLDS(asked ? status == CMD_FAILED : status != CMD_OK || kind == FILE_SET);
	return 0;
}
