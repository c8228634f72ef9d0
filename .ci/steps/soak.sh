# A fleet of bots under faults, in real time, for $SOAK_FOR (default 10m), with
# the faults of $SOAK_SEED (default: another one each day). $SOAK_WITHOUT names
# mishaps to leave out, see go run -C tools ./soak -h.
step_soak() {
  go run -C tools ./soak -for "${SOAK_FOR:-10m}" -seed "${SOAK_SEED:-$(date +%Y%m%d)}" -without "${SOAK_WITHOUT:-}"
}
