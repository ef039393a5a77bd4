# The generator against planted defects; needs no unit test library.
EXTRA_DIST += %D%/rules.sh %D%/sample.yaml
TESTS += %D%/rules.sh
