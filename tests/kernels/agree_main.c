/* The comparisons of agree.h without a test library: prints what differs, exits 1 if anything does.
 * With -p prints the reference's digests as the rows of digests.c. */
#include "tests/kernels/agree.h"

#include <inttypes.h>
#include <stdio.h>

static void print_rows(const struct ros_kernels *k)
{
	for (int t = 0; t < ROS_DTYPE_COUNT; t++) {
		bool plain = k->encode[t] && !ros_codecs[t].needs_weights, weighted = k->encode[t] && ros_codecs[t].uses_weights;

		if (k->decode[t])
			printf("\t[ROS_%s] = { 0x%016" PRIx64 ", 0x%016" PRIx64 ", 0x%016" PRIx64 " },\n", ros_dtypes[t].name,
				plain ? agree_digest_encode(k, t, false) : 0, weighted ? agree_digest_encode(k, t, true) : 0,
				agree_digest_decode(k, t));
	}
}

int main(int argc, char **argv)
{
	size_t sets;
	const struct ros_kernels *const *all = ros_kernels_available(&sets);
	unsigned bad = 0, done;

	if (argc > 1 && argv[1][0] == '-' && argv[1][1] == 'p') {
		print_rows(all[0]);
		return 0;
	}
	for (size_t i = 0; i < sets; i++) {
		bad += agree_all(all[i], &done);
		printf("%s: %u comparisons\n", all[i]->name, done);
	}
	return bad ? 1 : 0;
}
