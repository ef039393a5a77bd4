include_HEADERS += %D%/rosetta.h
