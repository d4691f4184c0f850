// Writes strategic merge patches with their results by k8s.io/apimachinery, for the tests of watch-test. Each line has
// the kind, the object, the patch, and the result or the error. The output is the same each time.
//
//	go run ./patches > ../../watch-test/src/model/patch/strategic/recorded.txt
package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand"
	"slices"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
)

type object = map[string]any
type list = []any

var random = rand.New(rand.NewSource(36))

func chance(percent int) bool { return random.Intn(100) < percent }

func pick(from ...string) string { return from[random.Intn(len(from))] }

// Returns some of the elements, in any order.
func some(all list) list {
	chosen := list{}
	for _, at := range random.Perm(len(all)) {
		if chance(60) {
			chosen = append(chosen, all[at])
		}
	}
	return chosen
}

// Returns elements of a list that is merged by a key.
func keyed(key string, element func(name string) object, names ...string) list {
	elements := list{}
	for _, name := range names {
		one := element(name)
		one[key] = any(name)
		elements = append(elements, one)
	}
	return some(elements)
}

func env(string) object { return object{"value": pick("1", "2", "3")} }

func port(string) object { return object{"name": pick("web", "admin"), "protocol": pick("TCP", "UDP")} }

func volume(string) object {
	if chance(50) {
		return object{"emptyDir": object{"medium": pick("Memory", "")}}
	}
	return object{"configMap": object{"name": pick("a", "b")}}
}

func container(string) object {
	one := object{"image": pick("i:1", "i:2")}
	if chance(60) {
		one["env"] = keyed("name", env, "A", "B", "C", "D")
	}
	if chance(40) {
		one["args"] = some(list{"x", "y", "z"})
	}
	if chance(30) {
		one["ports"] = some(list{object{"containerPort": 80, "name": pick("a", "b")}, object{"containerPort": 81}})
	}
	if chance(30) {
		one["resources"] = object{"limits": object{"cpu": pick("1", "2")}}
	}
	return one
}

func podSpec() object {
	spec := object{"containers": keyed("name", container, "a", "b", "c")}
	if chance(50) {
		spec["volumes"] = keyed("name", volume, "v", "w")
	}
	if chance(50) {
		spec["tolerations"] = some(list{object{"key": "k", "operator": pick("Exists", "Equal")}, object{"key": "l"}})
	}
	if chance(40) {
		spec["nodeSelector"] = object{pick("a", "b"): "1", "c": pick("1", "2")}
	}
	if chance(40) {
		spec["imagePullSecrets"] = keyed("name", func(string) object { return object{} }, "s", "t")
	}
	return spec
}

func metadata() object {
	meta := object{"name": "n"}
	if chance(60) {
		meta["labels"] = object{pick("a", "b"): "1", "c": pick("1", "2")}
	}
	if chance(60) {
		meta["finalizers"] = some(list{"x/a", "x/b", "x/c"})
	}
	if chance(40) {
		owner := func(string) object { return object{"kind": "K", "name": pick("m", "n")} }
		meta["ownerReferences"] = keyed("uid", owner, "1", "2", "3")
	}
	return meta
}

func deployment() object {
	spec := object{"replicas": random.Intn(3), "template": object{"metadata": metadata(), "spec": podSpec()}}
	if chance(50) {
		spec["strategy"] = object{"type": "RollingUpdate", "rollingUpdate": object{"maxSurge": random.Intn(3)}}
	} else if chance(50) {
		spec["strategy"] = object{"type": "Recreate"}
	}
	return object{"metadata": metadata(), "spec": spec}
}

func service() object {
	spec := object{"selector": object{pick("a", "b"): "1"}, "type": pick("ClusterIP", "NodePort")}
	spec["ports"] = some(list{merged(port(""), "port", 80), merged(port(""), "port", 81), merged(port(""), "port", 82)})
	return object{"metadata": metadata(), "spec": spec}
}

func merged(one object, key string, value any) object {
	one[key] = value
	return one
}

var keys = map[string]string{
	"env": "name", "containers": "name", "volumes": "name", "ports": "containerPort", "imagePullSecrets": "name",
	"ownerReferences": "uid",
}

// Makes a patch of an object: it omits and deletes fields, and adds directives.
func asPatch(value any, isService bool) any {
	member, ok := value.(object)
	if !ok {
		return value
	}
	patch := object{}
	for _, name := range slices.Sorted(maps.Keys(member)) {
		value := member[name]
		switch {
		case chance(25):
		case chance(8):
			patch[name] = nil
		default:
			patch[name] = listPatch(name, asPatch(value, isService), isService, patch)
		}
	}
	if chance(4) {
		patch["$patch"] = pick("replace", "replace", "delete", "merge", "banana")
	}
	if _, has := patch["type"]; has && chance(60) {
		retained := list{}
		for _, name := range slices.Sorted(maps.Keys(patch)) {
			retained = append(retained, name)
		}
		if chance(10) {
			retained = retained[1:]
		}
		patch["$retainKeys"] = retained
	}
	return patch
}

func listPatch(name string, value any, isService bool, patch object) any {
	elements, ok := value.(list)
	if !ok {
		return value
	}
	key := keys[name]
	if name == "ports" && isService {
		key = "port"
	}
	changed := list{}
	order := list{}
	for _, element := range elements {
		member, isMap := element.(object)
		if !isMap || key == "" {
			changed = append(changed, element)
			order = append(order, element)
			continue
		}
		switch {
		case chance(15):
			changed = append(changed, object{key: member[key], "$patch": "delete"})
		case chance(3):
			changed = append(changed, object{"$patch": pick("replace", "merge", "delete")})
		default:
			one := asPatch(member, isService).(object)
			if !chance(3) {
				one[key] = member[key]
			}
			changed = append(changed, one)
			order = append(order, object{key: member[key]})
		}
	}
	if chance(35) && (key != "" || name == "finalizers") {
		if key != "" && chance(40) {
			order = append(order, object{key: "a"})
		}
		if chance(10) {
			random.Shuffle(len(order), func(a, b int) { order[a], order[b] = order[b], order[a] })
		}
		patch["$setElementOrder/"+name] = order
	}
	if name == "finalizers" && chance(40) {
		patch["$deleteFromPrimitiveList/"+name] = some(list{"x/a", "x/b", "x/c"})
	}
	return changed
}

type result struct {
	Kind   string          `json:"kind"`
	Object json.RawMessage `json:"object"`
	Patch  json.RawMessage `json:"patch"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  string          `json:"error,omitempty"`
}

func main() {
	seen := map[string]bool{}
	for range 260 {
		kind, make, typed := "Deployment", deployment, any(apps.Deployment{})
		if chance(30) {
			kind, make, typed = "Service", service, core.Service{}
		}
		original, _ := json.Marshal(make())
		patch, _ := json.Marshal(asPatch(make(), kind == "Service"))
		one := result{Kind: kind, Object: original, Patch: patch}
		same := true
		for try := range 500 {
			merged, err := strategicpatch.StrategicMergePatch(original, patch, typed)
			text := ""
			if err != nil {
				text = err.Error()
			}
			if try > 0 && (string(merged) != string(one.Result) || text != one.Error) {
				// The order of a map decides which of two errors is returned.
				same = false
				break
			}
			one.Result, one.Error = merged, text
		}
		line, _ := json.Marshal(one)
		if same && !seen[string(line)] {
			seen[string(line)] = true
			fmt.Println(string(line))
		}
	}
}
