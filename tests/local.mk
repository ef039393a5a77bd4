# Each folder of tests lists its own.
include %D%/codegen/local.mk
include %D%/fuzz/local.mk
EXTRA_DIST += %D%/all.sh
include %D%/cli/local.mk
EXTRA_DIST += %D%/style/includes.sh %D%/style/families.sh %D%/style/prototypes.sh %D%/style/sizes.sh %D%/style/options.sh %D%/style/library.sh
TESTS += %D%/style/includes.sh %D%/style/families.sh %D%/style/prototypes.sh %D%/style/sizes.sh %D%/style/options.sh %D%/style/library.sh
EXTRA_DIST += %D%/interop/peers.sh

include %D%/interop/local.mk
if HAVE_CHECK
include %D%/unit/local.mk
include %D%/kernels/local.mk
endif
