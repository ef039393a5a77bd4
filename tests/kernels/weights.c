#include "tests/kernels/weights.h"

#include <math.h>
#include <string.h>

static uint64_t state;

void weights_seed(uint64_t number)
{
	state = number;
}

double uniform(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (double)(state >> 11) * 0x1p-53;
}

double normal(void)
{
	return sqrt(-2 * log(uniform() + 1e-300)) * cos(6.283185307179586 * uniform());
}

double gaussian(size_t i)
{
	(void)i;
	return normal() * 0.02;
}

double heavy(size_t i)
{
	double z = normal() * 0.02;

	return z * z * z * 2000 + (i % 97 ? 0 : 0.3 * normal());
}

double patchy(size_t i)
{
	return i % 512 < 40 ? 0 : normal() * 0.02 * (i / 64 % 7 ? 1 : 6);
}

void make_weights(double (*weight)(size_t), float *source, size_t n)
{
	weights_seed(42);
	for (size_t i = 0; i < n; i++) {
		float f = (float)weight(i);
		uint32_t bits;

		memcpy(&bits, &f, 4);
		bits &= 0xffff0000;
		memcpy(&source[i], &bits, 4);
	}
}
