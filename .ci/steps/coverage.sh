# The share of each public package's statements that its own tests run. Less
# than this many percent fails.
coverage_floor=90.0

step_coverage() {
  local package packages
  packages=$(public_packages)
  if [[ ! -s $coverage_profile ]]; then # this run has no step test before
    # shellcheck disable=SC2086 # one word a package
    go test -covermode=atomic -coverprofile="$coverage_profile" $packages
  fi
  # A line of the profile: package/file.go:line.col,line.col statements times.
  # A block may come several times.
  awk -v floor="$coverage_floor" -v packages="$packages" '
    NR > 1 {
      size[$1] = $2
      if ($3 > 0) hit[$1] = 1
    }
    END {
      for (block in size) {
        name = block
        sub(/\/[^\/]*$/, "", name)
        all[name] += size[block]
        if (block in hit) run[name] += size[block]
      }
      count = split(packages, names, "\n")
      for (i = 1; i <= count; i++) {
        name = names[i]
        if (!(name in all)) {
          printf "%-65s no statements\n", name
          continue
        }
        low = 100 * run[name] < floor * all[name]
        printf "%-65s %5.1f %%  %5d of %5d%s\n", name, int(1000 * run[name] / all[name]) / 10,
          run[name], all[name], low ? "  below " floor " %" : ""
        if (low) bad = 1
      }
      exit bad
    }' "$coverage_profile"
}
