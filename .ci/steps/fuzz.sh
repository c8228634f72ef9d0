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

step_fuzz() {
  local targets package target log status execs total bad=0
  targets=$(fuzz_targets)
  if [[ -z $targets ]]; then
    echo "no fuzz target found"
    return 1
  fi
  temp_dir
  log=$temp/log
  while read -r package target; do
    status=0
    # To minimise has a limit in runs, not its default of a minute: that is more
    # than the target has, and hides that nothing new is tried meanwhile.
    go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-20s}" -fuzzminimizetime 1000x "$package" \
      </dev/null >"$log" 2>&1 || status=$?
    if [[ $status -ne 0 ]] && only_deadline "$log"; then
      echo "$target: the fuzzer ended late; are all inputs good?"
      go test -run "^$target\$" "$package" && status=0
    fi
    read -r execs total < <(sed -nE 's/^fuzz: .*execs: ([0-9]+) .*total: ([0-9]+).*/\1 \2/p' "$log" | tail -n 1) || true
    printf '%-18s %-65s %9s executions, %5s inputs\n' "$target" "$package" "${execs:-0}" "${total:-0}"
    if [[ $status -ne 0 || ${execs:-0} -eq 0 ]]; then
      cat "$log"
      bad=1
    fi
  done <<<"$targets"
  return "$bad"
}
