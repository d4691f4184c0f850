#!/usr/bin/env bash
# Runs the commands of kubectl that must work. KUBECONFIG has the server, KUBECTL is the program. The first failure ends
# the script.
set -euo pipefail
trap 'echo "FAILED at line $LINENO: $BASH_COMMAND" >&2' ERR
kubectl=${KUBECTL:-kubectl}
proven=()

# prints NAME EXPECTED COMMAND…: the command succeeds, and one line of its output matches.
prints() {
    local expected=$2 output
    proven+=("$1")
    output=$("${@:3}" 2>&1) || { echo "${*:3}: $output" >&2; false; }
    grep -qxE -- "$expected" <<<"$output" || { echo "${*:3}: no '$expected' in: $output" >&2; false; }
}

# refuses EXPECTED COMMAND…: the command fails, and its output contains the text.
refuses() {
    local expected=$1 output
    output=$("${@:2}" 2>&1) && { echo "${*:2}: $output" >&2; false; }
    grep -qF -- "$expected" <<<"$output" || { echo "${*:2}: no '$expected' in: $output" >&2; false; }
}

manifest() {
    cat <<EOF
apiVersion: example.com/v1
kind: Widget
metadata: {name: $1}
spec: {size: $2}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: $1}
data: {size: "$2"}
EOF
}
deployment() {
    cat <<EOF
apiVersion: apps/v1
kind: Deployment
metadata: {name: applied}
spec:
  replicas: $2
  selector: {matchLabels: {app: applied}}
  template:
    metadata: {labels: {app: applied}}
    spec:
      containers:
      - {name: a, image: "$1", env: [{name: X, value: "$1"}]}
      - {name: b, image: sidecar}
EOF
}
applied() { deployment "$@" | "$kubectl" apply -f -; }
definition() {
    cat <<EOF
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.example.org}
spec:
  group: example.org
  names: {plural: gadgets, kind: Gadget, shortNames: [gd]}
  scope: ${1:-Namespaced}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
---
apiVersion: example.org/v1
kind: Gadget
metadata: {name: gadget}
EOF
}
part() { definition "${@:2}" | awk -v RS=---'\n' -v part="$1" 'NR == part'; }
piped() { manifest "$1" "$2" | "${@:3}"; }

watched=$(mktemp)
trap 'rm -f "$watched"' EXIT
prints version 'Server Version: v1[.]36[.].*' "$kubectl" version
prints discovery 'widgets .*example.com/v1 .*Widget' "$kubectl" api-resources

# A watch from here to the end.
"$kubectl" get configmaps --watch --output-watch-events >"$watched" 2>&1 &
watcher=$!
seen() {
    for _ in $(seq 200); do
        grep -qE "$1" "$watched" && return
        sleep 0.05
    done
    echo "get --watch: no '$1' in: $(cat "$watched")" >&2
    false
}

prints create 'configmap/made created' "$kubectl" create configmap made --from-literal=a=b
seen '^ADDED +made '
refuses 'already exists' "$kubectl" create configmap made
refuses 'a lowercase RFC 1123 subdomain must consist of' "$kubectl" create configmap A_B
prints create 'deployment.apps/web created' "$kubectl" create deployment web --image=nginx --replicas=3
prints get 3 "$kubectl" get deployment web -o 'jsonpath={.spec.replicas}'
prints create 'namespace/other created' "$kubectl" create namespace other
prints 'create -f' 'widget.example.com/f created' piped f 1 "$kubectl" create -f -
prints 'create -f' 'configmap/g created' piped g 1 "$kubectl" create -n other -f -

prints apply 'widget.example.com/w created' piped w 1 "$kubectl" apply -f -
prints apply 'configmap/w unchanged' piped w 1 "$kubectl" apply -f -
prints apply 'configmap/w configured' piped w 2 "$kubectl" apply -f -
seen '^MODIFIED +w '
prints get 'w +[0-9]+s' "$kubectl" get widgets
prints get 2 "$kubectl" get configmap w -o 'jsonpath={.data.size}'
prints get 'other +g +[0-9]+s' "$kubectl" get configmaps --all-namespaces
refuses '(NotFound)' "$kubectl" get configmap nope
# The second one is a strategic merge patch of a list.
prints apply 'deployment.apps/applied created' applied one 1
prints apply 'deployment.apps/applied configured' applied two 2
prints apply 'deployment.apps/applied unchanged' applied two 2
prints get 'two sidecar two' "$kubectl" get deployment applied -o 'jsonpath={.spec.template.spec.containers[*].image} {..env[0].value}'
prints scale 'deployment.apps/applied scaled' "$kubectl" scale deployment applied --replicas=5
prints get 5 "$kubectl" get deployment applied -o 'jsonpath={.spec.replicas}'
prints 'set image' 'deployment.apps/applied image updated' "$kubectl" set image deployment applied b=other
prints get 'two other' "$kubectl" get deployment applied -o 'jsonpath={.spec.template.spec.containers[*].image}'
prints 'create --dry-run' 'configmap/tried created [(]server dry run[)]' "$kubectl" create configmap tried --dry-run=server
refuses '(NotFound)' "$kubectl" get configmap tried
prints delete 'deployment.apps "applied" deleted.*' "$kubectl" delete deployment applied --cascade=foreground --wait
prints wait 'widget.example.com/w condition met' "$kubectl" wait --for=jsonpath='{.spec.size}'=2 widget/w --timeout=5s
prints label 'configmap/w labeled' "$kubectl" label configmap w a=b
prints get configmap/w "$kubectl" get configmap -l a=b -o name
prints run 'pod/web created' "$kubectl" run web --image=nginx

defined() { part 1 "$@" | "$kubectl" apply -f -; }
gadget() { part 2 | "$kubectl" create -f -; }
refuses 'spec.scope: Unsupported value: "Nowhere": supported values: "Cluster", "Namespaced"' defined Nowhere
prints definitions 'customresourcedefinition.apiextensions.k8s.io/gadgets.example.org created' defined
prints definitions '.* condition met' "$kubectl" wait --for=condition=Established crd/gadgets.example.org --timeout=5s
prints definitions 'customresourcedefinition.apiextensions.k8s.io/gadgets.example.org unchanged' defined
prints definitions 'gadget.example.org/gadget created' gadget
prints definitions 'gadget +[0-9]+s' "$kubectl" get gd
prints definitions '.*"gadgets.example.org" deleted.*' "$kubectl" delete crd gadgets.example.org
refuses '(NotFound)' "$kubectl" get gd

prints delete 'pod "web" deleted.*' "$kubectl" delete pod web --wait
prints delete 'widget.example.com "w" deleted.*' "$kubectl" delete widget w
prints delete 'configmap "w" deleted.*' "$kubectl" delete configmap w
seen '^DELETED +w '
prints delete 'namespace "other" deleted' "$kubectl" delete namespace other
refuses '(NotFound)' "$kubectl" get configmap g -n other
proven+=('get -w')
kill "$watcher" && wait "$watcher" || true
printf '%s\n' "${proven[@]}" | sort | uniq -c | awk '{ printf "%s%s %s×", n++ ? ", " : "", $2 ($3 ? " " $3 : ""), $1 } END { print "" }'
