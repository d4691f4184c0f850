# Builds and starts the servers. Scripts source this file.

locked_python() { sed -n "s/^$1==//p" "servers/$1/requirements.txt"; }
locked_go() { sed -n "s|^.*$2 \(v[0-9.]*\).*|\1|p" "servers/$1/go.mod" | head -n 1; }

# Creates a Python environment with kmock, once.
build_kmock() {
    needs kmock python3 || return
    local environment
    environment=$cache/kmock-$(cksum <servers/kmock/requirements.txt | cut -d ' ' -f 1)
    kmock=$environment/bin/peer-kmock
    [ -x "$kmock" ] && return
    rm -rf "$environment"
    gets kmock "pip can't download the packages" kmock_environment "$environment"
}
kmock_environment() {
    python3 -m venv "$1" && "$1/bin/pip" install --quiet --disable-pip-version-check -r servers/kmock/requirements.txt || return 1
    # Written last: it shows that the rest is complete.
    ln -s python "$1/bin/peer-kmock"
}

# Builds a server in Go, once.
build_go() { # name, package
    local version
    version=$(locked_go "$1" "$2")
    declare -g "program=$cache/$1-$version"
    [ -x "$program" ] && return
    needs "$1" go || return
    gets "$1" "Go can't download the modules" env GOTOOLCHAIN=local GOFLAGS=-mod=readonly go -C "servers/$1" list -deps "$2" || return
    report "$1" "building it, once; that takes some minutes"
    builds "$1" env GOTOOLCHAIN=local GOFLAGS=-mod=readonly nice go -C "servers/$1" build -p 2 -trimpath -ldflags "-s -w" \
        -o "$program.new" "$2" && mv "$program.new" "$program"
}

# Sets $assets to the directory of the real kube-apiserver and etcd.
build_kube() {
    assets=$(../../.ci/kube/assets 2>"$work/assets")
    [ -n "$assets" ] || {
        report kube-apiserver "left out: $(tail -n 1 "$work/assets")"
        return 1
    }
    kube_version=$("$assets/kube-apiserver" --version | sed 's/.* //')
}

# Describes the ConfigMaps of kmock and kube-apiserver.
config_maps() {
    resource=configmaps list=/api/v1/configmaps items=/api/v1/namespaces/default/configmaps
    head='"apiVersion":"v1","kind":"ConfigMap",'
}

with_kmock() { # numbered or bare
    config_maps
    case $1 in
    numbered) numbered=1 ;;
    # Objects without a version can't be watched (API conventions: "metadata.resourceVersion").
    bare) unreadable="metadata.resourceVersion is missing" ;;
    esac
    # kmock keeps its objects in memory, so a restart is a restored database.
    can=''
    local listens
    listens=$(port)
    url=http://127.0.0.1:$listens
    up() {
        start kmock "$kmock" servers/kmock/serve.py "${url##*:}"
        until_it_does ask "$url$list"
    }
    down() { stop kmock; }
}

# Creates the files that every kube-apiserver needs, in $files.
kube_files() {
    files=$work/$case_name
    mkdir -p "$files"
    token=token-of-admin
    echo "$token,admin,1,\"system:masters\"" >"$files/tokens.csv"
    {
        openssl genrsa -out "$files/sa.key" 2048 && openssl rsa -in "$files/sa.key" -pubout -out "$files/sa.pub"
        # The aggregator shows this certificate to servers that it forwards to.
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=aggregator -keyout "$files/proxy.key" -out "$files/proxy.crt" \
            -addext extendedKeyUsage=clientAuth
    } 2>/dev/null
    kube_port=$(port)
    kube_url=https://127.0.0.1:$kube_port
}

start_kube() { # the URL of its store
    start kube-apiserver "$assets/kube-apiserver" --etcd-servers="$1" --secure-port="$kube_port" --cert-dir="$files" \
        --advertise-address=127.0.0.1 --bind-address=127.0.0.1 --authorization-mode=RBAC --endpoint-reconciler-type=none \
        --disable-admission-plugins=ServiceAccount --etcd-compaction-interval=0 --service-cluster-ip-range=10.0.0.0/24 \
        --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$files/sa.pub" \
        --service-account-signing-key-file="$files/sa.key" --token-auth-file="$files/tokens.csv" \
        --requestheader-client-ca-file="$files/proxy.crt" --requestheader-allowed-names=aggregator \
        --requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group \
        --requestheader-extra-headers-prefix=X-Remote-Extra- --proxy-client-cert-file="$files/proxy.crt" \
        --proxy-client-key-file="$files/proxy.key"
    until_it_does ask "$kube_url/readyz"
}

with_kine() {
    kube_files
    config_maps
    url=$kube_url
    can='keeps expires restores'
    kine=$program
    local store
    store=$(port)
    kine_url=127.0.0.1:$store
    up() {
        start kine "$kine" --listen-address="$kine_url" --metrics-bind-address=0 \
            --endpoint="sqlite://$files/state.db?_journal=WAL&cache=shared&_busy_timeout=30000"
        start_kube "http://$kine_url" && until_it_does ask "$url/api/v1/namespaces/default"
    }
    down() { stop kube-apiserver && stop kine TERM; }
    back_up() { mkdir -p "$files/backup" && cp "$files"/state.db* "$files/backup"; }
    restore() { rm "$files"/state.db* && cp "$files"/backup/* "$files"; }
}

# The aggregator forwards to the sample-apiserver. kube-apiserver keeps running, with its own store.
with_sample() {
    kube_files
    sample=$program
    local listens
    listens=$(port) etcd_port=$(port)
    sample_port=$listens
    url=$kube_url resource=flunders.v1alpha1.wardle.example.com
    list=/apis/wardle.example.com/v1alpha1/flunders items=/apis/wardle.example.com/v1alpha1/namespaces/default/flunders
    head='"apiVersion":"wardle.example.com/v1alpha1","kind":"Flunder",'
    can='keeps expires restores'
    cat >"$files/kubeconfig" <<END
{"apiVersion": "v1", "kind": "Config", "current-context": "it", "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
 "clusters": [{"name": "it", "cluster": {"server": "$kube_url", "insecure-skip-tls-verify": true}}],
 "users": [{"name": "it", "user": {"token": "$token"}}]}
END
    start_etcd kube-etcd "$(port)" || return
    start_kube "$etcd_url" || return
    # A service of this type is resolved by its name, because there is no network of a cluster here.
    ask -o /dev/null -H 'content-type: application/json' "$url/api/v1/namespaces/default/services" -d "{
        \"apiVersion\": \"v1\", \"kind\": \"Service\", \"metadata\": {\"name\": \"sample\"},
        \"spec\": {\"type\": \"ExternalName\", \"externalName\": \"localhost\"}}" || return
    ask -o /dev/null -H 'content-type: application/json' "$url/apis/apiregistration.k8s.io/v1/apiservices" -d "{
        \"apiVersion\": \"apiregistration.k8s.io/v1\", \"kind\": \"APIService\",
        \"metadata\": {\"name\": \"v1alpha1.wardle.example.com\"},
        \"spec\": {\"group\": \"wardle.example.com\", \"version\": \"v1alpha1\", \"insecureSkipTLSVerify\": true,
            \"groupPriorityMinimum\": 1000, \"versionPriority\": 15,
            \"service\": {\"namespace\": \"default\", \"name\": \"sample\", \"port\": $sample_port}}}" || return
    up() {
        start_etcd etcd "$etcd_port" || return
        start sample-apiserver "$sample" --etcd-servers="$etcd_url" --secure-port="$sample_port" --bind-address=127.0.0.1 \
            --cert-dir="$files/sample" --kubeconfig="$files/kubeconfig" --authentication-kubeconfig="$files/kubeconfig" \
            --authorization-kubeconfig="$files/kubeconfig" --etcd-compaction-interval=0
        until_it_does ask "$url$list"
    }
    down() {
        stop sample-apiserver
        stop etcd TERM
        # At the end of the trial, the other programs are stopped too.
        [ -n "${running[mirror]:-}" ] || { stop kube-apiserver; stop kube-etcd; }
    }
    back_up() { cp -r "$files/etcd" "$files/etcd.backup"; }
    restore() { rm -r "$files/etcd" && cp -r "$files/etcd.backup" "$files/etcd"; }
}

start_etcd() { # name, port; its URL is then in $etcd_url
    etcd_url=http://127.0.0.1:$2
    start "$1" "$assets/etcd" --data-dir="$files/$1" --listen-client-urls="$etcd_url" --advertise-client-urls="$etcd_url" \
        --listen-peer-urls=http://127.0.0.1:0 --unsafe-no-fsync=true --log-level=warn
    until_it_does curl -sf --noproxy '*' "$etcd_url/health"
}
