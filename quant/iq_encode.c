#include "quant/iq_encode.h"

#include "quant/reference.h"

#define REFERENCE(type)                                                                                          \
	void ros_##type##_encode(const float *src, uint8_t *dst, size_t rows, size_t cols, const float *weights) \
	{                                                                                                        \
		ros_##type##_encode_with(src, dst, rows, cols, weights, &ros_iq_ref);                            \
	}

REFERENCE(iq2_xxs)
REFERENCE(iq2_xs)
REFERENCE(iq2_s)
REFERENCE(iq3_xxs)
REFERENCE(iq3_s)
REFERENCE(iq1_s)
REFERENCE(iq1_m)
