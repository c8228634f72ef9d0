# Whether the tests notice when what goes over the wire is broken (wirecheck), and
# when a protection is taken away (guards). See internal/wirecheck.

step_guards() {
  go run ./internal/wirecheck -guards
}

# Only packages that the change touches, changed files first, ten minutes at
# most.
step_wirecheck() {
  local base
  base=$(change_base)
  if ! git rev-parse --verify --quiet "$base^{commit}" >/dev/null; then
    echo "nothing to compare with: this clone has no $base; checking all packages"
    go run ./internal/wirecheck -for 10m
    return
  fi
  echo "against $(git log -1 --format='%h of %cs' "$base")"
  go run ./internal/wirecheck -for 10m -since "$base"
}
