# Ten thousand random histories of agents, colleagues, visitors and faults, in
# virtual time, of chat and of messaging; see their TestHistories.
step_histories() {
  LIVEPERSON_STRESS=1 go test -timeout 120m -run 'TestHistories$' ./chatagent ./messagingagent
}
