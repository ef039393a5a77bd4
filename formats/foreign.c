#include "config.h"

#include "formats/foreign.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define PICKLE "a pickle (a PyTorch .bin or .pt): loading one runs code; save it as SafeTensors first"

/* Magic numbers from the formats' own specifications and file(1)'s tables. */
static const struct {
	uint16_t at;
	uint8_t len;
	bool text;              /* any case, and a byte order mark or blanks may stand before it */
	const char *magic, *name;
} rows[] = {
	{ 0, 23, true, "version https://git-lfs", "a Git LFS pointer, not the file it stands for; run `git lfs pull`" },
	{ 0, 14, true, "<!doctype html", "an HTML page: a login or error page saved in place of the download" },
	{ 0, 5, true, "<html", "an HTML page: a login or error page saved in place of the download" },
	{ 0, 5, true, "<head", "an HTML page: a login or error page saved in place of the download" },
	{ 0, 5, true, "<body", "an HTML page: a login or error page saved in place of the download" },
	{ 0, 5, true, "<?xml", "an XML document: an error page of the storage saved in place of the download" },
#define STAND_INS 6     /* the rows up to here: saved where another file should be, whatever that is */
	{ 0, 2, false, "\x80\x02", PICKLE },
	{ 0, 2, false, "\x80\x03", PICKLE },
	{ 0, 2, false, "\x80\x04", PICKLE },
	{ 0, 2, false, "\x80\x05", PICKLE },
	{ 0, 3, false, "(dp", PICKLE },
	{ 0, 3, false, "(dq", PICKLE },
	{ 0, 3, false, "(lp", PICKLE },
	{ 0, 2, false, "}q", PICKLE },
	{ 0, 2, false, "]q", PICKLE },
	{ 0, 4, false, "PK\x05\x06", "an empty ZIP archive" },
	{ 0, 2, false, "\x1f\x8b", "compressed with gzip; unpack it first" },
	{ 0, 4, false, "\x28\xb5\x2f\xfd", "compressed with zstd; unpack it first" },
	{ 0, 6, false, "\xfd" "7zXZ", "compressed with xz; unpack it first" },
	{ 0, 3, false, "BZh", "compressed with bzip2; unpack it first" },
	{ 0, 4, false, "\x04\x22\x4d\x18", "compressed with lz4; unpack it first" },
	{ 0, 6, false, "7z\xbc\xaf\x27\x1c", "a 7-Zip archive; unpack it first" },
	{ 257, 5, false, "ustar", "a tar archive; unpack it first" },
	{ 0, 4, false, "\x7f" "ELF", "an ELF program or library" },
	{ 0, 2, false, "MZ", "a Windows program or library" },
	{ 0, 4, false, "%PDF", "a PDF document" },
	{ 0, 6, false, "\x93NUMPY", "a NumPy array (.npy)" },
	{ 0, 8, false, "\x89HDF\r\n\x1a\n", "an HDF5 file (Keras .h5)" },
	{ 4, 4, false, "TFL3", "a TensorFlow Lite model" },
	{ 0, 4, false, "lmgg", "a GGML file of before GGUF; convert it to GGUF with a llama.cpp of 2023 first" },
	{ 0, 4, false, "fmgg", "a GGMF file of before GGUF; convert it to GGUF with a llama.cpp of 2023 first" },
	{ 0, 4, false, "tjgg", "a GGJT file of before GGUF; convert it to GGUF with a llama.cpp of 2023 first" },
	{ 0, 4, false, "algg", "a GGLA adapter of before GGUF" },
	{ 0, 16, false, "SQLite format 3", "an SQLite database" },
	{ 0, 4, false, "\x89PNG", "a PNG image" },
	{ 0, 1, true, "{", "a JSON document, not weights" },
	{ 0, 1, true, "[", "a JSON document, not weights" },
};

/* Where the text begins: after a byte order mark and blanks. */
static size_t text_start(struct ros_bytes head)
{
	size_t i = head.len >= 3 && !memcmp(head.ptr, "\xef\xbb\xbf", 3) ? 3 : 0;

	while (i < head.len && head.ptr[i] && strchr(" \t\r\n\f\v", head.ptr[i]))
		i++;
	return i;
}

static bool matches(struct ros_bytes head, size_t row)
{
	size_t at = rows[row].text ? text_start(head) : rows[row].at, len = rows[row].len;
	const char *p;

	if (head.len < at + len)
		return false;
	p = (const char *)head.ptr + at;
	return rows[row].text ? !strncasecmp(p, rows[row].magic, len) : !memcmp(p, rows[row].magic, len);
}

/* The end of a line at AT of nothing but a dotted name; 0 where it is none. */
static size_t name_line(struct ros_bytes head, size_t at)
{
	size_t i = at;

	while (i < head.len && (isalnum(head.ptr[i]) || head.ptr[i] == '_' || head.ptr[i] == '.'))
		i++;
	return i > at && i < head.len && head.ptr[i] == '\n' ? i + 1 : 0;
}

/* Protocols 0 and 1 have no magic. Theirs begin with a container (rows above) or with a class, "cMODULE\nNAME\n", which is then
 * remembered or called. */
static bool is_old_pickle(struct ros_bytes head)
{
	size_t name = head.len && head.ptr[0] == 'c' ? name_line(head, 1) : 0, end = name ? name_line(head, name) : 0;

	return end && end < head.len && strchr("pq()", head.ptr[end]) && head.ptr[end];
}

static const char *name_zip(struct ros_bytes head)
{
	if (memmem(head.ptr, head.len, "data.pkl", 8))
		return "a PyTorch checkpoint (a ZIP of pickles): loading one runs code; save it as SafeTensors first";
	if (memmem(head.ptr, head.len, ".npy", 4))
		return "a NumPy archive (.npz)";
	return "a ZIP archive; unpack it first";
}

const char *ros_foreign_name(struct ros_bytes head, uint64_t size)
{
	size_t zeros = 0;

	if (!size)
		return "empty";
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (matches(head, i))
			return rows[i].name;
	if (is_old_pickle(head))
		return PICKLE;
	if (head.len >= 4 && !memcmp(head.ptr, "PK\x03\x04", 4))
		return name_zip(head);
	while (zeros < head.len && !head.ptr[zeros])
		zeros++;
	if (zeros == head.len)
		return "all zeros as far as looked: a download or copy that never got its bytes";
	return size < 8 ? "too short to be a model" : NULL;
}

const char *ros_foreign_instead(bool json, struct ros_bytes head, uint64_t size)
{
	size_t start = text_start(head);

	for (size_t i = 0; i < STAND_INS; i++)
		if (matches(head, i))
			return rows[i].name;
	if (!json || !size || (start < head.len && (head.ptr[start] == '{' || head.ptr[start] == '[')))
		return NULL;
	return ros_foreign_name(head, size);
}
