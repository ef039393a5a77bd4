#include "tests/unit/pair.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/json.h"

static void set_number(struct ros_hparams *hp, const struct ros_key_rule *rule, const struct ros_json *v, struct ros_error *err)
{
	enum ros_rope_scaling scaling;
	double f;

	if (rule->hp == ROS_HP_ROPE_SCALING && ros_rope_scaling_by_name(ros_json_str(v), &scaling))
		ros_hparams_set_u64(hp, rule->hp, scaling, err);
	else if (v->type == ROS_JSON_BOOL)
		ros_hparams_set_u64(hp, rule->hp, v->boolean, err);
	else if (ros_json_f64(v, &f))
		ros_hparams_set_f64(hp, rule->hp, f, err);
}

static void read_list(const struct ros_json *v, struct ros_arena *arena, const double **out, size_t *count)
{
	struct ros_error err = { 0 };
	double *list = ros_arena_alloc(arena, v->count, sizeof *list, &err);
	size_t i;

	for (i = 0; i < v->count; i++)
		ros_json_f64(ros_json_at(v, i), &list[i]);
	*out = list;
	*count = v->count;
}

static const struct ros_json *read_key(const struct ros_json *config, const struct ros_key_rule *rule)
{
	const struct ros_json *v = ros_json_path(config, rule->key);
	const char *const *alias;

	for (alias = rule->aliases; (!v || v->type == ROS_JSON_NULL) && alias && *alias; alias++)
		v = ros_json_path(config, *alias);
	return v && v->type != ROS_JSON_NULL ? v : NULL;
}

static void read_config(struct pair *p, const struct ros_json *config)
{
	struct ros_error err = { 0 };
	uint16_t i;

	ros_hparams_init(&p->hp);
	for (i = 0; i < p->c->config.count; i++) {
		const struct ros_key_rule *rule = &p->c->config.rules[i];
		const struct ros_json *v = read_key(config, rule);

		if (v && rule->source == ROS_KEY_LONG_FACTORS)
			read_list(v, &p->arena, &p->hp.rope_long, &p->hp.rope_long_count);
		else if (v && rule->source == ROS_KEY_SHORT_FACTORS)
			read_list(v, &p->arena, &p->hp.rope_short, &p->hp.rope_short_count);
		else if (v && rule->source == ROS_KEY_NUMBER && rule->hp != ROS_HP_COUNT)
			set_number(&p->hp, rule, v, &err);
	}
	ck_assert_msg(ros_contract_complete(p->c, &p->hp, &err) == ROS_OK, "%s", err.text);
	ck_assert_msg(err.code == ROS_OK, "%s", err.text);
}

bool pair_open(struct pair *p, const char *folder)
{
	char path[8300];
	struct ros_error err = { 0 };
	const struct ros_side_file *file;
	const struct ros_json *config, *class_name;

	memset(p, 0, sizeof *p);
	ros_arena_init(&p->arena, 0);
	snprintf(path, sizeof path, "%s/hf", folder);
	ck_assert_msg(ros_model_open(&p->hf, path, NULL, &err) == ROS_OK, "%s: %s", path, err.text);
	file = ros_model_file(&p->hf, ROS_STR("config.json"));
	ck_assert_ptr_nonnull(file);
	config = ros_json_parse((struct ros_str){ (const char *)file->data.ptr, file->data.len }, &p->arena, &err);
	class_name = ros_json_at(ros_json_get(config, "architectures"), 0);
	p->c = ros_contract_for_class(ros_json_str(class_name));
	if (!p->c)
		return false;
	snprintf(path, sizeof path, "%s/model.gguf", folder);
	ck_assert_msg(ros_model_open(&p->gguf, path, NULL, &err) == ROS_OK, "%s: %s", path, err.text);
	read_config(p, config);
	ck_assert_msg(ros_layout_build(&p->of_hf, p->c, &p->hp, ROS_FORMAT_SAFETENSORS, -1, &p->arena, &err) == ROS_OK &&
		      ros_layout_build(&p->of_gguf, p->c, &p->hp, ROS_FORMAT_GGUF, -1, &p->arena, &err) == ROS_OK &&
		      ros_binding_make(&p->in_hf, &p->of_hf, &p->hf, &p->arena, &err) == ROS_OK &&
		      ros_binding_make(&p->in_gguf, &p->of_gguf, &p->gguf, &p->arena, &err) == ROS_OK, "%s: %s", folder, err.text);
	return true;
}

void pair_close(struct pair *p)
{
	ros_model_release(&p->hf);
	ros_model_release(&p->gguf);
	ros_arena_release(&p->arena);
}

int pair_each(void (*visit)(struct pair *p))
{
	const char *data = getenv("ROSETTA_TEST_DATA");
	char path[4096], folder[8192], probe[8300];
	DIR *dir;
	struct dirent *entry;
	struct pair p;
	int checked = 0;

	snprintf(path, sizeof path, "%s/families", data ? data : "");
	dir = data ? opendir(path) : NULL;
	if (!dir) {
		puts("skipped: families: no $ROSETTA_TEST_DATA");
		return -1;
	}
	while ((entry = readdir(dir))) {
		FILE *f;

		snprintf(folder, sizeof folder, "%s/%s", path, entry->d_name);
		snprintf(probe, sizeof probe, "%s/hf/config.json", folder);
		f = fopen(probe, "r");
		if (!f)
			continue;
		fclose(f);
		if (pair_open(&p, folder)) {
			visit(&p);
			checked++;
		}
		pair_close(&p);
	}
	closedir(dir);
	return checked;
}
