/* Merges and scores say the same: which two pieces join first. */
#include "contracts/tokens.h"

#include "formats/nameset.h"
#include "formats/utf8.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define NO_MERGE_SCORE (-1e6f)

bool ros_token_is_byte(struct ros_str s)
{
	return s.len == 6 && !memcmp(s.ptr, "<0x", 3) && s.ptr[5] == '>' && isxdigit((unsigned char)s.ptr[3]) &&
	       isxdigit((unsigned char)s.ptr[4]);
}

/* Texts of all tokens, the first of equal ones. */
static int index_tokens(const struct ros_vocab *v, struct ros_nameset *ids, struct ros_error *err)
{
	uint32_t found;

	ros_nameset_init(ids);
	for (size_t i = 0; i < v->count && !err->code; i++)
		ros_nameset_add(ids, v->tokens[i], (uint32_t)i, &found, err);
	return err->code;
}

int ros_scores_from_merges(struct ros_vocab *v, struct ros_error *err)
{
	struct ros_nameset ids;
	size_t longest = 0;
	char *text;

	for (size_t i = 0; i < v->merge_count; i++)
		if (v->merges[i].len > longest)
			longest = v->merges[i].len;
	text = malloc(longest + 1);
	if (!text)
		return ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "no memory for a merge of %zu bytes", longest);
	for (size_t i = 0; i < v->count; i++)
		v->scores[i] = NO_MERGE_SCORE;
	index_tokens(v, &ids, err);
	for (size_t i = 0; i < v->merge_count && !err->code; i++) {
		struct ros_str merge = v->merges[i];
		const char *blank = memchr(merge.ptr, ' ', merge.len);
		size_t left = blank ? (size_t)(blank - merge.ptr) : merge.len;
		uint32_t id;

		memcpy(text, merge.ptr, left);
		if (blank)
			memcpy(text + left, blank + 1, merge.len - left - 1);
		id = ros_nameset_find(&ids, (struct ros_str){ text, merge.len - (blank != NULL) });
		if (id != ROS_NAMESET_NONE && v->scores[id] == NO_MERGE_SCORE)
			v->scores[id] = -(float)i;
	}
	ros_nameset_release(&ids);
	free(text);
	return err->code;
}

/* ---- the way back ---- */

struct candidate {
	struct ros_merge_pair pair;
	float score;
	uint32_t left_len, right_len;
	size_t order;                   /* of discovery: keeps the sort stable */
};

struct list {
	struct candidate *items;
	size_t count, room;
};

static int append(struct list *l, struct candidate c, struct ros_error *err)
{
	if (l->count == l->room) {
		size_t room = l->room ? 2 * l->room : 1024;
		struct candidate *items = realloc(l->items, room * sizeof *items);

		if (!items)
			return ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "no memory for %zu merges", room);
		l->items = items;
		l->room = room;
	}
	c.order = l->count;
	l->items[l->count++] = c;
	return 0;
}

/* Only pieces that text can be made of join; the others are matched whole or never. */
static bool joins(const struct ros_vocab *v, uint32_t id)
{
	return id != ROS_NAMESET_NONE && (!v->types || v->types[id] == ROS_PIECE_NORMAL);
}

/* Every cut of piece ID between two characters into two pieces; those of lower ids first. */
static int cut(const struct ros_vocab *v, const struct ros_nameset *ids, uint32_t id, struct list *l, struct ros_error *err)
{
	struct ros_str s = v->tokens[id];
	size_t first = l->count;

	for (size_t at = ros_utf8_char(s.ptr, s.len); at && at < s.len; ) {
		uint32_t left = ros_nameset_find(ids, (struct ros_str){ s.ptr, at });
		uint32_t right = joins(v, left) ? ros_nameset_find(ids, (struct ros_str){ s.ptr + at, s.len - at }) : ROS_NAMESET_NONE;
		unsigned step = ros_utf8_char(s.ptr + at, s.len - at);
		struct candidate c = { { left, right }, v->scores[id], (uint32_t)at, (uint32_t)(s.len - at), 0 };

		if (joins(v, right) && append(l, c, err))
			return err->code;
		if (!step)
			break;
		at += step;
	}
	for (size_t i = first + 1; i < l->count; i++)           /* a handful: insertion sort by ids */
		for (size_t k = i; k > first; k--) {
			struct candidate *a = &l->items[k - 1], *b = &l->items[k], swap = *a;

			if (a->pair.left < b->pair.left || (a->pair.left == b->pair.left && a->pair.right <= b->pair.right))
				break;
			*a = *b;
			*b = swap;
			a->order = k - 1;
			b->order = k;
		}
	return 0;
}

/* Better scores first, then longer left parts, as the tokenizers library's own converter sorts. */
static int by_rank(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	if (x->left_len != y->left_len)
		return x->left_len > y->left_len ? -1 : 1;
	if (x->right_len != y->right_len)
		return x->right_len > y->right_len ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

int ros_merges_from_scores(const struct ros_vocab *v, struct ros_merge_pair **pairs, size_t *count, struct ros_error *err)
{
	struct list l = { NULL, 0, 0 };
	struct ros_nameset ids;

	*pairs = NULL;
	*count = 0;
	index_tokens(v, &ids, err);
	for (size_t i = 0; i < v->count && v->scores && !err->code; i++)
		if (joins(v, (uint32_t)i))
			cut(v, &ids, (uint32_t)i, &l, err);
	ros_nameset_release(&ids);
	if (!err->code && l.count) {
		qsort(l.items, l.count, sizeof *l.items, by_rank);
		*pairs = malloc(l.count * sizeof **pairs);
		if (!*pairs)
			ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "no memory for %zu merges", l.count);
		for (; *pairs && *count < l.count; ++*count)
			(*pairs)[*count] = l.items[*count].pair;
	}
	free(l.items);
	return err->code;
}
