#include "config.h"

#include "quant/kernels.h"

#include "quant/nonfinite.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#if defined(ROS_BUILD_AVX2)
#include "quant/x86/avx2.h"

#include <cpuid.h>
#endif
#if defined(ROS_BUILD_AVX512)
#include "quant/x86/avx512.h"
#endif
#if defined(ROS_BUILD_NEON)
#include "quant/arm/neon.h"
#endif

#if defined(ROS_BUILD_AVX2)
/* __builtin_cpu_supports asks the operating system too (XGETBV); it does not know F16C
 * in every compiler, and that bit needs no state beyond AVX's. */
static bool cpu_has_avx2(void)
{
	unsigned a, b, c, d;

	return __builtin_cpu_supports("avx2") && __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
}
#endif

#if defined(ROS_BUILD_AVX512)
static bool cpu_has_avx512(void)
{
	return cpu_has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
		&& __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}
#endif

#if defined(ROS_BUILD_NEON)
static bool cpu_has_neon(void)
{
	return true;   /* part of every aarch64 */
}
#endif

/* Weakest first: a set's gaps are filled from those before it. */
static const struct {
	const struct ros_kernels *set;
	bool (*cpu_has)(void);
} built[] = {
#if defined(ROS_BUILD_AVX2)
	{ &ros_kernels_avx2, cpu_has_avx2 },
#endif
#if defined(ROS_BUILD_AVX512)
	{ &ros_kernels_avx512, cpu_has_avx512 },
#endif
#if defined(ROS_BUILD_NEON)
	{ &ros_kernels_neon, cpu_has_neon },
#endif
	{ NULL, NULL },
};

#define MAX_SETS (sizeof built / sizeof *built)   /* the reference takes the place of the end mark */

/* Filled once, constant from then on. */
static struct ros_kernels sets[MAX_SETS];
static const struct ros_kernels *available[MAX_SETS];
static size_t available_count;
static pthread_once_t detected = PTHREAD_ONCE_INIT;

/* OVER on top of the set before it. */
static void add_set(const struct ros_kernels *over)
{
	struct ros_kernels *to = &sets[available_count];

	*to = sets[available_count - 1];
	to->name = over->name;
	for (int t = 0; t < ROS_DTYPE_COUNT; t++) {
		if (over->decode[t])
			to->decode[t] = over->decode[t];
		if (over->send[t])
			to->send[t] = over->send[t];
		if (over->encode[t])
			to->encode[t] = over->encode[t];
		if (over->first_nonfinite[t])
			to->first_nonfinite[t] = over->first_nonfinite[t];
	}
	if (over->run_look)
		to->run_look = over->run_look;
	if (over->stream) {
		to->stream = over->stream;
		to->stream_end = over->stream_end;
	}
	available[available_count++] = to;
}

static void add_reference_scans(struct ros_kernels *to)
{
	to->first_nonfinite[ROS_F32] = ros_f32_first_nonfinite;
	to->first_nonfinite[ROS_F16] = ros_f16_first_nonfinite;
	to->first_nonfinite[ROS_BF16] = ros_bf16_first_nonfinite;
	to->first_nonfinite[ROS_F8_E4M3] = ros_f8_e4m3_first_nonfinite;
	to->first_nonfinite[ROS_F8_E5M2] = ros_f8_e5m2_first_nonfinite;
	to->first_nonfinite[ROS_F8_E8M0] = ros_f8_e8m0_first_nonfinite;
	to->first_nonfinite[ROS_F8_E4M3FNUZ] = ros_f8_fnuz_first_nonfinite;
	to->first_nonfinite[ROS_F8_E5M2FNUZ] = ros_f8_fnuz_first_nonfinite;
}

static void detect(void)
{
	sets[0].name = "ref";
	sets[0].run_look = ros_run_look;
	for (int t = 0; t < ROS_DTYPE_COUNT; t++) {
		sets[0].decode[t] = ros_codecs[t].decode;
		sets[0].encode[t] = ros_codecs[t].encode;
	}
	add_reference_scans(&sets[0]);
	available[available_count++] = &sets[0];
	for (size_t i = 0; built[i].set; i++)
		if (built[i].cpu_has())
			add_set(built[i].set);
}

const struct ros_kernels *const *ros_kernels_available(size_t *count)
{
	pthread_once(&detected, detect);
	*count = available_count;
	return available;
}

const struct ros_kernels *ros_kernels_best(void)
{
	const char *want = getenv("ROSETTA_KERNELS");
	size_t n;
	const struct ros_kernels *const *all = ros_kernels_available(&n);

	if (!want || !*want)
		return all[n - 1];
	for (size_t i = 0; i < n; i++)
		if (!strcmp(all[i]->name, want))
			return all[i];
	return NULL;
}
