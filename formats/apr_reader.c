#include "formats/apr.h"

#include "formats/bytes.h"
#include "formats/digest.h"
#include "formats/size.h"

#include <inttypes.h>
#include <string.h>

/* Relatives of the magic, to be refused by their own names. */
static const struct { char magic[4]; const char *what; } relatives[] = {
	{ "APRN", "APR version 1 (\"APRN\": MessagePack metadata, bincode payload), a format for small models; only version 2 is read" },
	{ "APR1", "whisper.apr's version 1 (\"APR1\"); only APR version 2 is read" },
	{ "APR2", "the \"APR2\" variant, which no reader of APR version 2 takes" },
};

int ros_apr_bid(struct ros_bytes head, uint64_t file_size)
{
	(void)file_size;
	if (head.len < 4)
		return 0;
	if (!memcmp(head.ptr, "APR", 4))
		return 100;
	for (size_t i = 0; i < sizeof relatives / sizeof *relatives; i++)
		if (!memcmp(head.ptr, relatives[i].magic, 4))
			return 100;
	return 0;
}

static int check_magic(struct ros_bytes file, struct ros_error *err)
{
	for (size_t i = 0; file.len >= 4 && i < sizeof relatives / sizeof *relatives; i++)
		if (!memcmp(file.ptr, relatives[i].magic, 4))
			return ros_fail(err, ROS_EUNSUPPORTED, 0, "%s", relatives[i].what);
	if (file.len >= 4 && memcmp(file.ptr, "APR", 4))
		return ros_fail(err, ROS_EFORMAT, 0, "magic: 'APR' and a NUL wanted");
	if (file.len >= 6 && file.ptr[4] != 2)
		return ros_fail(err, ROS_EUNSUPPORTED, 4, "APR version %u.%u of another generation, 2.x wanted", file.ptr[4], file.ptr[5]);
	if (file.len < ROS_APR_HEADER)
		return ros_fail(err, ROS_EFORMAT, file.len, "header: %d bytes wanted, %zu found: the file is cut short", ROS_APR_HEADER, file.len);
	return 0;
}

static int check_header(struct ros_model *m, const struct ros_apr_header *h, struct ros_bytes file, struct ros_error *err)
{
	uint32_t crc = ros_apr_header_crc(file.ptr);

	if (crc != h->checksum)
		return ros_fail(err, ROS_EFORMAT, 40, "header checksum: %08" PRIx32 " stored, %08" PRIx32 " computed", h->checksum, crc);
	if (h->flags & ROS_APR_ENCRYPTED)
		return ros_fail(err, ROS_EUNSUPPORTED, 6, "the file is encrypted (flag 0x0004): encrypted APR files are not read");
	if (h->flags & ROS_APR_COLUMN_MAJOR)
		return ros_fail(err, ROS_EFORMAT, 6, "the column-major flag (0x0800) is set: APR tensors are row-major (LAYOUT-002)");
	if ((h->flags & ROS_APR_LZ4) && (h->flags & ROS_APR_ZSTD))
		return ros_fail(err, ROS_EFORMAT, 6, "both compression flags (0x0003) are set");
	if (h->minor)
		ros_model_warn(m, "apr.version", (struct ros_str){ NULL, 0 }, "version 2.%u, newer than 2.0", h->minor);
	if (!h->reserved_zero)
		ros_model_warn(m, "apr.reserved", (struct ros_str){ NULL, 0 }, "reserved header bytes are not zero");
	if (!(h->flags & ROS_APR_ROW_MAJOR))
		ros_model_warn(m, "apr.layout-flag", (struct ros_str){ NULL, 0 }, "no layout flag; read as row-major");
	if (h->flags & ROS_APR_SHARDED)
		ros_model_warn(m, "apr.shard", (struct ros_str){ NULL, 0 }, "one shard of several, read alone: no reader joins APR shards");
	return 0;
}

int ros_apr_check_sections(const struct ros_apr_header *h, struct ros_bytes image, struct ros_error *err)
{
	uint64_t meta_end;

	if (!h->metadata_size)
		return ros_fail(err, ROS_EFORMAT, 20, "metadata_size: 0, a JSON object wanted");
	if (h->metadata_offset < ROS_APR_HEADER)
		return ros_fail(err, ROS_EFORMAT, 12, "metadata_offset: %" PRIu64 " lies in the header", h->metadata_offset);
	if (!ros_add_u64(h->metadata_offset, h->metadata_size, &meta_end) || meta_end > image.len)
		return ros_fail(err, ROS_EFORMAT, 12, "metadata: %" PRIu32 " bytes at %" PRIu64 ", the file has %zu: it was cut short",
				h->metadata_size, h->metadata_offset, image.len);
	if (h->metadata_size > ROS_MAX_JSON)
		return ros_fail(err, ROS_ELIMIT, 20, "metadata_size: %" PRIu32 ", the cap is %u", h->metadata_size, ROS_MAX_JSON);
	if (h->index_offset < meta_end)
		return ros_fail(err, ROS_EFORMAT, 24, "tensor_index_offset: %" PRIu64 ", the metadata end at %" PRIu64, h->index_offset, meta_end);
	if (h->data_offset < h->index_offset)
		return ros_fail(err, ROS_EFORMAT, 32, "data_offset: %" PRIu64 " lies before the index at %" PRIu64, h->data_offset, h->index_offset);
	if (h->data_offset > image.len)
		return ros_fail(err, ROS_EFORMAT, 32, "data_offset: %" PRIu64 ", the file has %zu bytes: it was cut short", h->data_offset, image.len);
	if (h->data_offset % ROS_APR_ALIGN)
		return ros_fail(err, ROS_EFORMAT, 32, "data_offset: %" PRIu64 " is not on a 64-byte boundary", h->data_offset);
	return 0;
}

/* Where the last tensor's padding ends. */
static uint64_t data_end(const struct ros_model *m)
{
	uint64_t end = ros_apr_header_get(m->parts[0].map.bytes.ptr).data_offset;

	for (size_t i = 0; i < m->tensor_count; i++) {
		uint64_t tensor_end;

		if (ros_align_u64(m->tensors[i].offset + m->tensors[i].data.len, ROS_APR_ALIGN, &tensor_end) && tensor_end > end)
			end = tensor_end;
	}
	return end;
}

bool ros_apr_footer(const struct ros_model *m, struct ros_bytes *body, uint32_t *stored)
{
	struct ros_bytes image;

	if (m->format != ROS_FORMAT_APR || !m->part_count || m->parts[0].map.bytes.len < ROS_APR_HEADER)
		return false;
	image = m->parts[0].map.bytes;
	if (image.len != data_end(m) + 4)
		return false;
	*body = (struct ros_bytes){ image.ptr, image.len - 4 };
	*stored = ros_le32(image.ptr + body->len);
	return true;
}

bool ros_apr_footer_fits(struct ros_model *m, struct ros_bytes body, uint32_t stored, uint32_t computed)
{
	uint8_t plain[ROS_APR_HEADER];
	uint16_t flags = ros_le16(body.ptr + 6);
	uint32_t change;

	if (computed == stored)
		return true;
	memcpy(plain, body.ptr, sizeof plain);
	ros_put_le16(plain + 6, flags & (uint16_t)~(ROS_APR_LZ4 | ROS_APR_ZSTD));
	ros_put_le32(plain + 40, ros_apr_header_crc(plain));
	change = ros_crc32(0, plain, sizeof plain) ^ ros_crc32(0, body.ptr, sizeof plain);
	if ((computed ^ ros_crc32_shift(change, body.len - sizeof plain)) != stored)
		return false;
	ros_model_warn(m, "apr.footer-plain", (struct ros_str){ NULL, 0 }, "the footer checksum is that of the file before its compression flag was set");
	return true;
}

/* What follows the last tensor: the footer, or nothing; never anything else. MAY_END: the file may end before. */
static int check_end(struct ros_model *m, uint64_t end, bool may_end, struct ros_error *err)
{
	uint64_t len = m->parts[0].map.bytes.len;

	if (len == end + 4)
		return 0;       /* whether it fits the bytes before it is for those to say who read them: ros_apr_footer */
	if (len == end) {
		ros_model_warn(m, "apr.no-footer", (struct ros_str){ NULL, 0 }, "no footer checksum: damage to the data would go unseen");
		return 0;
	}
	if (len < end + 4)
		return may_end && len < end ? 0 :
			ros_fail(err, ROS_EFORMAT, len, "the file should end at %" PRIu64 " (or %" PRIu64 " with its footer) and has %" PRIu64 " bytes: it was cut short",
				 end, end + 4, len);
	return ros_fail(err, ROS_EFORMAT, end + 4, "%" PRIu64 " bytes after the footer", len - end - 4);
}

/* Padding is seen by nobody, so odd padding is only worth a word. */
static void check_padding(struct ros_model *m, struct ros_bytes image, uint64_t from, uint64_t to, const char *where)
{
	for (uint64_t i = from; i < to && i < image.len; i++)
		if (image.ptr[i]) {
			ros_model_warn(m, "apr.padding", (struct ros_str){ NULL, 0 }, "padding after the %s is not zero (offset %" PRIu64 ")", where, i);
			return;
		}
}

void ros_apr_check_paddings(struct ros_model *m)
{
	struct ros_bytes image = m->parts[0].map.bytes;
	struct ros_apr_header h = ros_apr_header_get(image.ptr);
	size_t before = m->warning_count;

	check_padding(m, image, h.metadata_offset + h.metadata_size, h.index_offset, "metadata");
	for (size_t i = 0; i < m->tensor_count && m->warning_count == before; i++) {
		uint64_t end = m->tensors[i].offset + m->tensors[i].data.len, padded;

		if (ros_align_u64(end, ROS_APR_ALIGN, &padded))
			check_padding(m, image, end, padded, "data of a tensor");
	}
}

/* HEAD_ONLY becomes false where there is nothing to inflate. */
static int inflate(struct ros_model *m, const struct ros_apr_header *h, bool *head_only, struct ros_error *err)
{
	if (!(h->flags & (ROS_APR_LZ4 | ROS_APR_ZSTD))) {
		*head_only = false;
		return 0;
	}
	if (ros_apr_body_is_plain(m->parts[0].map.bytes)) {
		*head_only = false;
		ros_model_warn(m, "apr.not-compressed", (struct ros_str){ NULL, 0 }, "a compression flag on a body that is not compressed");
		return 0;
	}
	return ros_apr_inflate(&m->parts[0].map, h, m->parts[0].path.ptr, *head_only, err);
}

int ros_apr_read(struct ros_model *m, const struct ros_open_options *opt, struct ros_error *err)
{
	struct ros_bytes image = m->parts[0].map.bytes;
	bool header_only = opt && opt->header_only, head_only = header_only || (opt && opt->payload_unread);
	struct ros_apr_header h;
	struct ros_str text;
	uint64_t end;

	if (check_magic(image, err))
		return err->code;
	h = ros_apr_header_get(image.ptr);
	m->file_bytes = image.len;
	if (check_header(m, &h, image, err) || inflate(m, &h, &head_only, err))
		return err->code;
	image = m->parts[0].map.bytes;
	if (ros_apr_check_sections(&h, image, err))
		return err->code;
	text = (struct ros_str){ (const char *)image.ptr + h.metadata_offset, h.metadata_size };
	if (ros_apr_check_metadata(m, text, h.metadata_offset, err) ||
	    ros_apr_read_index(m, &h, image, header_only || head_only, &end, err) || (!head_only && check_end(m, end, header_only, err)))
		return err->code;
	m->format_version = h.major;
	m->alignment = ROS_APR_ALIGN;
	m->header_bytes = h.data_offset;
	return ros_meta_add(&m->meta, ROS_STR(ROS_APR_META_KEY), ros_meta_str(text), err);
}
