#!/bin/sh
# The NEON kernels against the reference, and the reference against the digests taken on x86-64: cross-compiled
# and run under an emulator. What the kernels do not reach of quant/ (recipes, importance files) is dropped
# by the linker, so the rest of the library need not be built. Skipped (77) where the cross compiler or the emulator is missing.
set -eu
cc=${AARCH64_CC:-aarch64-linux-gnu-gcc}
run=${AARCH64_RUN:-qemu-aarch64}
for tool in "$cc" "$run"; do
	command -v "$tool" >/dev/null || { echo "skipped: no $tool"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$srcdir"
echo '#define ROS_BUILD_NEON 1' >"$work/config.h"
"$cc" -std=gnu17 -O2 -fno-tree-vectorize -Wall -Wextra -Wshadow -ffp-contract=off -D_GNU_SOURCE -I. -I"$work" \
	-static -ffunction-sections -fdata-sections -Wl,--gc-sections \
	quant/*.c quant/arm/*.c formats/dtype.c tests/kernels/agree.c tests/kernels/agree_main.c tests/kernels/digests.c \
	-o "$work/agree" -lm -lpthread 2>"$work/log" || {
	if grep -q 'cannot find\|No such file.*\.h' "$work/log"; then
		cat "$work/log"; echo "skipped: no static C library for $cc"; exit 77
	fi
	cat "$work/log"; exit 1
}
cat "$work/log"
"$run" "$work/agree"
