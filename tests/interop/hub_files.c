/* Writes the side files that a model's metadata becomes in a Hugging Face folder: hub_files MODEL FOLDER. */
#include "contracts/hub.h"
#include "formats/format.h"

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

static int write_file(const char *folder, const struct ros_side_file *file)
{
	char path[PATH_MAX];
	FILE *f;
	size_t done;

	if (snprintf(path, sizeof path, "%s/%.*s", folder, (int)file->name.len, file->name.ptr) >= (int)sizeof path)
		return 1;
	f = fopen(path, "wb");
	if (!f)
		return 1;
	done = fwrite(file->data.ptr, 1, file->data.len, f);
	return fclose(f) || done != file->data.len;
}

int main(int argc, char **argv)
{
	struct ros_error err = { 0 };
	struct ros_model m;
	struct ros_arena arena;
	struct ros_hub hub;
	int status = 0;

	if (argc != 3)
		return 2;
	ros_arena_init(&arena, 0);
	if (ros_model_open(&m, argv[1], NULL, &err) || ros_hub_read(&hub, &m, NULL, &arena, &err)) {
		fprintf(stderr, "%s: %s\n", argv[1], err.text);
		return 2;
	}
	mkdir(argv[2], 0777);
	for (size_t i = 0; i < hub.file_count && !status; i++)
		status = write_file(argv[2], &hub.files[i]);
	ros_model_release(&m);
	ros_arena_release(&arena);
	return status;
}
