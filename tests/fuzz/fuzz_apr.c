/* APR: whatever is accepted lies inside the image, and is accepted again once written back. The checksums
 * are put right first, or no input would get past them; the footer inside a compressed body is left unread. */
#include "formats/apr.h"
#include "formats/digest.h"
#include "rosetta/checksum.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/blob.h"

#include <stdlib.h>
#include <string.h>

static void check_places(const struct ros_model *m)
{
	struct ros_bytes file = m->parts[0].map.bytes;

	for (size_t i = 0; i < m->tensor_count; i++) {
		const struct ros_tensor *t = &m->tensors[i];

		if (t->data.ptr != file.ptr + t->offset || t->offset > file.len || t->data.len > file.len - t->offset)
			abort();
		if (ros_model_find(m, t->name) != t)
			abort();
	}
}

static void write_back(const struct ros_model *m)
{
	struct ros_error err = { 0 };
	struct ros_arena arena;
	struct ros_output out = { .arena = &arena };
	struct blob o = { 0 };
	struct ros_model again;

	ros_arena_init(&arena, 0);
	ros_apr_lay_out(m, NULL, &out, &err);
	if (!err.code && out.files[0].size < (1u << 24)) {
		assemble(m, &out.files[0], &o);
		blob_u32(&o, ros_crc32(0, o.b, o.len));
		if (open_bytes(&again, ROS_FORMAT_APR, o.b, o.len, ros_apr_read, NULL, &err) || again.tensor_count != m->tensor_count)
			abort();
		ros_model_release(&again);
		blob_free(&o);
	} else if (err.code && err.code != ROS_EUNSUPPORTED) {   /* a ggml type under a number of its own */
		abort();
	}
	ros_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ros_open_options opt = { .payload_unread = size % 4 == 3 };
	struct ros_error err = { 0 };
	struct blob o = { 0 };
	struct ros_model m;

	blob_put(&o, data, size);
	if (size >= ROS_APR_HEADER)
		ros_put_le32(o.b + 40, ros_apr_header_crc(o.b));
	if (size >= ROS_APR_HEADER + 4 && !(o.b[6] & (ROS_APR_LZ4 | ROS_APR_ZSTD)))
		ros_put_le32(o.b + size - 4, ros_crc32(0, o.b, size - 4));
	if (!open_bytes(&m, ROS_FORMAT_APR, o.b, size, ros_apr_read, &opt, &err) && !opt.payload_unread) {
		check_places(&m);
		ros_checksum_check(&m, NULL, &err);
		write_back(&m);
	}
	ros_model_release(&m);
	blob_free(&o);
	return 0;
}
