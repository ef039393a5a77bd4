#!/usr/bin/env bash
# Output appears whole or not at all: killed, interrupted, on a full disk, onto itself, over what is there.
. "$(dirname "$0")/common.sh"

# A model large enough to be caught in the middle of.
make_large() {
  local header
  header='{"w":{"dtype":"F32","shape":[262144,512],"data_offsets":[0,536870912]}}'
  while [ $((${#header} % 8)) != 0 ]; do header="$header "; done
  printf "\\x$(printf %02x ${#header})\\0\\0\\0\\0\\0\\0\\0%s" "$header" >large.safetensors
  truncate -s $((8 + ${#header} + 536870912)) large.safetensors
}
make_large
expect 0 "$ROSETTA" inspect large.safetensors

# Is process $1 in the middle of writing? It has a file open without a name, or one whose name is temporary.
unnamed=no
is_writing() {
  local f name
  for f in /proc/"$1"/fd/*; do
    name=$(readlink "$f") || continue
    case $name in
    */'#'*' (deleted)') [ "$(stat -L -c %s "$f" 2>/dev/null || echo 0)" -gt 1000000 ] && unnamed=yes && return 0 ;;
    esac
  done
  [ -n "$(find . -maxdepth 1 -name '*target*' -size +1M)" ]
}

# A shell's background jobs ignore SIGINT, unless that is undone.
for signal in KILL TERM INT; do
  for target in target.gguf target; do
    stopped=no
    for _ in 1 2 3 4 5; do
      env --default-signal=INT "$ROSETTA" convert -j 1 large.safetensors -o $target >/dev/null 2>&1 &
      pid=$!
      for _ in $(seq 200); do
        is_writing $pid && break
        sleep 0.01
      done
      kill -$signal $pid 2>/dev/null
      wait $pid 2>/dev/null && rm -rf $target && continue   # it was over before
      stopped=yes
      break
    done
    [ $stopped = yes ] || fail "SIG$signal: it stopped nothing"
    [ ! -f $target ] || fail "SIG$signal: $target was left"
    # Nobody can take a folder away after SIGKILL, and a file only where one needs no name.
    { [ $signal = KILL ] && { [ $unnamed = no ] || [ -d $target ]; }; } || [ -z "$(find . -maxdepth 1 -name '*target*')" ] ||
      fail "SIG$signal: $(find . -name '*target*') was left"
    [ $unnamed = no ] || [ ! -d $target ] || [ -z "$(ls -A $target)" ] || fail "SIG$signal: $(ls -A $target) was left in the folder"
    rm -rf -- *target* .*target*
  done
done

# A source that changes while it is read gives no target.
"$ROSETTA" convert -j 1 large.safetensors -o target.gguf >out 2>err &
pid=$!
for _ in $(seq 200); do
  is_writing $pid && break
  sleep 0.01
done
touch large.safetensors
wait $pid && fail "a source that changed was converted"
says 'changed while it was being read' err
[ -z "$(find . -maxdepth 1 -name '*target*')" ] || fail "a source that changed: $(find . -name '*target*') was left"

# Stopped while it compresses: the plain file on the way has a name then, and goes too.
"$ROSETTA" convert -j 1 large.safetensors -o packed.apr --compress zstd >/dev/null 2>&1 &
pid=$!
for _ in $(seq 300); do
  [ -n "$(find . -maxdepth 1 -name '.packed*' -size +500M)" ] && break
  sleep 0.01
done
kill -TERM $pid 2>/dev/null
wait $pid 2>/dev/null
rm -f packed.apr
[ -z "$(find . -maxdepth 1 -name '*packed*')" ] || fail "SIGTERM while compressing: $(find . -name '*packed*') was left"

# Stopped between the hops of a chain: the file on the way goes. What another one left is neither in the way nor ours.
"$ROSETTA" chain -j 1 large.safetensors apr,gguf,apr -o linked.apr >/dev/null 2>&1 &
pid=$!
for _ in $(seq 500); do
  compgen -G "linked.apr.hop1-*" >there && sleep 0.05 && break
  sleep 0.01
done
kill -TERM $pid 2>/dev/null && stopped=yes || stopped=no
wait $pid 2>/dev/null
[ $stopped = yes ] || echo "the chain was over before it could be stopped"
[ -z "$(find . -maxdepth 1 -name '*linked*hop*')" ] || fail "SIGTERM in a chain: $(find . -name '*linked*') was left"
rm -f linked.apr
echo mine >linked.apr.hop1.apr
expect 0 "$ROSETTA" chain "$adder" apr,gguf -o linked.apr
[ "$(cat linked.apr.hop1.apr)" = mine ] || fail "a chain took a file that was there"
rm -f linked*

# A limit on file size is an error, not a death.
(ulimit -f 2048; "$ROSETTA" convert large.safetensors -o limited.gguf >out 2>err)
[ $? = 2 ] || fail "file size limit: not exit 2"
[ -z "$(find . -maxdepth 1 -name '*limited*')" ] || fail "file size limit: something was left"

# A full disk.
if [ "$(id -u)" = 0 ] && mkdir full && mount -t tmpfs -o size=4m tmpfs full 2>/dev/null; then
  expect 2 "$ROSETTA" convert large.safetensors -o full/t.gguf
  says 'space|left|free' err
  [ -z "$(ls full)" ] || fail "full disk: $(ls full) was left"
  umount full
else
  echo "note: no tmpfs to fill here"
fi

# An existing target, the source itself, a link to it.
expect 0 "$ROSETTA" convert "$adder" -o a.gguf
cp a.gguf before
expect 2 "$ROSETTA" convert "$adder" -o a.gguf --dtype f16
same a.gguf before
expect 2 "$ROSETTA" convert a.gguf -o a.gguf
ln -s a.gguf link.gguf
expect 2 "$ROSETTA" convert a.gguf -f -o link.gguf || true
same a.gguf before
expect 0 "$ROSETTA" convert "$adder" -f -o a.gguf --dtype f16
expect 2 "$ROSETTA" convert "$adder" -o no/such/folder/a.gguf
expect 0 "$ROSETTA" convert -n "$adder" -t gguf
expect 0 "$ROSETTA" convert -n "$adder" -o planned.gguf
[ ! -e planned.gguf ] || fail "a dry run wrote"
exit $bad
