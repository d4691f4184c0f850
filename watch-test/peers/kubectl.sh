#!/usr/bin/env bash
# What kubectl must be able to do. KUBECONFIG says where. Any command that fails ends it.
set -euxo pipefail
kubectl version >/dev/null
kubectl api-resources | grep -q '^widgets '
apply() {
    kubectl apply -f - <<EOF
apiVersion: example.com/v1
kind: Widget
metadata: {name: w}
spec: {size: $1}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: m}
data: {size: "$1"}
EOF
}
apply 1
kubectl get widgets | grep -q '^w '
apply 2
kubectl wait --for=jsonpath='{.spec.size}'=2 widget/w --timeout=5s
kubectl label configmap m a=b
kubectl get configmap -l a=b -o name | grep -q configmap/m
kubectl run web --image=nginx
kubectl get pods -o wide | grep -q '^web '
kubectl delete pod web --wait
kubectl delete widget w
kubectl delete configmap m
kubectl wait --for=delete configmap/m --timeout=5s
