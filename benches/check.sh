#!/bin/sh
# How long `check CONFIG LOG` takes beside `values` and `fields` together:
#
#     cargo build --release && benches/check.sh CONFIG LOG [TURNS]
#
# In each turn wall time, CPU time and peak memory of each command, and of `check` without the pass
# that looks for common causes, where nothing but `one-source` asks for one.
set -eu
program=${PROGRAM:-target/release/counterscope}
config=$1 log=$2
timed() {
    name=$1
    shift
    /usr/bin/time -f "$name: %e s, CPU %U + %S s, %M KiB" "$@" > /dev/null
}
for turn in $(seq "${3:-3}"); do
    timed "$turn values" "$program" values "$config" "$log"
    timed "$turn fields" "$program" fields "$log"
    timed "$turn check" "$program" check "$config" "$log"
    timed "$turn check without causes" "$program" check "$config" "$log" --lint one-source=allow
done
