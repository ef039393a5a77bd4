#include "rosetta/checksum.h"

#include "formats/apr.h"
#include "formats/digest.h"
#include "rosetta/look.h"
#include "rosetta/pool.h"

#include <inttypes.h>
#include <stdlib.h>

#define STRETCH (256u << 10)    /* read and summed at a time: stays in the cache of one core */
#define UNIT (4u << 20)

struct sums {
	const struct ros_part *part;
	uint64_t len;
	uint32_t *crc;          /* of each unit by itself */
};

static uint64_t unit_bytes(const void *context, size_t unit)
{
	const struct sums *s = context;
	uint64_t left = s->len - (uint64_t)unit * UNIT;

	return left < UNIT ? left : UNIT;
}

static int sum_unit(void *context, size_t unit, void *scratch, struct ros_error *err)
{
	struct sums *s = context;
	uint64_t at = (uint64_t)unit * UNIT, end = at + unit_bytes(s, unit);

	while (at < end) {
		size_t n = end - at < STRETCH ? (size_t)(end - at) : STRETCH;
		const uint8_t *p = ros_look_part(s->part, at, n, scratch, err);

		if (!p)
			return err->code;
		s->crc[unit] = ros_crc32(s->crc[unit], p, n);
		at += n;
	}
	return 0;
}

static int check_footer(struct ros_model *m, struct ros_bytes body, uint32_t stored, const struct ros_run_options *run, struct ros_error *err)
{
	uint64_t len = body.len;
	struct sums s = { .part = &m->parts[0], .len = len };
	size_t count = len / UNIT + (len % UNIT != 0);
	uint32_t crc = 0;

	s.crc = calloc(count + 1, sizeof *s.crc);
	if (!s.crc)
		return ros_fail(err, ROS_ENOMEM, ROS_NO_OFFSET, "%zu checksums", count);
	ros_pool_run(&(struct ros_work){ .count = count, .make = sum_unit, .bytes = unit_bytes, .context = &s, .scratch_bytes = STRETCH,
					 .phase = "checksum", .total = len }, run, err);
	for (size_t i = 0; i < count; i++)
		crc = ros_crc32_shift(crc, unit_bytes(&s, i)) ^ s.crc[i];
	free(s.crc);
	if (!err->code && !ros_apr_footer_fits(m, body, stored, crc))
		ros_fail(err, ROS_EFORMAT, len, "footer checksum: %08" PRIx32 " stored, %08" PRIx32 " computed: the file is damaged", stored, crc);
	return err->code;
}

int ros_checksum_check(struct ros_model *m, const struct ros_run_options *run, struct ros_error *err)
{
	struct ros_bytes body;
	uint32_t stored;

	if (m->format != ROS_FORMAT_APR)
		return 0;
	if (ros_apr_footer(m, &body, &stored) && check_footer(m, body, stored, run, err))
		return err->code;
	ros_apr_check_paddings(m);
	return 0;
}
