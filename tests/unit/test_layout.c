/* Layouts of every family: coverage by arithmetic on invented numbers, and names, shapes and values against
 * real pairs of Hugging Face folder and GGUF. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "formats/bytes.h"
#include "quant/half.h"
#include "tests/unit/pair.h"

/* ---- where an element of an atom lies in a tensor: layout.h's formulas, written down again ---- */

static uint64_t tensor_row(const struct ros_placement *p, uint64_t i)
{
	if (p->rope_heads) {
		uint64_t width = p->rows / p->rope_heads, half = width / 2, h = i / width, k = i % width;

		i = h * width + 2 * (k % half) + k / half;
	}
	return i / p->group_rows * p->group_stride + p->group_offset + i % p->group_rows;
}

static uint64_t element(const struct ros_placement *p, uint64_t i, uint64_t j)
{
	return p->transposed ? (p->base_row + j) * p->width + tensor_row(p, i) : tensor_row(p, i) * p->width + j;
}

/* ---- every family with small numbers: each tensor is covered by its parts exactly once ---- */

static const struct { enum ros_hp id; double value; } small[] = {
	{ ROS_HP_N_LAYER, 6 }, { ROS_HP_N_EMBD, 32 }, { ROS_HP_N_HEAD, 4 }, { ROS_HP_N_HEAD_KV, 2 }, { ROS_HP_HEAD_DIM, 8 },
	{ ROS_HP_N_FF, 40 }, { ROS_HP_N_VOCAB, 10 }, { ROS_HP_N_CTX, 12 }, { ROS_HP_N_EXPERT, 3 }, { ROS_HP_N_EXPERT_USED, 2 },
	{ ROS_HP_N_FF_EXP, 6 }, { ROS_HP_N_FF_SHARED, 7 }, { ROS_HP_N_EXPERT_SHARED, 1 }, { ROS_HP_N_LAYER_DENSE, 1 },
	{ ROS_HP_Q_LORA, 9 }, { ROS_HP_KV_LORA, 11 }, { ROS_HP_QK_NOPE, 4 }, { ROS_HP_QK_ROPE, 2 }, { ROS_HP_HEAD_DIM_V, 8 },
	{ ROS_HP_SSM_CONV, 3 }, { ROS_HP_SSM_INNER, 20 }, { ROS_HP_SSM_STATE, 5 }, { ROS_HP_SSM_DT_RANK, 4 },
	{ ROS_HP_SSM_HEAD, 2 }, { ROS_HP_SSM_GROUP, 1 },
};

static void small_numbers(const struct ros_contract *c, struct ros_hparams *hp)
{
	struct ros_error err = { 0 };
	size_t i;

	ros_hparams_init(hp);
	for (i = 0; i < sizeof small / sizeof small[0]; i++)
		ck_assert_int_eq(ros_hparams_set_f64(hp, small[i].id, small[i].value, &err), ROS_OK);
	ck_assert_msg(ros_contract_complete(c, hp, &err) == ROS_OK, "%s: %s", c->key, err.text);
}

static void check_covered(const struct ros_contract *c, const struct ros_layout_tensor *t)
{
	uint64_t n = 1, k, i, j;
	uint8_t *hits;
	uint32_t p;

	for (k = 0; k < t->ndim; k++)
		n *= t->dim[k];
	hits = calloc(n, 1);
	for (p = 0; p < t->part_count; p++)
		for (i = 0; i < t->parts[p].rows; i++)
			for (j = 0; j < t->parts[p].cols; j++) {
				uint64_t at = element(&t->parts[p], i, j);

				ck_assert_msg(at < n && !hits[at]++, "%s: %s: element %ju of part %u", c->key, t->name.ptr, (uintmax_t)at, p);
			}
	ck_assert_msg(!t->part_count || memchr(hits, 0, n) == NULL, "%s: %s has holes", c->key, t->name.ptr);
	free(hits);
}

START_TEST(test_covered)
{
	const struct ros_contract *c = ros_contracts[_i];
	struct ros_arena arena;
	struct ros_error err = { 0 };
	struct ros_hparams hp;
	struct ros_layout l[ROS_FORMAT_COUNT];
	size_t f, i;

	ros_arena_init(&arena, 0);
	small_numbers(c, &hp);
	for (f = 0; f < ROS_FORMAT_COUNT; f++) {
		ck_assert_msg(ros_layout_build(&l[f], c, &hp, (enum ros_format_id)f, -1, &arena, &err) == ROS_OK, "%s: %s", c->key, err.text);
		ck_assert_uint_gt(l[f].count, 10);
		for (i = 0; i < l[f].count; i++) {
			check_covered(c, &l[f].tensors[i]);
			ck_assert_ptr_eq(ros_layout_find(&l[f], l[f].tensors[i].name), &l[f].tensors[i]);
		}
	}
	for (f = 0; f < ROS_FORMAT_COUNT; f++)                  /* every atom has a place in every format, of one size */
		for (i = 0; i < l[f].place_count; i++) {
			const struct ros_placement *own = &l[f].places[i], *part = NULL;
			size_t g;

			for (g = 0; g < ROS_FORMAT_COUNT; g++) {
				if (!ros_layout_atom(&l[g], own->key, 0, &part))
					ck_abort_msg("%s: %s has no place in format %zu", c->key, c->roles[own->key.role].name, g);
				ck_assert_uint_eq(part->rows, own->rows);
				ck_assert_uint_eq(part->cols, own->cols);
			}
		}
	ros_arena_release(&arena);
}
END_TEST

/* ---- hostile numbers ---- */

static const struct { const char *name; enum ros_hp id; uint64_t value; enum ros_code want; } hostile[] = {
	{ "no layers", ROS_HP_N_LAYER, 0, ROS_ECONTRACT },
	{ "no width", ROS_HP_N_EMBD, 0, ROS_ECONTRACT },
	{ "odd head", ROS_HP_HEAD_DIM, 7, ROS_ECONTRACT },
	{ "no vocabulary", ROS_HP_N_VOCAB, 0, ROS_ECONTRACT },
	{ "layers and experts without end", ROS_HP_N_EXPERT, 65536, ROS_ELIMIT },
};

START_TEST(test_hostile)
{
	const struct ros_contract *c = ros_contract_for_class(ROS_STR("MixtralForCausalLM"));
	struct ros_arena arena;
	struct ros_error err = { 0 };
	struct ros_hparams hp;
	struct ros_layout l;

	ros_arena_init(&arena, 0);
	small_numbers(c, &hp);
	ck_assert_int_eq(ros_hparams_set_u64(&hp, hostile[_i].id, hostile[_i].value, &err), ROS_OK);
	ck_assert_msg(ros_layout_build(&l, c, &hp, ROS_FORMAT_GGUF, -1, &arena, &err) == (int)hostile[_i].want, "%s: %s",
		      hostile[_i].name, err.text);
	ros_arena_release(&arena);
}
END_TEST

START_TEST(test_caps)
{
	struct ros_hparams hp;
	struct ros_error err = { 0 };

	ros_hparams_init(&hp);
	ck_assert_int_eq(ros_hparams_set_u64(&hp, ROS_HP_N_LAYER, 4097, &err), ROS_ECONTRACT);
	ck_assert_ptr_nonnull(strstr(err.text, "n_layer"));
	err = (struct ros_error){ 0 };
	ck_assert_int_eq(ros_hparams_set_f64(&hp, ROS_HP_N_LAYER, 2.5, &err), ROS_ECONTRACT);
	err = (struct ros_error){ 0 };
	ck_assert_int_eq(ros_hparams_set_f64(&hp, ROS_HP_ROPE_THETA, 1.0 / 0.0, &err), ROS_ECONTRACT);
	ck_assert(hp.state[ROS_HP_N_LAYER] == ROS_HP_ABSENT && hp.state[ROS_HP_ROPE_THETA] == ROS_HP_ABSENT);
}
END_TEST

/* ---- finding families ---- */

static const struct { const char *class_name, *arch; uint64_t experts; const char *family; } finds[] = {
	{ "LlamaForCausalLM", "llama", 0, "llama" },
	{ "MixtralForCausalLM", "llama", 8, "mixtral" },
	{ "Qwen2ForCausalLM", "qwen2", 0, "qwen2" },
	{ "GPT2LMHeadModel", "gpt2", 0, "gpt2" },
	{ "Gemma2ForCausalLM", "gemma2", 0, "gemma2" },
	{ "Phi3ForCausalLM", "phi3", 0, "phi3" },
};

START_TEST(test_find)
{
	struct ros_hparams hp;
	struct ros_error err = { 0 };
	const struct ros_contract *c = ros_contract_for_class(ros_str_of(finds[_i].class_name));

	ros_hparams_init(&hp);
	if (finds[_i].experts)
		ros_hparams_set_u64(&hp, ROS_HP_N_EXPERT, finds[_i].experts, &err);
	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(c->key, finds[_i].family);
	c = ros_contract_for_gguf(ros_str_of(finds[_i].arch), &hp);
	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(c->key, finds[_i].family);
	c = ros_contract_for_apr(ros_str_of(finds[_i].family), &hp);
	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(c->key, finds[_i].family);
	ck_assert_ptr_null(ros_contract_for_gguf(ROS_STR("no-such-arch"), &hp));
}
END_TEST

START_TEST(test_interchangeable)
{
	const struct ros_contract *llama = ros_contract_for_class(ROS_STR("LlamaForCausalLM"));
	const struct ros_contract *mistral = ros_contract_for_class(ROS_STR("MistralForCausalLM"));
	const struct ros_contract *mixtral = ros_contract_for_class(ROS_STR("MixtralForCausalLM"));

	ck_assert(ros_contract_interchangeable(llama, llama) && ros_contract_interchangeable(llama, mistral));
	ck_assert(!ros_contract_interchangeable(llama, mixtral));
	ck_assert(!ros_contract_interchangeable(llama, ros_contract_for_class(ROS_STR("Qwen2ForCausalLM"))));
}
END_TEST

/* ---- real pairs ---- */

static float load(const struct ros_tensor *t, uint64_t i)
{
	const uint8_t *at = t->data.ptr;

	switch (t->dtype) {
	case ROS_F32:
		return ros_bits_f32(ros_le32(at + 4 * i));
	case ROS_BF16:
		return ros_bits_f32((uint32_t)ros_le16(at + 2 * i) << 16);
	default:
		ck_assert_int_eq(t->dtype, ROS_F16);
		return ros_f16_to_f32(ros_le16(at + 2 * i));
	}
}

/* V as it is after being stored as DTYPE. */
static float stored(float v, enum ros_dtype dtype)
{
	uint32_t bits = ros_f32_bits(v);

	if (dtype == ROS_F16)
		return ros_f16_to_f32(ros_f32_to_f16(v));
	if (dtype == ROS_BF16)
		return ros_bits_f32((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000u);
	return v;
}

static float mapped(const struct ros_placement *p, float v)
{
	return p->value == ROS_VALUE_PLUS_ONE ? v + 1.0f : p->value == ROS_VALUE_NEG_EXP ? -__builtin_expf(v) : v;
}

/* Every element of the GGUF tensor, rebuilt from the Hugging Face one that holds the same atom. */
static void check_values(struct pair *p, const struct ros_tensor *t, const struct ros_layout_tensor *place)
{
	uint32_t k;
	uint64_t i, j;

	for (k = 0; k < place->part_count; k++) {
		const struct ros_placement *to = &place->parts[k], *from;
		const struct ros_layout_tensor *in;
		const struct ros_tensor *src = ros_binding_atom(&p->in_hf, to->key, &in, &from);

		ck_assert_msg(src != NULL, "%s: %s: part %u has no source", p->c->key, t->name.ptr, k);
		for (i = 0; i < to->rows; i++)
			for (j = 0; j < to->cols; j++) {
				float want = stored(mapped(to, load(src, element(from, i, j))), t->dtype), got = load(t, element(to, i, j));

				if (to->value == ROS_VALUE_NEG_EXP ? __builtin_fabsf(want - got) > 1e-6f * __builtin_fabsf(want) :
				    ros_f32_bits(want) != ros_f32_bits(got))
					ck_abort_msg("%s: %.*s: part %u row %ju column %ju: %a wanted, %a found", p->c->key, (int)t->name.len,
						     t->name.ptr, k, (uintmax_t)i, (uintmax_t)j, want, got);
			}
	}
}

static void check_derived(struct pair *p, const struct ros_tensor *t, const struct ros_layout_tensor *place)
{
	struct ros_bytes made;
	struct ros_error err = { 0 };

	ck_assert_msg(ros_layout_derive(&p->of_gguf, place, &p->hp, &p->arena, &made, &err) == ROS_OK, "%s", err.text);
	ck_assert_uint_eq(made.len, t->data.len);
	ck_assert_msg(memcmp(made.ptr, t->data.ptr, made.len) == 0, "%s: derived bytes differ", t->name.ptr);
}

static void check_recognised(struct pair *p, const struct ros_tensor *t)
{
	struct ros_hparams hp;
	double theta, factor, want;
	struct ros_error err = { 0 };

	ros_hparams_init(&hp);
	ck_assert(ros_hparams_f64(&p->hp, ROS_HP_ROPE_THETA, &theta));
	ros_hparams_set_f64(&hp, ROS_HP_ROPE_THETA, theta, &err);
	if (p->hp.v[ROS_HP_N_CTX_ORIG].u < 2048)
		return;         /* no published original context */
	ck_assert(ros_rope_factors_recognise(t->data, &hp));
	ck_assert(ros_hparams_f64(&hp, ROS_HP_ROPE_FACTOR, &factor) && ros_hparams_f64(&p->hp, ROS_HP_ROPE_FACTOR, &want));
	ck_assert(factor == want);
}

static void check_dims(const struct pair *p, const struct ros_tensor *t, const struct ros_layout_tensor *place)
{
	uint8_t i;

	ck_assert_msg(place != NULL, "%s: the layout has no %.*s", p->c->key, (int)t->name.len, t->name.ptr);
	if (place->presence == ROS_DERIVABLE && !place->derived)
		return;
	ck_assert_msg(t->ndim == place->ndim, "%s: %.*s: %u dimensions, %u wanted", p->c->key, (int)t->name.len, t->name.ptr, t->ndim,
		      place->ndim);
	for (i = 0; i < t->ndim; i++)
		ck_assert_msg(t->dim[i] == place->dim[i], "%s: %.*s: dimension %u is %ju, %ju wanted", p->c->key, (int)t->name.len,
			      t->name.ptr, i, (uintmax_t)t->dim[i], (uintmax_t)place->dim[i]);
}

static void check_pair(struct pair *p)
{
	size_t i;

	for (i = 0; i < p->hf.tensor_count; i++)
		check_dims(p, &p->hf.tensors[i], p->in_hf.is[i]);
	for (i = 0; i < p->gguf.tensor_count; i++) {
		const struct ros_tensor *t = &p->gguf.tensors[i];

		check_dims(p, t, p->in_gguf.is[i]);
		if (p->in_gguf.is[i]->derived)
			check_derived(p, t, p->in_gguf.is[i]);
		if (p->in_gguf.is[i]->derivation == ROS_DERIVE_LLAMA3_FACTORS)
			check_recognised(p, t);
		check_values(p, t, p->in_gguf.is[i]);
	}
	for (i = 0; i < p->of_gguf.count; i++)          /* nothing required is missing, tied output where readers want it */
		if (p->of_gguf.tensors[i].presence == ROS_REQUIRED || p->of_gguf.tensors[i].write_tied)
			ck_assert_msg(p->in_gguf.of[i] != NULL, "%s: %s is missing", p->c->key, p->of_gguf.tensors[i].name.ptr);
}

START_TEST(test_pairs)
{
	int checked = pair_each(check_pair);

	ck_assert_msg(checked < 0 || checked >= 32, "only %d pairs", checked);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("layout");
	TCase *t = tcase_create("all");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, test_covered, 0, (int)ros_contract_count);
	tcase_add_loop_test(t, test_hostile, 0, sizeof hostile / sizeof hostile[0]);
	tcase_add_test(t, test_caps);
	tcase_add_loop_test(t, test_find, 0, sizeof finds / sizeof finds[0]);
	tcase_add_test(t, test_interchangeable);
	tcase_add_test(t, test_pairs);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
