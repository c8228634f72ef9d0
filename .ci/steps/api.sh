# How the API of the public packages differs from that of the last tag, or, as
# long as there is none, from the commit that the change is based on. A report:
# no change to the API fails it.

apidiff() {
  go tool -modfile="$root/tools/lint/go.mod" apidiff "$@"
}

api_base() {
  git describe --tags --abbrev=0 --match 'v[0-9]*' 2>/dev/null || change_base
}

step_api() {
  local base commit old new all package changes broken=0
  base=$(api_base)
  if ! commit=$(git rev-parse --verify --quiet "$base^{commit}"); then
    echo "nothing to compare with: this clone has no $base"
    # A name that someone gave has to be right where all commits are there.
    [[ -z ${BASE:-} || $(git rev-parse --is-shallow-repository) == true ]]
    return
  fi
  [[ $base != "$commit" ]] || base="where the branch left origin/main"
  echo "against $(git log -1 --format='%h of %cs' "$commit"), $base"
  temp_dir
  mkdir "$temp/base"
  git archive "$commit" | tar -xC "$temp/base"
  old=$(cd "$temp/base" && public_packages)
  new=$(public_packages)
  all=$(sort -u <<<"$old"$'\n'"$new")
  for package in $all; do
    printf '\n%s\n' "$package"
    if ! grep -qxF "$package" <<<"$new"; then
      changes="Incompatible changes:"$'\n'"- package removed"
    elif ! grep -qxF "$package" <<<"$old"; then
      changes="Compatible changes:"$'\n'"- package added"
    else
      (cd "$temp/base" && apidiff -w "$temp/old" "$package")
      changes=$(apidiff "$temp/old" "$package")
    fi
    if [[ $changes == *"Incompatible changes:"* ]]; then
      broken=$((broken + 1))
    fi
    sed 's/^/  /' <<<"${changes:-no changes}"
  done
  printf '\npackages with incompatible changes: %d of %d\n' "$broken" "$(wc -l <<<"$all")"
}
