// SPDX-License-Identifier: GPL-2.0
/*
 * What a program is, before it is run: found as execvp(3) does, scripts followed to their interpreter, and
 * read as far as ELF says how it comes by its system calls.
 */
#include "program.h"
#include "util.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>

#define EHDR	ElfW(Ehdr)
#define PHDR	ElfW(Phdr)
#define SHDR	ElfW(Shdr)
#define NHDR	ElfW(Nhdr)

#define MAX_SCRIPTS	5	/* that name each other as interpreters; the kernel has as many */

/* A file in memory */
struct image {
	const char *data;
	size_t size;
};

static bool is_executable(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

static bool find_in_path(const char *name, char *path)
{
	const char *dir = getenv("PATH");
	size_t len;

	if (!dir)
		dir = "/bin:/usr/bin";
	for (;; dir += len + 1) {
		len = strcspn(dir, ":");
		if (snprintf(path, PATH_MAX, "%.*s%s%s", (int)len, dir, len ? "/" : "", name) < PATH_MAX &&
		    is_executable(path))
			return true;
		if (!dir[len])
			return false;
	}
}

static bool image_open(const char *path, struct image *im)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *data = MAP_FAILED;

	if (fd < 0)
		return false;
	if (!fstat(fd, &st) && st.st_size)
		data = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	im->data = data;
	im->size = st.st_size;
	return data != MAP_FAILED;
}

static void image_close(struct image *im)
{
	munmap((void *)im->data, im->size);
}

/* @len bytes at @at, NULL where the file ends before */
static const void *piece(const struct image *im, uint64_t at, uint64_t len)
{
	return at <= im->size && len <= im->size - at ? im->data + at : NULL;
}

/* The interpreter of a script into @path */
static bool follow_script(const struct image *im, char *path)
{
	const char *p = im->data + 2, *end = im->data + im->size;
	size_t len = 0;

	if (im->size < 3 || memcmp(im->data, "#!", 2))
		return false;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	while (p + len < end && !strchr(" \t\n", p[len]) && len < PATH_MAX - 1)
		len++;
	memcpy(path, p, len);
	path[len] = '\0';
	return len;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static const char *loader_of(const struct image *im)
{
	const EHDR *eh = piece(im, 0, sizeof(*eh));
	const PHDR *ph;
	const char *name;
	unsigned int i;

	for (i = 0; i < eh->e_phnum; i++) {
		ph = piece(im, eh->e_phoff + (uint64_t)i * sizeof(*ph), sizeof(*ph));
		if (!ph || ph->p_type != PT_INTERP)
			continue;
		name = piece(im, ph->p_offset, ph->p_filesz);
		if (name && ph->p_filesz && !name[ph->p_filesz - 1])
			return base_name(name);
	}
	return NULL;
}

static uint64_t padded(uint32_t size)
{
	return ((uint64_t)size + 3) & ~3ULL;
}

/* Notes of Go's linker are owned by "Go" */
static bool is_go_note(const struct image *im, uint64_t at, uint64_t size)
{
	const NHDR *note;
	const char *name;
	uint64_t len;

	for (; size >= sizeof(*note); at += len, size -= len) {
		note = piece(im, at, sizeof(*note));
		if (!note)
			return false;
		name = piece(im, at + sizeof(*note), 4);
		if (name && note->n_namesz == 4 && !memcmp(name, "Go\0", 4))
			return true;
		len = sizeof(*note) + padded(note->n_namesz) + padded(note->n_descsz);
		if (len > size)
			return false;
	}
	return false;
}

static bool has_go_note(const struct image *im)
{
	const EHDR *eh = piece(im, 0, sizeof(*eh));
	const PHDR *ph;
	unsigned int i;

	for (i = 0; i < eh->e_phnum; i++) {
		ph = piece(im, eh->e_phoff + (uint64_t)i * sizeof(*ph), sizeof(*ph));
		if (ph && ph->p_type == PT_NOTE && is_go_note(im, ph->p_offset, ph->p_filesz))
			return true;
	}
	return false;
}

static bool has_section(const struct image *im, const char *wanted)
{
	const EHDR *eh = piece(im, 0, sizeof(*eh));
	const SHDR *sh, *names;
	size_t len = strlen(wanted) + 1;
	const char *name;
	unsigned int i;

	names = piece(im, eh->e_shoff + (uint64_t)eh->e_shstrndx * sizeof(*names), sizeof(*names));
	for (i = 0; names && i < eh->e_shnum; i++) {
		sh = piece(im, eh->e_shoff + (uint64_t)i * sizeof(*sh), sizeof(*sh));
		name = sh ? piece(im, names->sh_offset + (uint64_t)sh->sh_name, len) : NULL;
		if (name && !memcmp(name, wanted, len))
			return true;
	}
	return false;
}

/* The library is of this program's own C library; another's loader would not take it */
static bool own_loader(const char *name)
{
	struct image self;
	const char *own;
	bool same;

	if (!image_open("/proc/self/exe", &self))
		return true;
	own = loader_of(&self);
	same = own && !strcmp(own, name);
	image_close(&self);
	return same;
}

static void read_elf(const struct image *im, struct program *p)
{
	const char class = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
	const EHDR *eh = piece(im, 0, sizeof(*eh)), *own;
	struct image self;
	const char *loader;

	if (!eh || memcmp(eh->e_ident, ELFMAG, SELFMAG))
		return;
	p->elf = true;
	p->foreign = eh->e_ident[EI_CLASS] != class;
	if (!p->foreign && image_open("/proc/self/exe", &self)) {
		own = piece(&self, 0, sizeof(*own));
		p->foreign = own && own->e_machine != eh->e_machine;
		image_close(&self);
	}
	if (p->foreign)
		return;
	loader = loader_of(im);
	p->linked = loader && own_loader(loader);
	p->go = has_go_note(im) || has_section(im, ".go.buildinfo");
}

/**
 * program_find() - what a command would run
 * @name: as it is typed
 * @p: filled
 *
 * A file that may be run and not read is taken for nothing in particular.
 *
 * Return: false where there is no such program.
 */
bool program_find(const char *name, struct program *p)
{
	struct image im;
	int scripts;
	bool more;

	memset(p, 0, sizeof(*p));
	if (strchr(name, '/'))
		snprintf(p->path, sizeof(p->path), "%s", name);
	else if (!find_in_path(name, p->path))
		return false;
	for (scripts = 0; scripts < MAX_SCRIPTS; scripts++) {
		if (!is_executable(p->path))
			return false;
		if (!image_open(p->path, &im))
			return true;
		more = follow_script(&im, p->path);
		read_elf(&im, p);
		image_close(&im);
		if (!more)
			return true;
	}
	return true;
}

/**
 * program_gains() - has the program rights that its caller has not?
 * @p: program
 *
 * Return: what it is called then, or NULL.
 */
const char *program_gains(const struct program *p)
{
	struct statvfs fs;
	struct stat st;

	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 || stat(p->path, &st) ||
	    (!statvfs(p->path, &fs) && (fs.f_flag & ST_NOSUID)))
		return NULL;
	if ((st.st_mode & S_ISUID) && st.st_uid != geteuid())
		return "set-user-ID";
	if ((st.st_mode & S_ISGID) && (st.st_mode & 0010) && st.st_gid != getegid())
		return "set-group-ID";
	if (geteuid() && getxattr(p->path, "security.capability", NULL, 0) > 0)
		return "given capabilities";
	return NULL;
}
