# Whether the tests notice when what goes over the wire is broken (wirecheck), and
# when a protection is taken away (guards). See internal/wirecheck.

# Both look at packages that the change touches.
step_guards() {
  mutants -guards
}

# Changed files first, ten minutes at most.
step_wirecheck() {
  mutants -for 10m
}

mutants() {
  local base
  base=$(change_base)
  if ! git rev-parse --verify --quiet "$base^{commit}" >/dev/null; then
    echo "nothing to compare with: this clone has no $base; checking all packages"
    go run ./internal/wirecheck "$@"
    return
  fi
  echo "against $(git log -1 --format='%h of %cs' "$base")"
  go run ./internal/wirecheck "$@" -since "$base"
}
