# rosetta
