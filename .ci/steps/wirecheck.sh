# Whether the tests notice when what goes over the wire is broken. See
# tools/wirecheck.

# The packages that the change touches, changed files first, and no more than
# takes a minute or two: a number, so that every machine tries the same ones.
# The rest is left to the nightly run.
step_wirecheck() {
  local base
  base=$(change_base)
  if ! git rev-parse --verify --quiet "$base^{commit}" >/dev/null; then
    echo "nothing to compare with: this clone has no $base"
    return
  fi
  echo "against $(git log -1 --format='%h of %cs' "$base")"
  go run -C tools ./wirecheck -most 50 -since "$base" -cache "$(go env GOCACHE)"
}

# Everything.
step_wirecheck_all() {
  go run -C tools ./wirecheck
}
