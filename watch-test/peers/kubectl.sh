#!/usr/bin/env bash
# What kubectl must be able to do. KUBECONFIG says where, KUBECTL with what. Whatever fails ends it.
set -euo pipefail
trap 'echo "FAILED at line $LINENO: $BASH_COMMAND" >&2' ERR
kubectl=${KUBECTL:-kubectl}
proven=()

# says NAME EXPECTED COMMAND…: the command succeeds, and its output has the line.
says() {
    local expected=$2 said
    proven+=("$1")
    said=$("${@:3}" 2>&1) || { echo "${*:3}: $said" >&2; false; }
    grep -qxE -- "$expected" <<<"$said" || { echo "${*:3}: no '$expected' in: $said" >&2; false; }
}

# refuses EXPECTED COMMAND…: the command fails, and its output has it.
refuses() {
    local expected=$1 said
    said=$("${@:2}" 2>&1) && { echo "${*:2}: $said" >&2; false; }
    grep -qF -- "$expected" <<<"$said" || { echo "${*:2}: no '$expected' in: $said" >&2; false; }
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
says version 'Server Version: v1[.]36[.].*' "$kubectl" version
says discovery 'widgets .*example.com/v1 .*Widget' "$kubectl" api-resources

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

says create 'configmap/made created' "$kubectl" create configmap made --from-literal=a=b
seen '^ADDED +made '
refuses 'already exists' "$kubectl" create configmap made
refuses 'a lowercase RFC 1123 subdomain must consist of' "$kubectl" create configmap A_B
says create 'deployment.apps/web created' "$kubectl" create deployment web --image=nginx --replicas=3
says get 3 "$kubectl" get deployment web -o 'jsonpath={.spec.replicas}'
says create 'namespace/other created' "$kubectl" create namespace other
says 'create -f' 'widget.example.com/f created' piped f 1 "$kubectl" create -f -
says 'create -f' 'configmap/g created' piped g 1 "$kubectl" create -n other -f -

says apply 'widget.example.com/w created' piped w 1 "$kubectl" apply -f -
says apply 'configmap/w unchanged' piped w 1 "$kubectl" apply -f -
says apply 'configmap/w configured' piped w 2 "$kubectl" apply -f -
seen '^MODIFIED +w '
says get 'w +[0-9]+s' "$kubectl" get widgets
says get 2 "$kubectl" get configmap w -o 'jsonpath={.data.size}'
says get 'other +g +[0-9]+s' "$kubectl" get configmaps --all-namespaces
refuses '(NotFound)' "$kubectl" get configmap nope
# The second one is a strategic merge patch of a list.
says apply 'deployment.apps/applied created' applied one 1
says apply 'deployment.apps/applied configured' applied two 2
says apply 'deployment.apps/applied unchanged' applied two 2
says get 'two sidecar two' "$kubectl" get deployment applied -o 'jsonpath={.spec.template.spec.containers[*].image} {..env[0].value}'
says scale 'deployment.apps/applied scaled' "$kubectl" scale deployment applied --replicas=5
says get 5 "$kubectl" get deployment applied -o 'jsonpath={.spec.replicas}'
says 'set image' 'deployment.apps/applied image updated' "$kubectl" set image deployment applied b=other
says get 'two other' "$kubectl" get deployment applied -o 'jsonpath={.spec.template.spec.containers[*].image}'
says 'create --dry-run' 'configmap/tried created [(]server dry run[)]' "$kubectl" create configmap tried --dry-run=server
refuses '(NotFound)' "$kubectl" get configmap tried
says delete 'deployment.apps "applied" deleted.*' "$kubectl" delete deployment applied --cascade=foreground --wait
says wait 'widget.example.com/w condition met' "$kubectl" wait --for=jsonpath='{.spec.size}'=2 widget/w --timeout=5s
says label 'configmap/w labeled' "$kubectl" label configmap w a=b
says get configmap/w "$kubectl" get configmap -l a=b -o name
says run 'pod/web created' "$kubectl" run web --image=nginx

defined() { part 1 "$@" | "$kubectl" apply -f -; }
gadget() { part 2 | "$kubectl" create -f -; }
refuses 'spec.scope: Unsupported value: "Nowhere": supported values: "Cluster", "Namespaced"' defined Nowhere
says definitions 'customresourcedefinition.apiextensions.k8s.io/gadgets.example.org created' defined
says definitions '.* condition met' "$kubectl" wait --for=condition=Established crd/gadgets.example.org --timeout=5s
says definitions 'customresourcedefinition.apiextensions.k8s.io/gadgets.example.org unchanged' defined
says definitions 'gadget.example.org/gadget created' gadget
says definitions 'gadget +[0-9]+s' "$kubectl" get gd
says definitions '.*"gadgets.example.org" deleted.*' "$kubectl" delete crd gadgets.example.org
refuses '(NotFound)' "$kubectl" get gd

says delete 'pod "web" deleted.*' "$kubectl" delete pod web --wait
says delete 'widget.example.com "w" deleted.*' "$kubectl" delete widget w
says delete 'configmap "w" deleted.*' "$kubectl" delete configmap w
seen '^DELETED +w '
says delete 'namespace "other" deleted' "$kubectl" delete namespace other
refuses '(NotFound)' "$kubectl" get configmap g -n other
proven+=('get -w')
kill "$watcher" && wait "$watcher" || true
printf '%s\n' "${proven[@]}" | sort | uniq -c | awk '{ printf "%s%s %s×", n++ ? ", " : "", $2 ($3 ? " " $3 : ""), $1 } END { print "" }'
