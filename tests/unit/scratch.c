#include "tests/unit/scratch.h"

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct scratch scratch_new(void)
{
	const char *tmp = getenv("TMPDIR");
	struct scratch s;

	snprintf(s.path, sizeof s.path, "%s/rosetta-test-XXXXXX", tmp ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(s.path));
	return s;
}

char *scratch_path(const struct scratch *s, const char *name)
{
	char *path = NULL;

	ck_assert_int_gt(asprintf(&path, "%s/%s", s->path, name), 0);
	return path;
}

char *scratch_write(const struct scratch *s, const char *name, const void *data, size_t len)
{
	char *path = scratch_path(s, name);
	FILE *f = fopen(path, "wb");

	ck_assert_msg(f != NULL, "%s", path);
	if (len)
		ck_assert_uint_eq(fwrite(data, 1, len, f), len);
	ck_assert_int_eq(fclose(f), 0);
	return path;
}

uint8_t *scratch_read(const struct scratch *s, const char *name, size_t *len)
{
	char *path = scratch_path(s, name);
	FILE *f = fopen(path, "rb");
	uint8_t *data;
	long size;

	ck_assert_msg(f != NULL, "%s", path);
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	data = malloc((size_t)size + 1);
	*len = fread(data, 1, (size_t)size, f);
	ck_assert_uint_eq(*len, (size_t)size);
	fclose(f);
	free(path);
	return data;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st, (void)type, (void)where;
	return remove(path);
}

void scratch_remove(struct scratch *s)
{
	nftw(s->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
