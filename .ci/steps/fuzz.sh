# Runs each fuzz target for $FUZZTIME (default 20s).

# Lines of a package and the name of a fuzz target in it.
fuzz_targets() {
  local listing
  listing=$(go test -list '^Fuzz' ./...)
  # Names come first, then the line of the package that has them.
  awk '/^Fuzz/ {names[++n] = $1; next} /^ok/ {for (i = 1; i <= n; i++) print $2, names[i]; n = 0}' <<<"$listing"
}

# Whether all that failed is Go's fuzzer itself: at times it takes the end of
# -fuzztime for an error of the target.
only_deadline() {
  [[ $(awk '/^--- FAIL/ {f = 1; next} f && !/^(FAIL|exit status 1|$)/' "$1") == *([[:space:]])"context deadline exceeded" ]]
}

# Fuzzes one target with one worker.
fuzz_one() { # PACKAGE TARGET LOG
  local package=$1 target=$2 log=$3 status=0 execs total
  # To minimise has a limit in runs, not its default of a minute: that is more
  # than the target has, and hides that nothing new is tried meanwhile.
  go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-20s}" -fuzzminimizetime 1000x -parallel 1 "$package" \
    </dev/null >"$log" 2>&1 || status=$?
  if [[ $status -ne 0 ]] && only_deadline "$log"; then
    echo "$target: the fuzzer ended late; are all inputs good?"
    go test -run "^$target\$" "$package" && status=0
  fi
  read -r execs total < <(sed -nE 's/^fuzz: .*execs: ([0-9]+) .*total: ([0-9]+).*/\1 \2/p' "$log" | tail -n 1) || true
  printf '%-18s %-65s %9s executions, %5s inputs\n' "$target" "$package" "${execs:-0}" "${total:-0}"
  # On a slow machine the kept inputs may take all of the time.
  if [[ $status -ne 0 ]] || ! grep -qE '^fuzz: elapsed: .*(completed|execs: [1-9])' "$log"; then
    cat "$log"
    return 1
  fi
}

# As many targets at a time as there are processors.
step_fuzz() {
  local targets package target bad=0 running=0
  targets=$(fuzz_targets)
  if [[ -z $targets ]]; then
    echo "no fuzz target found"
    return 1
  fi
  temp_dir
  while read -r package target; do
    if ((running == $(getconf _NPROCESSORS_ONLN))); then
      wait -n || bad=1
      running=$((running - 1))
    fi
    fuzz_one "$package" "$target" "$temp/$target-${package//\//-}" &
    running=$((running + 1))
  done <<<"$targets"
  while ((running > 0)); do
    wait -n || bad=1
    running=$((running - 1))
  done
  return "$bad"
}
