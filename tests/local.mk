# Each folder of tests lists its own; see the README in tests/.
include %D%/fuzz/local.mk
if HAVE_CHECK
include %D%/unit/local.mk
include %D%/kernels/local.mk
endif
