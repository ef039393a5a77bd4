# One Check program per subject: tests/unit/test_SUBJECT.c
