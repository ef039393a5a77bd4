#include "config.h"

#include "formats/hf_folder.h"

#include "formats/foreign.h"
#include "formats/shards.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a conversion or a run needs beside the weights. */
static const char *const side_files[] = {
	"config.json", "generation_config.json",
	"tokenizer.json", "tokenizer.model", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
	"chat_template.jinja", "chat_template.json",
	"vocab.json", "merges.txt", "vocab.txt", "spiece.model", "sentencepiece.bpe.model", "tekken.json",
	"preprocessor_config.json",
	"rosetta.json", "rosetta.gguf.json", "rosetta.apr.json",
};
#define SIDE_FILES (sizeof side_files / sizeof *side_files)

/* Shortens REAL, a folder's real path, to the folder that links may lead into: itself, or inside the hub's
 * cache the model's part of it ("/x/models--a--b/snapshots/REV" -> "/x/models--a--b"). */
static void widen_to_cache(char *real)
{
	char *p = real;

	while ((p = strstr(p, "/models--"))) {
		char *next = strchr(p + 1, '/');

		if (next && !strncmp(next, "/snapshots/", 11)) {
			*next = 0;
			return;
		}
		p++;
	}
}

static bool is_inside(const char *path, const char *root)
{
	size_t len = strlen(root);

	return !strncmp(path, root, len) && (path[len] == '/' || (len && root[len - 1] == '/'));
}

char *ros_hf_folder_resolve(const char *dir, const char *name, struct ros_error *err)
{
	char joined[PATH_MAX], *root, *real;

	if (snprintf(joined, sizeof joined, "%s/%s", dir, name) >= (int)sizeof joined) {
		ros_fail(err, ROS_ELIMIT, ROS_NO_OFFSET, "a path longer than %d bytes", PATH_MAX);
		return NULL;
	}
	root = realpath(dir, NULL);
	real = root ? realpath(joined, NULL) : NULL;
	if (!real) {
		ros_fail_errno(err, errno, "cannot open '%.120s'", name);
	} else {
		widen_to_cache(root);
		if (!is_inside(real, root)) {
			ros_fail(err, ROS_EFORMAT, ROS_NO_OFFSET, "'%.120s' leads out of the model's folder by a link", name);
			free(real);
			real = NULL;
		}
	}
	free(root);
	return real;
}

static bool ends_with(const char *name, const char *suffix)
{
	size_t n = strlen(name), s = strlen(suffix);

	return n > s && !strcmp(name + n - s, suffix);
}

/* An error page or a Git LFS pointer in a side file's place would be carried along as if it were one. */
static int check_side_file(struct ros_model *m, const char *name, struct ros_bytes file, struct ros_error *err)
{
	struct ros_bytes head = { file.ptr, file.len < ROS_FOREIGN_BYTES ? file.len : ROS_FOREIGN_BYTES };
	const char *is = ros_foreign_instead(ends_with(name, ".json"), head, file.len);
	char path[PATH_MAX];

	if (!is)
		return 0;
	snprintf(path, sizeof path, "%s/%s", m->folder.ptr ? m->folder.ptr : "", name);
	ros_fail(err, ROS_EFORMAT, 0, "the file is %s", is);
	return ros_error_in_file(err, path);
}

/* Maps side file NAME into the next of M's file maps. */
static void add_side_file(struct ros_model *m, const char *dir, const char *name, struct ros_error *err)
{
	struct ros_mapping *map = &m->file_maps[m->file_map_count];
	struct ros_error quiet = { 0 };
	char *real = ros_hf_folder_resolve(dir, name, &quiet);

	if (real && !ros_mapping_open(map, real, &quiet)) {
		m->file_map_count++;
		if (map->bytes.len > ROS_MAX_SIDE_FILE)
			ros_fail(&quiet, ROS_ELIMIT, ROS_NO_OFFSET, "%zu bytes, the cap is %u", map->bytes.len, ROS_MAX_SIDE_FILE);
		else if (!check_side_file(m, name, map->bytes, err))
			ros_model_add_file(m, ros_str_of(name), map->bytes, err);
	}
	if (quiet.code)
		ros_model_warn(m, "folder.side-file", ros_str_of(name), "left out: %s", quiet.text);
	free(real);
}

int ros_hf_folder_side_files(struct ros_model *m, const char *dir, struct ros_error *err)
{
	struct ros_mapping *maps = ros_arena_alloc(&m->arena, m->file_map_count + SIDE_FILES, sizeof *maps, err);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t len = strlen(dir);
	struct stat st;

	if (maps && m->file_map_count)
		memcpy(maps, m->file_maps, m->file_map_count * sizeof *maps);
	if (maps)
		m->file_maps = maps;
	m->folder = ros_arena_printf(&m->arena, err, "%.*s", (int)(len > 1 && dir[len - 1] == '/' ? len - 1 : len), dir);
	for (size_t i = 0; maps && fd >= 0 && i < SIDE_FILES && !err->code; i++)
		if (!fstatat(fd, side_files[i], &st, AT_SYMLINK_NOFOLLOW))
			add_side_file(m, dir, side_files[i], err);
	if (fd >= 0)
		close(fd);
	return err->code;
}

/* What a folder holds that could be the model. */
struct candidates {
	char weights[NAME_MAX + 1], index[NAME_MAX + 1], numbered[NAME_MAX + 1], other[NAME_MAX + 1];
	size_t weight_count, index_count, other_count;
	bool standard, standard_index, pickle;
};

static void note(char *to, const char *name)
{
	memcpy(to, name, strlen(name) + 1);
}

static void consider(struct candidates *c, const char *name)
{
	struct ros_shard_number n;

	if (ends_with(name, ".safetensors.index.json")) {
		c->index_count++;
		c->standard_index |= !strcmp(name, "model.safetensors.index.json");
		note(c->index, name);
	} else if (ends_with(name, ".safetensors")) {
		c->weight_count++;
		c->standard |= !strcmp(name, "model.safetensors");
		if (ros_shards_number(ros_str_of(name), &n) && n.number == 1)
			note(c->numbered, name);
		note(c->weights, name);
	} else if (ends_with(name, ".gguf") || ends_with(name, ".apr")) {
		if (ros_shards_number(ros_str_of(name), &n) && n.number != 1)
			return;
		c->other_count++;
		note(c->other, name);
	} else if (ends_with(name, ".bin") || ends_with(name, ".pt") || ends_with(name, ".pth")) {
		c->pickle = true;
	}
}

static int look_around(struct candidates *c, const char *dir, struct ros_error *err)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	if (!d)
		return ros_fail_errno(err, errno, "cannot open the folder");
	while ((e = readdir(d)))
		consider(c, e->d_name);
	closedir(d);
	return 0;
}

/* The file to open, NULL with *ERR set where there is none or no way to choose. */
static const char *choose(const struct candidates *c, struct ros_error *err)
{
	if (c->standard)
		return "model.safetensors";
	if (c->standard_index)
		return "model.safetensors.index.json";
	if (c->index_count == 1)
		return c->index;
	if (c->weight_count == 1)
		return c->weights;
	if (c->index_count || c->weight_count) {
		if (*c->numbered && !c->index_count)
			return c->numbered;
		ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "the folder holds %zu .safetensors files and %zu indexes; name the one to open",
			 c->weight_count, c->index_count);
	} else if (c->other_count == 1) {
		return c->other;
	} else if (c->other_count) {
		ros_fail(err, ROS_EUSAGE, ROS_NO_OFFSET, "the folder holds %zu .gguf and .apr models; name the one to open", c->other_count);
	} else {
		ros_fail(err, ROS_EFORMAT, ROS_NO_OFFSET, "the folder holds no .safetensors, .gguf or .apr file%s",
			 c->pickle ? ", only pickles (.bin, .pt), which run code when loaded: save them as SafeTensors first" : "");
	}
	return NULL;
}

/* A model's folder in the hub's cache ("models--a--b") holds refs/main, the name of a snapshot: that snapshot's folder
 * in the arena; DIR itself where it is not such a folder. */
static const char *snapshot_of(const char *dir, struct ros_arena *arena, struct ros_error *err)
{
	char path[PATH_MAX], commit[65] = "";
	FILE *f;

	if (snprintf(path, sizeof path, "%s/refs/main", dir) >= (int)sizeof path || !(f = fopen(path, "re")))
		return dir;
	if (fread(commit, 1, sizeof commit - 1, f) < 7)
		commit[0] = 0;
	fclose(f);
	commit[strspn(commit, "0123456789abcdef")] = 0;
	return *commit ? ros_arena_printf(arena, err, "%s/snapshots/%s", dir, commit).ptr : dir;
}

int ros_hf_folder_read(struct ros_model *m, const struct ros_open_options *opt, struct ros_error *err)
{
	struct candidates c = { .weight_count = 0 };
	struct ros_str folder = m->path;
	const char *name, *dir = snapshot_of(folder.ptr, &m->arena, err);
	char *real;

	if (err->code || look_around(&c, dir, err))
		return err->code;
	name = choose(&c, err);
	real = name ? ros_hf_folder_resolve(dir, name, err) : NULL;   /* a link out of the folder is refused here */
	free(real);
	if (err->code)
		return err->code;
	m->path = ros_arena_printf(&m->arena, err, "%s%s%s", dir, dir[strlen(dir) - 1] == '/' ? "" : "/", name);
	if (!err->code)
		ros_model_read_file(m, opt, err);
	m->path = folder;
	if (!err->code && c.standard && c.index_count)
		ros_model_warn(m, "safetensors.index-stale", ros_str_of(c.index), "passed over: model.safetensors stands beside it");
	return err->code;
}
