#include "contracts/rules.h"

#include "contracts/activations.h"
#include "contracts/hub_keys.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum rule { RULE_HEADS, RULE_ROPE, RULE_EXPERTS, RULE_BOUNDS, RULE_EPSILON, RULE_THETA, RULE_MISSING, RULE_UNKNOWN, RULE_SHAPE, RULE_DERIVED,
	    RULE_WORD, RULE_KIN, RULE_MORE };

const struct ros_rule_info ros_contract_rules[] = {
	[RULE_HEADS] = { "contract.heads", true, "key heads divide heads (grouped-query attention, Ainslie et al. 2023)" },
	[RULE_ROPE] = { "contract.rope-pairs", true, "rotating elements are even in number and no more than a head has (Su et al. 2021)" },
	[RULE_EXPERTS] = { "contract.experts", true, "no more experts are used than there are" },
	[RULE_BOUNDS] = { "contract.bounds", false, "numbers keep the bounds of all published models" },
	[RULE_EPSILON] = { "contract.norm-epsilon", false, "the norm's epsilon is between 1e-12 and 0.01" },
	[RULE_THETA] = { "contract.rope-theta", false, "rope_theta is between 1 and 1e9" },
	[RULE_MISSING] = { "contract.missing-tensor", true, "every tensor that the family requires is there" },
	[RULE_UNKNOWN] = { "contract.unknown-tensor", false, "every tensor is one of the family's" },
	[RULE_SHAPE] = { "contract.shape", true, "every tensor has the shape that the configuration gives it" },
	[RULE_DERIVED] = { "contract.derived", true, "a tensor that follows from the configuration holds what follows" },
	[RULE_WORD] = { "contract.fixed-word", true, "config.json says what the family fixes (activation, routing function)" },
	[RULE_KIN] = { "contract.activation-kin", false, "config.json names the family's own way to compute GELU" },
	[RULE_MORE] = { "contract.more", false, "findings beyond the first thousand are counted" },
	{ NULL, false, NULL }
};

#define MAX_FINDINGS 1000       /* a hostile file may give cause for millions */

struct report {
	struct ros_finding *items;      /* room for two more: the first fatal one wherever it comes, and the number of those left out */
	size_t count, left_out;
	bool fatal;
	struct ros_arena *arena;
	struct ros_error *err;          /* sticky: out of memory */
};

/* Notes may be left out, but never all that is fatal. */
static bool has_room(struct report *r, enum rule rule)
{
	if (r->count < MAX_FINDINGS || rule == RULE_MORE || (ros_contract_rules[rule].fatal && !r->fatal))
		return true;
	r->left_out++;
	return false;
}

__attribute__((format(printf, 4, 5)))
static void add(struct report *r, enum rule rule, struct ros_str subject, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	struct ros_finding *f;

	if (!has_room(r, rule))
		return;
	if (!r->items)
		r->items = ros_arena_alloc(r->arena, MAX_FINDINGS + 2, sizeof *r->items, r->err);
	if (!r->items)
		return;
	r->fatal |= ros_contract_rules[rule].fatal;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	f = &r->items[r->count++];
	f->rule = ros_contract_rules[rule].id;
	f->fatal = ros_contract_rules[rule].fatal;
	f->subject = subject;
	f->message = ros_arena_str(r->arena, ros_str_of(text), r->err);
}

static uint64_t whole(const struct ros_hparams *hp, enum ros_hp id)
{
	uint64_t v = 0;

	ros_hparams_u64(hp, id, &v);
	return v;
}

static struct ros_str name_of(enum ros_hp id)
{
	return ros_str_of(ros_hp_info[id].name);
}

static void check_heads(const struct ros_contract *c, const struct ros_hparams *hp, struct report *r)
{
	uint64_t heads = whole(hp, ROS_HP_N_HEAD), kv = whole(hp, ROS_HP_N_HEAD_KV), rot = whole(hp, ROS_HP_N_ROT);
	uint64_t dim = whole(hp, ROS_HP_HEAD_DIM);

	if (kv && (kv > heads || heads % kv))
		add(r, RULE_HEADS, name_of(ROS_HP_N_HEAD_KV), "%llu key heads do not divide %llu heads", (unsigned long long)kv,
		       (unsigned long long)heads);
	if (c->engine.positions == ROS_POSITIONS_ROPE && (rot % 2 || (dim && rot > dim)))
		add(r, RULE_ROPE, name_of(ROS_HP_N_ROT), "%llu elements of a head of %llu rotate: an even number within the head wanted",
		       (unsigned long long)rot, (unsigned long long)dim);
	if (whole(hp, ROS_HP_N_EXPERT_USED) > whole(hp, ROS_HP_N_EXPERT) && hp->state[ROS_HP_N_EXPERT] != ROS_HP_ABSENT)
		add(r, RULE_EXPERTS, name_of(ROS_HP_N_EXPERT_USED), "%llu experts are used of %llu",
		       (unsigned long long)whole(hp, ROS_HP_N_EXPERT_USED), (unsigned long long)whole(hp, ROS_HP_N_EXPERT));
}

static void check_bounds(const struct ros_hparams *hp, struct report *r)
{
	static const struct { enum ros_hp id; uint64_t most; } bounds[] = {     /* model-metadata bounds UB-001 to UB-007 */
		{ ROS_HP_N_EMBD, 65536 }, { ROS_HP_N_LAYER, 256 }, { ROS_HP_N_HEAD, 256 }, { ROS_HP_N_HEAD_KV, 256 },
		{ ROS_HP_N_VOCAB, 1000000 }, { ROS_HP_N_FF, 262144 }, { ROS_HP_N_CTX, 16777216 },
	};
	double f = 0;
	size_t i;

	for (i = 0; i < sizeof bounds / sizeof bounds[0]; i++)
		if (whole(hp, bounds[i].id) > bounds[i].most)
			add(r, RULE_BOUNDS, name_of(bounds[i].id), "%llu found, published models have at most %llu",
			       (unsigned long long)whole(hp, bounds[i].id), (unsigned long long)bounds[i].most);
	if (ros_hparams_f64(hp, ROS_HP_NORM_EPS, &f) && !(f >= 1e-12 && f <= 0.01))
		add(r, RULE_EPSILON, name_of(ROS_HP_NORM_EPS), "%g found", f);
	if (ros_hparams_f64(hp, ROS_HP_ROPE_THETA, &f) && !(f >= 1 && f <= 1e9))
		add(r, RULE_THETA, name_of(ROS_HP_ROPE_THETA), "%g found", f);
}

/* "[32, 64]" in TEXT. */
static const char *dims_text(const uint64_t *dim, unsigned ndim, char *text, size_t room)
{
	size_t n = 0;
	unsigned i;

	text[n++] = '[';
	for (i = 0; i < ndim && n + 24 < room; i++)
		n += (size_t)snprintf(text + n, room - n, "%s%llu", i ? ", " : "", (unsigned long long)dim[i]);
	text[n++] = ']';
	text[n] = '\0';
	return text;
}

static bool same_dims(const struct ros_tensor *t, const struct ros_layout_tensor *place)
{
	return t->ndim == place->ndim && memcmp(t->dim, place->dim, t->ndim * sizeof t->dim[0]) == 0;
}

static void check_derived(const struct ros_binding *b, const struct ros_tensor *t, const struct ros_layout_tensor *place,
			  const struct ros_hparams *hp, struct report *r)
{
	struct ros_error err = { 0 };
	struct ros_bytes made;

	if (place->read_only) {
		add(r, RULE_DERIVED, t->name, "the configuration states no rope scaling, and this tensor is one");
		return;
	}
	if (t->dtype != ROS_F32 || ros_layout_derive(b->layout, place, hp, r->arena, &made, &err)) {
		add(r, RULE_DERIVED, t->name, "%s", err.code ? err.text : "float32 wanted");
		return;
	}
	if (made.len != t->data.len || (t->data.ptr && memcmp(made.ptr, t->data.ptr, made.len) != 0))   /* NULL: the payload is not there */
		add(r, RULE_DERIVED, t->name, "its values are not those that follow from the configuration's rope scaling");
}

static void check_present(const struct ros_binding *b, size_t i, struct report *r)
{
	const struct ros_layout_tensor *place = &b->layout->tensors[i], *in;
	const struct ros_placement *part;
	uint32_t k;

	if (place->presence != ROS_REQUIRED || place->read_only || b->of[i])
		return;
	for (k = 0; k < place->part_count; k++)
		if (!ros_binding_atom(b, place->parts[k].key, &in, &part))
			break;
	if (k < place->part_count)
		add(r, RULE_MISSING, place->name, "the family requires it, and no other tensor holds it");
}

static void check_tensors(const struct ros_binding *b, const struct ros_hparams *hp, struct report *r)
{
	char found[256], wanted[256];
	size_t i;

	for (i = 0; i < b->model->tensor_count; i++) {
		const struct ros_tensor *t = &b->model->tensors[i];
		const struct ros_layout_tensor *place = b->is[i];

		if (!place)
			add(r, RULE_UNKNOWN, t->name, "family %s has no such tensor", b->layout->contract->key);
		else if (place->presence == ROS_DERIVABLE && !place->derived)
			continue;       /* a buffer: rebuilt by its readers, its shape is theirs */
		else if (!same_dims(t, place))
			add(r, RULE_SHAPE, t->name, "%s found, %s wanted", dims_text(t->dim, t->ndim, found, sizeof found),
			       dims_text(place->dim, place->ndim, wanted, sizeof wanted));
		else if (place->derived)
			check_derived(b, t, place, hp, r);
	}
	for (i = 0; i < b->layout->count; i++)
		check_present(b, i, r);
}

/* A word that the family's tables fix: files of another format leave it out, so another word there would be another model here. */
static void check_words(const struct ros_contract *c, const struct ros_json *config, struct report *r)
{
	for (uint16_t i = 0; i < c->config.count; i++) {
		const struct ros_key_rule *rule = &c->config.rules[i];
		bool activation = rule->source == ROS_KEY_ACTIVATION, known;
		const char *wanted = activation ? ros_activation_word(c->engine.activation) : rule->text;
		const struct ros_json *found = activation || rule->source == ROS_KEY_TEXT ? ros_keys_in_config(rule, config) : NULL;
		struct ros_str word = ros_json_str(found);
		enum ros_activation act = c->engine.activation;

		known = found && activation && ros_activation_by_word(word, &act);
		if (!found || (known ? act == c->engine.activation : ros_str_equal(word, ros_str_of(wanted))))
			continue;
		add(r, known && ros_activation_kin(act, c->engine.activation) ? RULE_KIN : RULE_WORD, ros_str_of(rule->key),
		    "'%.*s' found, family %s computes with '%s'", (int)(word.len < 60 ? word.len : 60), word.ptr ? word.ptr : "", c->key, wanted);
	}
}

bool ros_contract_says_scaling(const struct ros_contract *c, const struct ros_hparams *hp, enum ros_format_id format)
{
	const struct ros_tensor_list *list = &c->tensors[format];
	uint64_t kind = ROS_SCALING_NONE;

	ros_hparams_u64(hp, ROS_HP_ROPE_SCALING, &kind);
	if (kind == ROS_SCALING_NONE || format != ROS_FORMAT_GGUF)      /* the others bring config.json along */
		return true;
	for (uint16_t i = 0; i < c->gguf.count; i++)
		if (c->gguf.rules[i].hp == ROS_HP_ROPE_SCALING && ros_expr_true(&c->gguf.rules[i].when, hp, ROS_NO_LAYER, true))
			return true;
	for (uint16_t i = 0; i < list->count; i++)
		if (list->rules[i].derive != ROS_DERIVE_NONE && ros_expr_true(&list->rules[i].when, hp, ROS_NO_LAYER, false))
			return true;
	return false;
}

int ros_contract_check(const struct ros_contract *c, const struct ros_hparams *hp, const struct ros_json *config, const struct ros_binding *b,
		       struct ros_arena *arena, struct ros_finding **findings, size_t *count, struct ros_error *err)
{
	struct report r = { .arena = arena, .err = err };

	check_words(c, config, &r);
	check_heads(c, hp, &r);
	check_bounds(hp, &r);
	check_tensors(b, hp, &r);
	if (r.left_out)
		add(&r, RULE_MORE, ROS_STR(""), "%zu more findings are not listed", r.left_out);
	*findings = r.items;
	*count = r.count;
	return err->code;
}
