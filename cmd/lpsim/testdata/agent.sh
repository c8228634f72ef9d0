#!/usr/bin/env bash
# Plays two agents against lpsim with curl alone, by the developer pages and
# the line of JSON that lpsim prints: log in, take a chat, talk, transfer it
# with a note, fill in the surveys, log out. Needs bash, curl and Go.
#
#   agent.sh [LPSIM]    LPSIM is the program; it is built when not given
set -euo pipefail
cd -P "$(dirname "${BASH_SOURCE[0]}")/../../.."

if ! command -v curl >/dev/null; then
  echo "agent.sh: curl is missing" >&2
  exit 2
fi

tmp=$(mktemp -d)
sim=
cleanup() {
  [[ -n $sim ]] && kill "$sim" 2>/dev/null && wait "$sim"
  rm -rf "$tmp"
}
trap cleanup EXIT

lpsim=${1:-}
if [[ -z $lpsim ]]; then
  lpsim=$tmp/lpsim
  go build -o "$lpsim" ./cmd/lpsim
fi
mkfifo "$tmp/hello"
"$lpsim" -ca-out "$tmp/ca.pem" >"$tmp/hello" 2>"$tmp/log" &
sim=$!
read -r hello <"$tmp/hello"

fail() {
  echo "agent.sh: $*" >&2
  echo "--- lpsim's log:" >&2
  cat "$tmp/log" >&2
  exit 1
}

# field NAME JSON [N]: the Nth (first) text or number called NAME.
field() {
  local name=$1 json=$2 n=${3:-1} pattern value
  pattern="\"$name\":(\"([^\"]*)\"|(-?[0-9]+))(.*)"
  while ((n-- > 0)); do
    [[ $json =~ $pattern ]] || fail "no $name in $json"
    value=${BASH_REMATCH[2]}${BASH_REMATCH[3]}
    json=${BASH_REMATCH[4]}
  done
  printf '%s' "$value"
}

# has JSON TEXT: the JSON holds the text.
has() { [[ $1 == *"$2"* ]] || fail "no $2 in $1"; }

# call STATUS ARG...: curl with the fake's certificate; prints the body.
call() {
  local want=$1 status
  shift
  status=$(curl --silent --show-error --cacert "$tmp/ca.pem" --output "$tmp/body" --write-out '%{http_code}' "$@")
  [[ $status == "$want" ]] || fail "status $status instead of $want for ${*: -1}: $(cat "$tmp/body")"
  cat "$tmp/body"
}

url=$(field url "$hello")
host=$(field host "$hello")
account=$(field account "$hello")
json=(-H 'Accept: application/json' -H 'Content-Type: application/json')

echo "== domain"
body=$(call 200 "$url/api/account/$account/service/agentVep/baseURI.json?version=1.0")
[[ $(field baseURI "$body") == "$host" ]] || fail "the domain is $body"
# The production name leads to the fake too, for a client that can be told so.
body=$(call 200 --connect-to "::$host" "https://api.liveperson.net/api/account/$account/service/baseURI.json?version=1.0")
has "$body" '"service":"runtimeFormLogic"'

# Each agent has a jar for the login and one for the agent session.
login() { # login AGENT N
  local body
  body=$(call 200 -c "$tmp/$1.login" "${json[@]}" -d "{\"username\":\"$(field username "$hello" "$2")\",\"password\":\"$(field password "$hello" "$2")\"}" \
    "$url/api/account/$account/login?v=1.3")
  field bearer "$body" >"$tmp/$1.bearer"
  field csrf "$body" >"$tmp/$1.csrf"
}
agent() { # agent AGENT STATUS METHOD URL [BODY]
  local who=$1 status=$2 method=$3 target=$4 args
  args=(-b "$tmp/$who.jar" -c "$tmp/$who.jar" -H "Authorization: Bearer $(cat "$tmp/$who.bearer")" "${json[@]}")
  if [[ $method == PUT ]]; then
    args+=(-H 'X-HTTP-Method-Override: PUT')
  fi
  if [[ $# -gt 4 ]]; then
    args+=(-d "$5")
  fi
  if [[ $target == *\?* ]]; then
    target+='&v=1&NC=true'
  else
    target+='?v=1&NC=true'
  fi
  call "$status" "${args[@]}" "$target"
}
session() { # session AGENT: prints the agent session's URL
  field @href "$(agent "$1" 201 POST "$url/api/account/$account/agentSession" '{"loginData":""}')"
}

echo "== login, agent session, availability"
call 401 "${json[@]}" -d '{"username":"ann@lpsim","password":"wrong"}' "$url/api/account/$account/login?v=1.3" >/dev/null
login ann 1
login bob 2
ann=$(session ann)
bob=$(session bob)
agent ann 200 PUT "$ann/availability" '{"availability":{"chat":"Online"}}' >/dev/null
has "$(agent ann 200 GET "$ann/availability")" '"chat":"Online"'
has "$(agent ann 200 GET "$ann/incomingRequests")" '"ringingCount":"0"'

echo "== a visitor comes"
chat=$(field chatId "$(call 201 -d '{"visitor":"Ada","skill":"Sales","text":"Good day"}' "$url/_sim/chats")")
body=$(agent ann 200 GET "$ann/incomingRequests")
has "$body" '"ringingCount":"1"'
body=$(agent ann 201 POST "$(field @href "$body")" '{}')
ch=$(field @href "$body")
has "$ch" "$chat"

echo "== talk"
body=$(agent ann 200 GET "$ch")
has "$body" '"text":"Good day"'
agent ann 200 PUT "$ch/info/agentTyping" '{"agentTyping":"typing"}' >/dev/null
body=$(agent ann 201 POST "$ch/events" '{"event":{"@type":"line","text":"How can I help?","textType":"plain"}}')
has "$body" "$ch/events/"
call 201 -d '{"text":"I was charged twice"}' "$url/_sim/chats/$chat/lines" >/dev/null
body=$(agent ann 200 GET "$ch/events?from=6")
has "$body" '"text":"I was charged twice"'

echo "== transfer"
agent ann 400 POST "$ch/transfer" '{"transfer":{"skill":{"id":1}}}' >/dev/null
agent bob 200 PUT "$bob/availability" '{"availability":{"chat":"Online"}}' >/dev/null
body=$(agent ann 200 GET "$ch/transfer")
has "$body" '"name":"Billing"'
billing=$(field id "$body" 2)
agent ann 200 POST "$ch/transfer" "{\"transfer\":{\"skill\":{\"id\":$billing},\"text\":\"Charged twice, please check\"}}" >/dev/null
agent ann 403 GET "$ch" >/dev/null
bobs=$(field @href "$(agent bob 201 POST "$bob/incomingRequests" '{}')")
has "$(agent bob 200 GET "$bobs")" '"text":"Charged twice, please check"'
agent bob 201 POST "$bobs/events" '{"event":{"@type":"line","text":"You get it back"}}' >/dev/null
body=$(call 200 "$url/_sim/chats/$chat")
[[ $(field state "$body") == chatting && $(field agent "$body") == bob@lpsim ]] || fail "the chat is $body"
has "$body" '"text":"You get it back"'

echo "== end, chat survey"
body=$(agent bob 200 GET "$bobs/survey")
has "$body" '"showLogicId":102'
agent bob 400 PUT "$bobs/survey" '{"survey":{"questions":{"question":[{"id":101,"answer":"Order"}]}}}' >/dev/null
agent bob 200 PUT "$bobs/survey" '{"survey":{"questions":{"question":[{"id":101,"answer":"Order"},{"id":102,"answer":"4711"}]}}}' >/dev/null
agent bob 201 POST "$bobs/events" '{"event":{"@type":"state","state":"ended"}}' >/dev/null
[[ $(field state "$(call 200 "$url/_sim/chats/$chat")") == ended ]] || fail "the chat did not end"

echo "== agent survey"
conversation=$(field conversation "$hello")
query="conv=$conversation&skill=$(field skill "$hello")&v=1.0"
forms="$url/api/account/$account/forms/agent_survey"
bearer=(-H "Authorization: Bearer $(cat "$tmp/bob.bearer")" -H 'Content-Type: application/json')
call 200 -D "$tmp/head" "${bearer[@]}" "$forms/state?$query" >/dev/null
revision=$(sed -n 's/^x-lp-state-rev: *\([0-9]*\).*/\1/Ip' "$tmp/head")
answers='[{"id":1,"questionStatus":"answer","replyIds":[11]},{"id":3,"questionStatus":"answer","replyIds":[32]},{"id":4,"questionStatus":"answer","freeTextReply":"5"}]'
call 200 -D "$tmp/head" "${bearer[@]}" -X PUT -H "x-lp-state-rev: $revision" -d "$answers" "$forms/state?$query" >/dev/null
call 409 "${bearer[@]}" -H "x-lp-state-rev: $revision" -d "$answers" "$forms/state?$query" >/dev/null
revision=$(sed -n 's/^x-lp-state-rev: *\([0-9]*\).*/\1/Ip' "$tmp/head")
has "$(call 200 "${bearer[@]}" -H "x-lp-state-rev: $revision" -d "$answers" "$forms/state?$query")" '"agentSurveyStatus":"submitted"'
has "$(call 200 "$url/_sim/surveys/$conversation")" '"submits":1,'

echo "== faults"
call 201 -d '{"op":"agent.info","status":503,"retryAfter":"5"}' "$url/_sim/faults" >/dev/null
agent ann 503 GET "$ann/info" >/dev/null
call 200 -X DELETE "$url/_sim/faults" >/dev/null
agent ann 200 GET "$ann/info" >/dev/null

echo "== logout"
for who in ann bob; do
  call 200 -b "$tmp/$who.login" "${json[@]}" -d "{\"csrf\":\"$(cat "$tmp/$who.csrf")\"}" "$url/api/account/$account/logout" >/dev/null
done
agent ann 401 GET "$ann/info" >/dev/null
has "$(call 200 "$url/_sim/requests?op=logout")" '"changed":"logout of bob@lpsim"'

echo "== end of the program"
kill "$sim"
wait "$sim" || fail "lpsim ended with $?"
sim=
echo ok
