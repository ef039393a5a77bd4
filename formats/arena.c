#include "formats/arena.h"

#include "formats/size.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Under the address sanitizer only what was asked for may be touched: room not given out, and a gap behind every block, are
 * poisoned. Else a block's neighbours would hide reads and writes past its end. */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined __SANITIZE_ADDRESS__ || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define GAP_BYTES 16u
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define GAP_BYTES 0u
#endif

#define CHUNK_BYTES (64u << 10)
#define DEFAULT_MAX ((size_t)8 << 30)

struct ros_arena_chunk {
	struct ros_arena_chunk *next;
	size_t used, size;
	alignas(max_align_t) uint8_t data[];
};

void ros_arena_init(struct ros_arena *a, size_t max)
{
	*a = (struct ros_arena){ .max = max ? max : DEFAULT_MAX };
}

static struct ros_arena_chunk *chunk_for(struct ros_arena *a, size_t need)
{
	size_t size = need > CHUNK_BYTES / 4 ? need : CHUNK_BYTES;
	struct ros_arena_chunk *c;

	if (a->head && a->head->size - a->head->used >= need)
		return a->head;
	c = calloc(1, sizeof *c + size);
	if (!c)
		return NULL;
	c->size = size;
	ASAN_POISON_MEMORY_REGION(c->data, size);
	/* A large block goes behind the head, so that the head's free room is not lost. */
	if (size != CHUNK_BYTES && a->head) {
		c->next = a->head->next;
		a->head->next = c;
	} else {
		c->next = a->head;
		a->head = c;
	}
	return c;
}

void *ros_arena_alloc(struct ros_arena *a, size_t count, size_t size, struct ros_error *err)
{
	struct ros_arena_chunk *c;
	uint64_t need;
	void *p;

	if (!ros_mul_u64(count, size, &need) || !ros_align_u64(need, alignof(max_align_t), &need) ||
	    need > a->max - a->used) {
		ros_fail(err, ROS_ELIMIT, ROS_NO_OFFSET, "%zu items of %zu bytes wanted, the reader's memory cap is %zu bytes",
			 count, size, a->max);
		return NULL;
	}
	c = chunk_for(a, need + GAP_BYTES);
	if (!c) {
		ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "%zu bytes wanted, no memory left", (size_t)need);
		return NULL;
	}
	p = c->data + c->used;
	ASAN_UNPOISON_MEMORY_REGION(p, count * size);
	c->used += need + GAP_BYTES;
	a->used += need;
	return p;
}

struct ros_str ros_arena_str(struct ros_arena *a, struct ros_str text, struct ros_error *err)
{
	char *p = ros_arena_alloc(a, text.len + 1, 1, err);

	if (!p)
		return (struct ros_str){ NULL, 0 };
	if (text.len)
		memcpy(p, text.ptr, text.len);
	return (struct ros_str){ p, text.len };
}

struct ros_str ros_arena_printf(struct ros_arena *a, struct ros_error *err, const char *fmt, ...)
{
	va_list ap;
	int len;
	char *p;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	p = len < 0 ? NULL : ros_arena_alloc(a, (size_t)len + 1, 1, err);
	if (!p)
		return (struct ros_str){ NULL, 0 };
	va_start(ap, fmt);
	vsnprintf(p, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return (struct ros_str){ p, (size_t)len };
}

void ros_arena_release(struct ros_arena *a)
{
	struct ros_arena_chunk *c = a->head;

	while (c) {
		struct ros_arena_chunk *next = c->next;

		ASAN_UNPOISON_MEMORY_REGION(c->data, c->size);
		free(c);
		c = next;
	}
	ros_arena_init(a, a->max);
}

bool ros_str_equal(struct ros_str a, struct ros_str b)
{
	return a.len == b.len && (!a.len || !memcmp(a.ptr, b.ptr, a.len));
}

bool ros_str_begins(struct ros_str s, const char *with)
{
	size_t n = strlen(with);

	return s.len >= n && !memcmp(s.ptr, with, n);
}

bool ros_str_ends(struct ros_str s, const char *with)
{
	size_t n = strlen(with);

	return s.len >= n && !memcmp(s.ptr + s.len - n, with, n);
}

int ros_str_compare(struct ros_str a, struct ros_str b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int r = n ? memcmp(a.ptr, b.ptr, n) : 0;

	return r ? r : (a.len > b.len) - (a.len < b.len);
}

struct ros_str ros_str_of(const char *text)
{
	return (struct ros_str){ text, text ? strlen(text) : 0 };
}
