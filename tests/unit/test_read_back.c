/* What was written is read before it gets its name: a file that says anything but what was laid out has none. */
#include "config.h"

#include "rosetta/read_back.h"
#include "tests/unit/scratch.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define ROWS(t) (sizeof t / sizeof *t)

static struct ros_tensor tensors[] = {
	{ .name = { "first", 5 }, .dtype = ROS_F32, .ndim = 2, .dim = { 3, 5 }, .part = ROS_NO_PART },
	{ .name = { "other", 5 }, .dtype = ROS_F16, .ndim = 1, .dim = { 7 }, .part = ROS_NO_PART },
};

static const struct {
	const char *name;
	enum ros_format_id format;
	const char *at, *instead;       /* bytes in the header, and what is put over them; NULL: the file as it should be */
	const char *says;               /* NULL: it passes */
} rows[] = {
	{ "safetensors", ROS_FORMAT_SAFETENSORS, NULL, NULL, NULL },
	{ "gguf", ROS_FORMAT_GGUF, NULL, NULL, NULL },
	{ "apr", ROS_FORMAT_APR, NULL, NULL, NULL },
	{ "another type", ROS_FORMAT_SAFETENSORS, "F32", "I32", "'first' is I32, not F32" },
	{ "another shape", ROS_FORMAT_SAFETENSORS, "[3,5]", "[5,3]", "'first' has other dimensions" },
	{ "another name", ROS_FORMAT_SAFETENSORS, "other", "othen", "'other' is not there" },
	{ "no header", ROS_FORMAT_SAFETENSORS, "{", "[", "an object wanted" },
	{ "another format", ROS_FORMAT_GGUF, "GGUF", "ggjt", "neither" },
	{ "a name twice", ROS_FORMAT_GGUF, "other", "first", "twice" },
	{ "checksum", ROS_FORMAT_APR, "APR", "APN", "" },
};

static void write_file(const struct ros_output_file *file, struct ros_writer *w)
{
	ros_writer_put(w, file->header.ptr, file->header.len);
	ros_writer_zeros(w, file->size - file->header.len);
	if (file->footer_crc)
		ros_writer_zeros(w, 4);
}

static void spoil(struct ros_bytes header, const char *at, const char *instead, struct ros_writer *w)
{
	const uint8_t *found = memmem(header.ptr, header.len, at, strlen(at));

	ck_assert_ptr_nonnull(found);
	ros_writer_patch(w, (uint64_t)(found - header.ptr), instead, strlen(instead));
}

START_TEST(what_was_written_is_read)
{
	struct scratch s = scratch_new();
	char *path = scratch_path(&s, "x");
	struct ros_error err = { 0 };
	struct ros_writer w;
	struct ros_model m;
	struct ros_output out = { 0 };

	ros_model_init(&m, rows[_i].format);
	m.path = ros_str_of(path);
	m.tensors = tensors;
	m.tensor_count = ROWS(tensors);
	out.arena = &m.arena;
	ck_assert_msg(!ros_formats[m.format].lay_out(&m, NULL, &out, &err), "%s", err.text);
	ros_writer_open(&w, path, 0, false, &err);
	write_file(&out.files[0], &w);
	if (rows[_i].at)
		spoil(out.files[0].header, rows[_i].at, rows[_i].instead, &w);
	ros_read_back(&m, &out, &w, &err);
	ck_assert_msg(!err.code == !rows[_i].says, "%s: '%s'", rows[_i].name, err.text);
	if (rows[_i].says)
		ck_assert_msg(strstr(err.text, rows[_i].says) && !strcmp(err.file, path), "%s: '%s' in '%s'", rows[_i].name, err.text, err.file);
	ros_writer_release(&w);
	ros_model_release(&m);
	free(path);
	scratch_remove(&s);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("read back");
	TCase *tc = tcase_create("read back");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_loop_test(tc, what_was_written_is_read, 0, ROWS(rows));
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
