# Keeps what the fuzzers of this machine have found: of each target, from the
# smallest on, the inputs that run a statement which its seeds and the inputs in
# testdata/fuzz do not, up to so many files and bytes.
corpus_files=60
corpus_bytes=100000

# The blocks of code that a target's inputs of these names run.
blocks() { # BINARY TARGET NAMES
  "$1" -test.run "^$2\$/$3" -test.coverprofile="$temp/profile" >"$temp/out" 2>&1 || return
  awk 'NR > 1 && $3 > 0 {print $1}' "$temp/profile"
}

step_corpus() {
  local targets package target dir cache kept name files size bytes added built=
  targets=$(fuzz_targets)
  shopt -s nullglob
  temp_dir
  while read -r package target; do
    cache=$(go env GOCACHE)/fuzz/$package/$target
    dir=$(go list -f '{{.Dir}}' "$package")/testdata
    kept=$dir/fuzz/$target
    if [[ $package != "$built" ]]; then
      go test -c -o "$temp/test" -coverpkg=./... "$package"
      built=$package
    fi
    # The target runs beside a copy of its testdata.
    rm -rf "$temp/run"
    mkdir -p "$temp/run/testdata/fuzz/$target"
    [[ ! -d $dir ]] || cp -R "$dir/." "$temp/run/testdata"
    cd "$temp/run"
    if ! blocks "$temp/test" "$target" '' | sort -u >"$temp/known"; then
      cat "$temp/out"
      return 1
    fi
    files=0 bytes=0 added=0
    for name in "$kept"/*; do
      files=$((files + 1)) bytes=$((bytes + $(wc -c <"$name")))
    done
    while read -r name; do
      size=$(wc -c <"$cache/$name")
      if ((files >= corpus_files || bytes + size > corpus_bytes)); then
        break
      fi
      [[ ! -e $kept/$name ]] || continue
      cp "$cache/$name" "testdata/fuzz/$target/$name"
      # An input of an older form of the target fails; it helps nobody.
      if blocks "$temp/test" "$target" "^$name\$" | sort -u >"$temp/new" &&
        [[ -n $(comm -13 "$temp/known" "$temp/new") ]]; then
        mkdir -p "$kept"
        cp "$cache/$name" "$kept/$name"
        sort -u -o "$temp/known" "$temp/known" "$temp/new"
        files=$((files + 1)) bytes=$((bytes + size)) added=$((added + 1))
      fi
      rm "testdata/fuzz/$target/$name"
    done < <(ls -Sr "$cache" 2>/dev/null)
    cd "$root"
    printf '%-18s %-65s %3d added, now %3d files of %6d bytes\n' "$target" "$package" "$added" "$files" "$bytes"
  done <<<"$targets"
}
