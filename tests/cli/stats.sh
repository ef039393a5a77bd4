#!/usr/bin/env bash
# The figures of every tensor are the same in every format and with any number of threads; what is odd is found.
. "$(dirname "$0")/common.sh"

expect 0 "$ROSETTA" convert "$adder" -o a.gguf
expect 0 "$ROSETTA" stats "$adder" --json
says '"schema": "rosetta.stats/1"' out
sed '/"message"/d' out | sort >hf.json
expect 0 "$ROSETTA" stats a.gguf -j 3 --json
sed '/"message"/d' out | sort >gguf.json
same hf.json gguf.json
expect 0 "$ROSETTA" stats a.gguf --include '*norm*'
says '^model.norm.weight +min 0.746094 +max 1.3125 +mean 1.01[0-9]* +std 0.08' out
says '^pass: 5 tensors' out
expect 2 "$ROSETTA" stats a.gguf --include 'no such*'

# Small tensors whose figures are known: float32 little endian.
tensors() { printf "\\x$(printf %02x ${#1})\\0\\0\\0\\0\\0\\0\\0%s" "$1"; }
pad() { local h=$1; while [ $((${#h} % 8)) != 0 ]; do h="$h "; done; printf %s "$h"; }
header=$(pad '{"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"F32","shape":[2],"data_offsets":[16,24]}}')
one='\0\0\x80\x3f' three='\0\0\x40\x40' zero='\0\0\0\0' nan='\0\0\xc0\x7f' inf='\0\0\x80\xff'
{ tensors "$header"; printf "$one$three$zero$zero$zero$zero"; } >small.safetensors
expect 0 "$ROSETTA" stats small.safetensors
says '^w +min 0 +max 3 +mean 1 +std 1.22474 +zeros 2 nan 0 inf 0' out
says 'note .*stats.all-zero  b: all 2 values are zero' out
{ tensors "$header"; printf "$zero$zero$zero$zero$one$one"; } >dead.safetensors
expect 1 "$ROSETTA" stats dead.safetensors
says 'finding stats.all-zero  w: all 4 values are zero' out
{ tensors "$header"; printf "$three$three$three$three$one$one"; } >flat.safetensors
expect 1 "$ROSETTA" stats flat.safetensors
says 'finding stats.constant  w: all 4 values are 3' out
{ tensors "$header"; printf "$one$three$nan$inf$one$one"; } >broken.safetensors
expect 1 "$ROSETTA" stats broken.safetensors
says 'finding data.nonfinite  w: 1 NaN, 1 infinite; the first is element 2' out
says '^w +min 1 +max 3 +mean 2 +std 1 +zeros 0 nan 1 inf 1' out
expect 0 "$ROSETTA" stats broken.safetensors --allow-nonfinite
says 'note .*data.nonfinite  w' out

# Whole numbers are not measured, and that is said.
header=$(pad '{"i":{"dtype":"I32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}')
{ tensors "$header"; printf "$one$one$three"; } >whole.safetensors
expect 0 "$ROSETTA" stats whole.safetensors
says 'note .*stats.not-measured  i: I32 is not measured' out
says '^pass: 1 tensors' out
exit $bad
