# What the SDK costs, on both Go releases. A report: a goal that is missed fails
# nothing, as a machine that does something else misses any.
step_bench() {
  go run -C tools ./bench
  GOTOOLCHAIN=$other_release go run -C tools ./bench -run 'overhead|decode|hostile'
}
