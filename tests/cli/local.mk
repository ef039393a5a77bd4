CLI_TESTS = %D%/roundtrip.sh %D%/determinism.sh %D%/defects.sh %D%/atomic.sh %D%/usage.sh
TESTS += $(CLI_TESTS)
EXTRA_DIST += %D%/common.sh $(CLI_TESTS)
