/* Weights to quantize, from a generator that gives every machine the same ones. */
#ifndef ROS_TESTS_WEIGHTS_H
#define ROS_TESTS_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>

/* Begins the sequence of NUMBER anew. */
void weights_seed(uint64_t number);

/* In [0, 1). */
double uniform(void);
/* Of mean 0 and variance 1. */
double normal(void);

/* Weight I of a matrix, as most are. */
double gaussian(size_t i);
/* With heavy tails. */
double heavy(size_t i);
/* With zeros and outliers. */
double patchy(size_t i);

/* N of them into SOURCE, from one seed, cut to BF16. */
void make_weights(double (*weight)(size_t), float *source, size_t n);

#endif
