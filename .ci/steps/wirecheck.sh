# Whether the tests notice when what goes over the wire is broken. See
# tools/wirecheck.

# The packages that the change touches, changed files first, 90 s at most.
# What there is no time for is left to the nightly run.
step_wirecheck() {
  local base
  base=$(change_base)
  if ! git rev-parse --verify --quiet "$base^{commit}" >/dev/null; then
    echo "nothing to compare with: this clone has no $base"
    return
  fi
  echo "against $(git log -1 --format='%h of %cs' "$base")"
  go run -C tools ./wirecheck -for 90s -since "$base" -cache "$(go env GOCACHE)"
}

# Everything.
step_wirecheck_all() {
  go run -C tools ./wirecheck
}
