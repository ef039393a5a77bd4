/* The small files of a Hugging Face folder, for tests that need them without its weights. */
#ifndef ROS_TESTS_HF_FILES_H
#define ROS_TESTS_HF_FILES_H

#include "formats/model.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HF_FILES 10

struct hf_files {
	struct ros_side_file file[HF_FILES];
	struct ros_mapping map[HF_FILES];
	size_t count;
};

static inline void hf_files_open(struct hf_files *h, const char *folder)
{
	static const char *const names[HF_FILES] = { "added_tokens.json", "chat_template.jinja", "config.json", "generation_config.json",
		"merges.txt", "special_tokens_map.json", "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "vocab.json" };
	struct ros_error err = { 0 };
	char path[4096];

	memset(h, 0, sizeof *h);
	for (size_t i = 0; i < HF_FILES; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		if (access(path, R_OK) || ros_mapping_open(&h->map[h->count], path, &err))
			continue;
		h->file[h->count].name = ros_str_of(names[i]);
		h->file[h->count].data = h->map[h->count].bytes;
		h->count++;
	}
}

static inline void hf_files_close(struct hf_files *h)
{
	for (size_t i = 0; i < h->count; i++)
		ros_mapping_release(&h->map[i]);
}

#endif
