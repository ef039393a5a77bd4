/* A Hugging Face folder: weights in model.safetensors, or in shards listed by an index.json, and side
 * files (config.json, tokenizer.json ...) around them. Links are followed only where they stay inside the folder or,
 * in the hub's cache (models--X/snapshots/REVISION), inside that model's part of the cache. */
#ifndef ROS_FORMATS_HF_FOLDER_H
#define ROS_FORMATS_HF_FOLDER_H

#include "formats/format.h"

/* Opens the folder m->path: index, else model.safetensors, else the only *.safetensors (or consolidated.safetensors ...). A folder
 * without SafeTensors but with one GGUF or APR file opens that; a model's folder in the hub's cache (with refs/main) opens
 * that snapshot. M is init'ed; on failure the caller releases it. */
int ros_hf_folder_read(struct ros_model *m, const struct ros_open_options *opt, struct ros_error *err);

/* Maps the side files that lie in folder DIR into m->files. Those that are absent are none; one that cannot be read, or
 * is a link out of the folder, is a warning ("folder.side-file"). */
int ros_hf_folder_side_files(struct ros_model *m, const char *dir, struct ros_error *err);

/* The real path, malloc'ed, of file NAME (relative, already checked by rule) under folder DIR; NULL with *ERR: absent or
 * unreadable is ROS_EIO, a link that leads outside ROS_EFORMAT. */
char *ros_hf_folder_resolve(const char *dir, const char *name, struct ros_error *err);

#endif
