/* APR version 2: little endian, sections on 64-byte boundaries.
 *
 *     OFFSET  SIZE  DESCRIPTION
 *     0       4     "APR\0"
 *     4       2     version: major 2, minor 0
 *     6       2     flags, ROS_APR_* below
 *     8       4     tensor_count
 *     12      8     metadata_offset          64 in every file that is written
 *     20      4     metadata_size            of the JSON text, without padding
 *     24      8     tensor_index_offset
 *     32      8     data_offset
 *     40      4     CRC-32 of bytes 0..39 followed by 44..63 (these four are skipped, not zeroed)
 *     44      20    reserved, zero
 *     64      -     metadata: one JSON object; zeros to 64
 *     -       -     index, sorted by name (bytes, strictly increasing); zeros to 64. An entry:
 *                     u16 name_len, name (UTF-8, at most 256 bytes), u8 dtype, u8 ndim (at most 8),
 *                     ndim x u64 dimensions OUTERMOST first, u64 offset from data_offset, u64 size
 *     -       -     data: every tensor on a 64-byte boundary, zeros after it up to the next, after the last too
 *     -       4     footer: CRC-32 of every byte before
 *
 * The LZ4 and ZSTD flags: bytes 64 to the end are one compressed stream (LZ4: u32 size, then one raw
 * block; zstd: one frame); header and inflated bytes together are the file that the offsets speak of.
 * Element types have been renumbered once, and another program uses ggml's numbers: the size that an entry states tells
 * which was meant (apr_dtype.c). Strictness is ours, beyond the reference reader's: the header's checksum, extents,
 * overlaps, sizes against shapes and names are all checked at open, the footer's by whoever reads the payload. */
#ifndef ROS_FORMATS_APR_H
#define ROS_FORMATS_APR_H

#include "formats/format.h"
#include "formats/json.h"

#define ROS_APR_HEADER 64
#define ROS_APR_ALIGN 64
#define ROS_APR_MAX_NAME 256

#define ROS_APR_LZ4 0x0001
#define ROS_APR_ZSTD 0x0002
#define ROS_APR_ENCRYPTED 0x0004
#define ROS_APR_SHARDED 0x0010
#define ROS_APR_QUANTIZED 0x0020
#define ROS_APR_HAS_VOCAB 0x0200
#define ROS_APR_ROW_MAJOR 0x0400
#define ROS_APR_COLUMN_MAJOR 0x0800

/* The key of M.meta under which the metadata stands: the JSON text as it is in the file, one string. */
#define ROS_APR_META_KEY "apr.json"

/* The three functions of the registry's row: see struct ros_format. ros_apr_read adds ROS_APR_META_KEY to M->meta.
 * No payload is read at open, unless the file is compressed: then it is inflated into a temporary file, all of it but with
 * payload_unread or header_only. ros_apr_lay_out embeds the text of ROS_APR_META_KEY (a minimal object where it is absent) and never
 * compresses: ros_apr_compress_file does, afterwards. */
int ros_apr_bid(struct ros_bytes head, uint64_t file_size);
int ros_apr_read(struct ros_model *m, const struct ros_open_options *opt, struct ros_error *err);
int ros_apr_lay_out(const struct ros_model *m, const struct ros_write_options *opt, struct ros_output *out,
		    struct ros_error *err);

/* What opening leaves unread. ros_apr_footer: true where M has a footer; *BODY is then a view of what it covers, of the inflated image
 * if the file was compressed, and *STORED its CRC-32 as the file states it. ros_apr_footer_fits: COMPUTED, the CRC-32 of that body, is
 * STORED; or what was stored is that of the file before a compression flag was set in its header, which becomes M's warning: nobody has
 * specified what compressing does to a footer, and who compresses a finished file leaves it. ros_apr_check_paddings: what is not zero
 * between sections and tensors becomes M's warning; touches each tensor's end. */
bool ros_apr_footer(const struct ros_model *m, struct ros_bytes *body, uint32_t *stored);
bool ros_apr_footer_fits(struct ros_model *m, struct ros_bytes body, uint32_t stored, uint32_t computed);
void ros_apr_check_paddings(struct ros_model *m);

/* Rewrites the plain APR at SRC as a compressed one at DST (KIND: ROS_COMPRESS_LZ4 or _ZSTD of formats/writer.h; LEVEL 0: the library's
 * default; FORCE: DST may be replaced). Both stream through bounded memory. Before DST gets its name it is inflated again: ROS_EFORMAT
 * where that does not give what was compressed, ROS_ELIMIT where readers would refuse it because zeros shrank too well. LZ4 is one raw block by definition of the
 * format: a body above LZ4's 2,113,929,216 bytes is ROS_ELIMIT. */
int ros_apr_compress_file(const char *src, const char *dst, int kind, int level, bool force, struct ros_error *err);

/* ---- between the APR files of this room ---- */

struct ros_apr_header {
	uint8_t major, minor;
	uint16_t flags;
	uint32_t tensor_count;
	uint64_t metadata_offset;
	uint32_t metadata_size;
	uint64_t index_offset, data_offset;
	uint32_t checksum;
	bool reserved_zero;
};

/* Decodes 64 bytes; checks nothing. */
struct ros_apr_header ros_apr_header_get(const uint8_t *bytes);
/* Encodes H, checksum included, into BYTES[64]. */
void ros_apr_header_put(const struct ros_apr_header *h, uint8_t *bytes);
/* The checksum of 64 header bytes. */
uint32_t ros_apr_header_crc(const uint8_t *bytes);

/* Reads H's index out of IMAGE into M's tensors; *END is where the last tensor's padding ends in the image. With
 * header_only a tensor may lie outside the image; its data.ptr is NULL then. */
int ros_apr_read_index(struct ros_model *m, const struct ros_apr_header *h, struct ros_bytes image, bool header_only,
		       uint64_t *end, struct ros_error *err);

/* The type that an index entry of T's shape means by ID, given that SIZE bytes are its payload. ROS_DTYPE_COUNT
 * with ERR filled where none fits; a reading that is not the present generation's becomes a warning of M. */
enum ros_dtype ros_apr_dtype(struct ros_model *m, const struct ros_tensor *t, uint8_t id, uint64_t size, uint64_t at,
			     struct ros_error *err);

/* Checks the metadata TEXT, found at offset AT: strict JSON, an object, typed keys of their types, one
 * value for each field whatever its spelling. Oddities become M's warnings. M may be NULL (a writer's check). */
int ros_apr_check_metadata(struct ros_model *m, struct ros_str text, uint64_t at, struct ros_error *err);

/* True where TEXT embeds a vocabulary. */
bool ros_apr_has_vocabulary(struct ros_str text);

/* True where FILE, flagged as compressed, holds a plain body after all. */
bool ros_apr_body_is_plain(struct ros_bytes file);
/* Inflates MAP, the file at PATH with the header H (header and one stream), into a temporary file, which takes MAP's place.
 * First what stands before the data; its index says then how large the image may become: ROS_ELIMIT where that is out of proportion to
 * the file, ROS_EIO where there is no room for it. Memory is bounded by both. HEAD_ONLY: the image ends where the data begin. */
int ros_apr_inflate(struct ros_mapping *map, const struct ros_apr_header *h, const char *path, bool head_only, struct ros_error *err);
/* ROS_ELIMIT where a compressed file of FILE_BYTES may not have its data at DATA_OFFSET, or END bytes in all, when it is inflated. */
int ros_apr_check_inflated(uint64_t file_bytes, uint64_t data_offset, uint64_t end, struct ros_error *err);
/* The CRC-32 of the LEN bytes that FILE, header and one stream, inflates to: they are kept nowhere. Other than LEN: ROS_EFORMAT. */
int ros_apr_inflated_crc(const struct ros_mapping *file, uint64_t len, uint32_t *crc, struct ros_error *err);

/* Header, metadata, index, data: in this order, inside IMAGE, none on another; else ROS_EFORMAT or ROS_ELIMIT. */
int ros_apr_check_sections(const struct ros_apr_header *h, struct ros_bytes image, struct ros_error *err);

#endif
