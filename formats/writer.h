/* Output that appears whole or not at all.
 *
 * Two levels. ros_writer is one file: without a name in the target's directory (where the file
 * system cannot, with a temporary one), sticky error, large sequential writes, early write-back,
 * fsync, link or rename, fsync of the directory; not committed means gone. ros_output is what a format lays out: one or
 * more such files, each a header and the extents of its tensors, filled in offset order. */
#ifndef ROS_FORMATS_WRITER_H
#define ROS_FORMATS_WRITER_H

#include "formats/arena.h"

struct ros_writer {
	int fd;                     /* -1 when not open */
	int dirfd;
	char *path, *temp;          /* final and temporary name, owned; a file without a name yet has no temporary one */
	uint64_t pos;               /* bytes written so far */
	_Atomic uint64_t written, flushed;  /* of them handed to the kernel; up to here write-back was started */
	uint64_t reserved;          /* bytes of blocks that were asked for at the beginning; 0 where that does not pay */
	uint8_t *buffer;            /* small pieces gather here */
	size_t fill;
	bool force;
	bool footer_crc;            /* keep a running CRC-32 of everything written */
	uint32_t crc;
	struct ros_error *err;
};

#define ROS_WRITER_INIT { .fd = -1, .dirfd = -1 }

/* Creates the file that will be PATH, in its folder. EXPECTED: bytes that will be written, checked against
 * the free space first (ROS_EIO; 0: unknown). FORCE: an existing target may be replaced; without it
 * one is refused (ROS_EUSAGE). A temporary name is removed on release, and by
 * ros_writer_remove_all in a signal handler; a file without a name goes by itself, after kill -9 too. */
int ros_writer_open(struct ros_writer *w, const char *path, uint64_t expected, bool force, struct ros_error *err);

/* Appends. Errors stick: later calls do nothing and return the code. */
int ros_writer_put(struct ros_writer *w, const void *data, size_t len);
int ros_writer_zeros(struct ros_writer *w, uint64_t len);
/* Starts write-back of what was written lately, so that the fsync at the end has little left to wait for. Submitting it costs
 * a third of the writing itself: any thread that has time may call this while another appends. */
void ros_writer_write_back(struct ros_writer *w);
/* Overwrites bytes already written (a digest in a header). Not with footer_crc. */
int ros_writer_patch(struct ros_writer *w, uint64_t offset, const void *data, size_t len);

/* Hands all that was written to the kernel, so that who opens the file reads it. */
int ros_writer_flush(struct ros_writer *w);

/* fsync, name it PATH, fsync the directory. */
int ros_writer_commit(struct ros_writer *w);
/* The same for COUNT files that belong together: all are brought to the disk before the first gets its name, and where one cannot
 * have its own, or a signal comes between (ros_writer_remove_all), none keeps one. With
 * force the old files whose names had been taken by then are lost. */
int ros_writer_commit_all(struct ros_writer *w, size_t count);
/* Closes; an uncommitted temporary file goes. Safe on an unopened writer. */
void ros_writer_release(struct ros_writer *w);
/* Async-signal-safe: unlinks every temporary file that is open in this process. */
void ros_writer_remove_all(void);

/* ---- what a format lays out ---- */

struct ros_model;

struct ros_write_options {
	uint64_t max_shard_bytes;       /* 0: one file */
	uint32_t max_shard_tensors;     /* 0: no bound; GGUF splits only */
	bool preserve;                  /* keep the order of tensors and metadata of what was read */
	const struct ros_model *origin; /* with preserve: the model that was read; may be NULL. SafeTensors files are repeated, a
					 * GGUF keeps its version, an APR without a footer gets none */
	struct ros_str stem;            /* what a SafeTensors set's files are called after: STEM-00001-of-00002.safetensors; {NULL}: "model" */
	enum { ROS_COMPRESS_NONE, ROS_COMPRESS_LZ4, ROS_COMPRESS_ZSTD } compress;   /* APR only */
	int compress_level;
	bool force;
};

/* One tensor's place in an output file. */
struct ros_extent {
	uint32_t tensor;        /* index into the model's tensors */
	uint64_t offset;        /* absolute in its file; zeros fill any gap before it */
	uint64_t bytes;
};

struct ros_output_file {
	struct ros_str name;            /* plain file name inside a folder; where there is one file only, the target's own name may take its place */
	struct ros_bytes header;        /* written first, at 0 */
	struct ros_extent *extents;     /* ascending, no overlaps */
	size_t extent_count;
	uint64_t size;                  /* total, tail padding included */
	bool footer_crc;                /* then 4 more bytes: CRC-32 of all before (APR) */
};

struct ros_output {
	struct ros_arena *arena;        /* not owned; everything above lives here */
	struct ros_output_file *files;
	size_t file_count;
	struct ros_side_file_out { struct ros_str name; struct ros_bytes data; } *side;   /* small files written beside: index.json */
	size_t side_count;
};

#endif
