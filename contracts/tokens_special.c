/* Special tokens, switches and chat templates, found as gguf-py's SpecialVocab finds them: in tokenizer.json's
 * post-processor and tokenizer_config.json first, then in config.json. The rules look odd and are kept, because the result
 * should be the one that users of the reference know. */
#include "contracts/tokens.h"

#include "contracts/vocab_slots.h"

#include <stdio.h>
#include <string.h>

struct special {
	struct ros_vocab *v;
	struct ros_arena *arena;
	struct ros_findings *f;
	struct ros_error *err;
	const struct ros_json *config;          /* tokenizer_config.json, NULL when absent */
	const struct ros_json *added;           /* tokenizer.json's added_tokens */
	struct ros_str text[ROS_ROLE_COUNT];    /* what plays each role; {NULL, 0}: nothing */
	bool use_eot, use_eom;                  /* those two are looked for only when an end token was displaced */
};

static bool same(struct ros_str a, struct ros_str b)
{
	return a.len && b.len && ros_str_equal(a, b);
}

static const struct ros_json *config_value(const struct special *s, const char *format, enum ros_token_role role)
{
	char key[32];

	snprintf(key, sizeof key, format, ros_token_roles[role].hf);
	return ros_json_get(s->config, key);
}

/* A string, or an object with a content. */
static struct ros_str content_of(const struct ros_json *v)
{
	return ros_json_str(v && v->type == ROS_JSON_OBJECT ? ros_json_get(v, "content") : v);
}

static void read_roles(struct special *s)
{
	for (unsigned i = 0; i <= ROS_ROLE_MASK; i++)
		s->text[i] = content_of(config_value(s, "%s_token", (enum ros_token_role)i));
	if (!s->text[ROS_ROLE_BOS].len)
		s->text[ROS_ROLE_BOS] = s->text[ROS_ROLE_CLS];
	if (!s->text[ROS_ROLE_EOS].len)
		s->text[ROS_ROLE_EOS] = s->text[ROS_ROLE_SEP];
}

/* ---- the post-processor ---- */

/* The special token that element V of a template is; {NULL, 0} for a sequence. */
static struct ros_str special_id(const struct ros_json *v)
{
	return ros_json_str(ros_json_path(v, "SpecialToken/id"));
}

static struct ros_str sequence_id(const struct ros_json *v)
{
	return ros_json_str(ros_json_path(v, "Sequence/id"));
}

static const struct ros_json *last_of(const struct ros_json *array)
{
	const struct ros_json *v = array->first;

	while (v && v->next)
		v = v->next;
	return v;
}

static void leading(struct special *s, struct ros_str first)
{
	if (!same(first, s->text[ROS_ROLE_BOS]) && !same(first, s->text[ROS_ROLE_CLS])) {
		if (!s->text[ROS_ROLE_BOS].len)
			s->text[ROS_ROLE_BOS] = first;
		if (!s->text[ROS_ROLE_CLS].len)
			s->text[ROS_ROLE_CLS] = first;
	}
	ros_vocab_set_add(s->v, ROS_ROLE_BOS, true);
	s->v->add[ROS_ROLE_BOS] = same(first, s->text[ROS_ROLE_BOS]) || same(first, s->text[ROS_ROLE_CLS]);
}

/* A text that ends with another token than eos_token: that one is the end, the configured one the end of a turn. */
static void trailing(struct special *s, struct ros_str last)
{
	if (s->config && !same(last, s->text[ROS_ROLE_EOS])) {
		if (!s->use_eot) {
			s->use_eot = true;
			s->text[ROS_ROLE_EOT] = s->text[ROS_ROLE_EOS];
		} else if (!s->use_eom) {
			s->use_eom = true;
			s->text[ROS_ROLE_EOM] = s->text[ROS_ROLE_EOS];
		}
	}
	s->text[ROS_ROLE_EOS] = last;
	ros_vocab_set_add(s->v, ROS_ROLE_EOS, true);
	s->v->add[ROS_ROLE_EOS] = ROS_TRUE;
}

/* A [sep] [eos] B: is a separator put between two texts? */
static void between(struct special *s, const struct ros_json *pair, struct ros_str first, struct ros_str last)
{
	const struct ros_json *begin = pair->first, *v;
	size_t n = pair->count;
	bool add = false;

	if (first.len && same(special_id(begin), first)) {
		begin = begin->next;
		n--;
	}
	if (n && last.len && same(special_id(last_of(pair)), last))
		n--;
	if (n < 3 || !begin || !same(sequence_id(begin), ROS_STR("A")))
		return;
	v = begin->next;
	for (size_t i = 2; i < n; i++, v = v->next) {
		struct ros_str id = special_id(v);
		bool known = same(id, s->text[ROS_ROLE_SEP]) || same(id, s->text[ROS_ROLE_EOS]);

		add = add || (known && (i == 2 ? !last.len : i == 3 && n == 4));
	}
	if (!same(sequence_id(v), ROS_STR("B")))
		return;
	ros_vocab_set_add(s->v, ROS_ROLE_SEP, add);
	s->v->add[ROS_ROLE_SEP] = add;
	if (add && !s->text[ROS_ROLE_SEP].len)
		s->text[ROS_ROLE_SEP] = s->text[ROS_ROLE_EOS];
}

static void read_template(struct special *s, const struct ros_json *processor)
{
	const struct ros_json *single = ros_json_get(processor, "single"), *pair = ros_json_get(processor, "pair");
	struct ros_str first = { NULL, 0 }, last = { NULL, 0 };

	if (single && single->type == ROS_JSON_ARRAY && single->count > 1) {
		first = special_id(single->first);
		last = special_id(last_of(single));
		if (first.len)
			leading(s, first);
		if (last.len)
			trailing(s, last);
	}
	if (pair && pair->type == ROS_JSON_ARRAY && pair->count)
		between(s, pair, first, last);
}

static void read_processor(struct special *s, const struct ros_json *processor)
{
	struct ros_str type = ros_json_str(ros_json_get(processor, "type"));

	if (ros_str_equal(type, ROS_STR("ByteLevel"))) {
		ros_vocab_set_add(s->v, ROS_ROLE_BOS, false);
		ros_vocab_set_add(s->v, ROS_ROLE_EOS, false);
	} else if (ros_str_equal(type, ROS_STR("RobertaProcessing"))) {
		static const enum ros_token_role roles[] = { ROS_ROLE_BOS, ROS_ROLE_EOS, ROS_ROLE_SEP };

		for (unsigned i = 0; i < 3; i++) {
			ros_vocab_set_add(s->v, roles[i], true);
			s->v->add[roles[i]] = ROS_TRUE;
		}
		if (!s->text[ROS_ROLE_CLS].len)
			s->text[ROS_ROLE_CLS] = ros_json_str(ros_json_at(ros_json_get(processor, "cls"), 0));
		if (!s->text[ROS_ROLE_SEP].len)
			s->text[ROS_ROLE_SEP] = ros_json_str(ros_json_at(ros_json_get(processor, "sep"), 0));
	} else if (ros_str_equal(type, ROS_STR("TemplateProcessing"))) {
		read_template(s, processor);
	}
}

/* ---- ids ---- */

static bool added_id(const struct special *s, struct ros_str text, uint64_t *id)
{
	if (s->added && s->added->type == ROS_JSON_ARRAY)
		for (const struct ros_json *t = s->added->first; t; t = t->next)
			if (same(ros_json_str(ros_json_get(t, "content")), text))
				return ros_json_u64(ros_json_get(t, "id"), id);
	return false;
}

static void set_id(struct special *s, enum ros_token_role role, uint64_t id)
{
	if (id < s->v->count)
		ros_vocab_set_id(s->v, role, (uint32_t)id);
	else
		ros_findings_add(s->f, "vocab.special-out-of-range", ros_str_of(ros_token_roles[role].hf),
				 "%s token: id %llu, but the vocabulary has %zu entries: left out", ros_token_roles[role].hf,
				 (unsigned long long)id, s->v->count);
}

static bool wanted(const struct special *s, unsigned role)
{
	return role <= ROS_ROLE_MASK || (role == ROS_ROLE_EOT && s->use_eot) || (role == ROS_ROLE_EOM && s->use_eom);
}

static void ids_from_config(struct special *s)
{
	uint64_t id;

	for (unsigned i = 0; i <= ROS_ROLE_EOM; i++) {
		const struct ros_json *add = config_value(s, "add_%s_token", (enum ros_token_role)i);

		if (!wanted(s, i))
			continue;
		if (add && add->type == ROS_JSON_BOOL)
			ros_vocab_set_add(s->v, (enum ros_token_role)i, add->boolean);
		if (s->text[i].len && added_id(s, s->text[i], &id))
			set_id(s, (enum ros_token_role)i, id);
	}
}

/* config.json, or its text_config. */
static void ids_from_model_config(struct special *s, const struct ros_json *root)
{
	char key[32];
	uint64_t id;

	for (unsigned i = 0; i <= ROS_ROLE_EOM; i++) {
		const struct ros_json *v;

		snprintf(key, sizeof key, "%s_token_id", ros_token_roles[i].hf);
		v = ros_json_get(root, key);
		if (!v || v->type == ROS_JSON_NULL)
			v = ros_json_get(ros_json_get(root, "text_config"), key);
		if (wanted(s, i) && s->v->id[i] == ROS_NO_TOKEN && ros_json_u64(v, &id))
			set_id(s, (enum ros_token_role)i, id);
	}
}

/* CodeLlama's infilling tokens, by their texts in the vocabulary (the reference knows their ids). */
static void infill_ids(struct special *s)
{
	static const struct { const char *text; enum ros_token_role role; } known[] = {
		{ "\xe2\x96\x81<PRE>", ROS_ROLE_PREFIX }, { "\xe2\x96\x81<SUF>", ROS_ROLE_SUFFIX },
		{ "\xe2\x96\x81<MID>", ROS_ROLE_MIDDLE }, { "\xe2\x96\x81<EOT>", ROS_ROLE_EOT },
	};
	uint32_t found[4] = { ROS_NO_TOKEN, ROS_NO_TOKEN, ROS_NO_TOKEN, ROS_NO_TOKEN };

	for (size_t i = 0; i < s->v->count; i++)
		for (unsigned k = 0; k < 4; k++)
			if (s->v->tokens[i].len == 8 && ros_str_equal(s->v->tokens[i], ros_str_of(known[k].text)))
				found[k] = (uint32_t)i;
	for (unsigned k = 0; k < 4 && s->v->kind == ROS_VOCAB_SPM && found[0] != ROS_NO_TOKEN; k++)
		if (found[k] != ROS_NO_TOKEN)
			ros_vocab_set_id(s->v, known[k].role, found[k]);
}

/* ---- chat templates ---- */

static int set_templates(struct special *s, const struct ros_json *value, struct ros_str jinja)
{
	struct ros_vocab *v = s->v;
	bool list = value && value->type == ROS_JSON_ARRAY;
	size_t n = list ? value->count : 1;

	if (!list && !ros_json_str(value).ptr && !jinja.ptr)
		return 0;
	v->templates = ros_arena_alloc(s->arena, n, sizeof *v->templates, s->err);
	if (!v->templates)
		return s->err->code;
	if (!list) {
		v->templates[v->template_count++].text = value ? ros_json_str(value) : jinja;
		return 0;
	}
	for (int named = 0; named < 2; named++)         /* the default one first */
		for (const struct ros_json *t = value->first; t; t = t->next) {
			struct ros_str name = ros_json_str(ros_json_get(t, "name")), text = ros_json_str(ros_json_get(t, "template"));
			bool is_default = ros_str_equal(name, ROS_STR("default"));

			if (text.ptr && name.len && is_default != named)
				v->templates[v->template_count++] = (struct ros_chat_template){ is_default ? (struct ros_str){ "", 0 } : name, text };
		}
	return 0;
}

static int read_templates(struct special *s, const struct ros_side_file *files, size_t count)
{
	const struct ros_json *value = ros_json_get(s->config, "chat_template");
	struct ros_str jinja = ros_side_file_text(files, count, "chat_template.jinja");
	struct ros_str old = ros_side_file_text(files, count, "chat_template.json");

	if (value && value->type == ROS_JSON_NULL)
		value = NULL;
	if (!value && !jinja.ptr && old.len)
		value = ros_json_get(ros_json_parse(old, s->arena, s->err), "chat_template");
	if (s->err->code)
		return s->err->code;
	return set_templates(s, value, jinja);
}

/* ---- the whole ---- */

static int read_tokenizer_json(struct special *s, struct ros_str text)
{
	struct ros_json_members top;
	const struct ros_json *post, *list;

	if (ros_json_members(&top, text, s->arena, s->err))
		return ros_error_in_file(s->err, "tokenizer.json");
	s->added = ros_json_member(&top, "added_tokens", s->arena, s->err);
	post = ros_json_member(&top, "post_processor", s->arena, s->err);
	list = ros_json_get(post, "processors");
	if (list && list->type == ROS_JSON_ARRAY)
		for (const struct ros_json *p = list->first; p; p = p->next)
			read_processor(s, p);
	else if (post)
		read_processor(s, post);
	return s->err->code;
}

int ros_vocab_read_special(struct ros_vocab *v, const struct ros_side_file *files, size_t count,
			   struct ros_arena *arena, struct ros_findings *f, struct ros_error *err)
{
	struct special s = { .v = v, .arena = arena, .f = f, .err = err };
	struct ros_str tokenizer = ros_side_file_text(files, count, "tokenizer.json");
	struct ros_str config = ros_side_file_text(files, count, "tokenizer_config.json");
	struct ros_str model = ros_side_file_text(files, count, "config.json");
	const struct ros_json *prefix;

	s.config = config.len ? ros_json_parse(config, arena, err) : NULL;
	if (err->code)
		return ros_error_in_file(err, "tokenizer_config.json");
	read_roles(&s);
	if ((tokenizer.len && read_tokenizer_json(&s, tokenizer)) || read_templates(&s, files, count))
		return err->code;
	ids_from_config(&s);
	if (model.len) {
		const struct ros_json *root = ros_json_parse_python(model, arena, err);

		if (!root)
			return ros_error_in_file(err, "config.json");
		ids_from_model_config(&s, root);
	}
	infill_ids(&s);
	prefix = ros_json_get(s.config, "add_prefix_space");
	if (v->kind == ROS_VOCAB_SPM && prefix && prefix->type == ROS_JSON_BOOL) {
		v->add_space_prefix = prefix->boolean;
		v->space_prefix_first = true;
	}
	return 0;
}
