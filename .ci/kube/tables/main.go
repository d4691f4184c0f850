// Writes the tables of watch-test that follow from the Go types of Kubernetes: by reflection over k8s.io/api,
// k8s.io/apimachinery and k8s.io/apiextensions-apiserver in the versions of go.mod.
//
//	go run ./tables fields     src/model/encode/field_order.txt           the fields of each struct in their order
//	go run ./tables messages   src/model/encode/protobuf/messages.txt     the fields of each message by number
//	go run ./tables merge      src/model/patch/strategic/merge_keys.txt patchStrategy and patchMergeKey of each field
package main

import (
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"

	admissionregistration "k8s.io/api/admissionregistration/v1"
	apidiscovery "k8s.io/api/apidiscovery/v2"
	apps "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	batch "k8s.io/api/batch/v1"
	coordination "k8s.io/api/coordination/v1"
	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	events "k8s.io/api/events/v1"
	networking "k8s.io/api/networking/v1"
	node "k8s.io/api/node/v1"
	policy "k8s.io/api/policy/v1"
	rbac "k8s.io/api/rbac/v1"
	scheduling "k8s.io/api/scheduling/v1"
	storage "k8s.io/api/storage/v1"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/version"
)

// The types that watch-test serves or reads. If two structs have the same name, the second one is prefixed by its
// package.
var roots = []any{
	core.Pod{}, core.ConfigMap{}, core.Secret{}, core.Service{}, core.ServiceAccount{}, core.Endpoints{},
	core.PersistentVolumeClaim{}, core.PersistentVolume{}, core.Event{}, core.Namespace{}, core.Node{},
	core.ReplicationController{}, core.ResourceQuota{}, core.LimitRange{}, core.PodTemplate{},
	apps.Deployment{}, apps.ReplicaSet{}, apps.StatefulSet{}, apps.DaemonSet{}, apps.ControllerRevision{},
	batch.Job{}, batch.CronJob{}, coordination.Lease{}, discovery.EndpointSlice{}, events.Event{},
	networking.Ingress{}, networking.IngressClass{}, networking.NetworkPolicy{}, networking.IPAddress{},
	networking.ServiceCIDR{},
	rbac.Role{}, rbac.RoleBinding{}, rbac.ClusterRole{}, rbac.ClusterRoleBinding{},
	policy.PodDisruptionBudget{}, policy.Eviction{}, autoscaling.HorizontalPodAutoscaler{}, autoscalingv1.Scale{},
	storage.StorageClass{}, storage.VolumeAttachment{}, storage.CSIDriver{}, storage.CSINode{},
	storage.CSIStorageCapacity{}, storage.VolumeAttributesClass{}, scheduling.PriorityClass{}, node.RuntimeClass{},
	admissionregistration.MutatingWebhookConfiguration{}, admissionregistration.ValidatingWebhookConfiguration{},
	apiextensions.CustomResourceDefinition{},
	meta.DeleteOptions{}, meta.PartialObjectMetadata{}, meta.StatusDetails{}, meta.Table{}, meta.APIVersions{},
	meta.APIGroupList{}, meta.APIResourceList{}, apidiscovery.APIGroupDiscoveryList{}, version.Info{},
}

// Types that aren't structs in JSON.
var leaves = map[string]bool{
	"Time": true, "MicroTime": true, "Quantity": true, "IntOrString": true, "FieldsV1": true, "RawExtension": true,
	"Duration": true, "JSON": true,
}

// Types that are one of two types in JSON. The struct is one of them.
var either = map[string]string{
	"JSONSchemaPropsOrArray": "JSONSchemaProps", "JSONSchemaPropsOrBool": "JSONSchemaProps",
	"JSONSchemaPropsOrStringArray": "JSONSchemaProps",
}

var names = map[reflect.Type]string{}
var types = map[string]reflect.Type{}

// Collects the names of a struct and of all structs in it.
func visit(t reflect.Type) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || leaves[t.Name()] || names[t] != "" {
		return
	}
	name := t.Name()
	if types[name] != nil {
		parts := strings.Split(t.PkgPath(), "/")
		name = parts[len(parts)-2] + "." + name
	}
	names[t], types[name] = name, t
	for i := range t.NumField() {
		visit(t.Field(i).Type)
	}
}

// Returns the fields of a struct in JSON. The fields of inline structs take their place.
func each(t reflect.Type, do func(name string, field reflect.StructField)) {
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "-":
		case name == "" && (field.Anonymous || strings.Contains(options, "inline")):
			inner := field.Type
			for inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			each(inner, do)
		case name != "":
			do(name, field)
		}
	}
}

func structOf(t reflect.Type) (string, bool) {
	isMap := false
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		isMap = isMap || t.Kind() == reflect.Map
		t = t.Elem()
	}
	if one := either[t.Name()]; one != "" {
		return one, isMap
	}
	return names[t], isMap
}

func fields(name string, t reflect.Type) {
	if either[name] != "" || name == "TypeMeta" {
		return
	}
	line := name
	each(t, func(name string, field reflect.StructField) {
		line += " " + name
		of, isMap := structOf(field.Type)
		if t == reflect.TypeFor[meta.TableRow]() && name == "object" {
			// The objects that rows contain most often.
			of = names[reflect.TypeFor[meta.PartialObjectMetadata]()]
		}
		if of != "" {
			line += ":"
			if isMap {
				line += "*"
			}
			line += of
		}
	})
	fmt.Println(line)
}

func merge(name string, t reflect.Type) {
	each(t, func(member string, field reflect.StructField) {
		strategy, key := field.Tag.Get("patchStrategy"), field.Tag.Get("patchMergeKey")
		if strategy != "" || key != "" {
			fmt.Println(strings.TrimSpace(fmt.Sprintf("%s %s %s %s", name, member, strategy, key)))
		}
	})
}

func messages(name string, t reflect.Type) {
	if strings.Contains(t.PkgPath(), "/apiextensions/") {
		// Schemas have a form of their own in protobuf. Clients send definitions as JSON.
		return
	}
	line, any := name, false
	for i := range t.NumField() {
		field := t.Field(i)
		parts := strings.Split(field.Tag.Get("protobuf"), ",")
		if len(parts) < 2 {
			continue
		}
		member, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if member == "" && (field.Anonymous || strings.Contains(options, "inline")) {
			member = "^"
		}
		kind, ok := kindOf(field.Type)
		if !ok {
			continue
		}
		line += " " + parts[1] + ":" + member + ":" + kind
		any = true
	}
	if any {
		fmt.Println(line)
	}
}

func kindOf(t reflect.Type) (string, bool) {
	switch t.Kind() {
	case reflect.Pointer:
		inner, ok := kindOf(t.Elem())
		return "?" + inner, ok
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "b", true
		}
		inner, ok := kindOf(t.Elem())
		return "[" + inner, ok
	case reflect.Map:
		if t.Elem().Kind() == reflect.Slice && t.Elem().Elem().Kind() != reflect.Uint8 {
			return "", false
		}
		inner, ok := kindOf(t.Elem())
		return "{" + inner, ok
	case reflect.String:
		return "s", true
	case reflect.Int, reflect.Int32, reflect.Int64:
		return "i", true
	case reflect.Float64:
		return "d", true
	case reflect.Bool:
		return "o", true
	case reflect.Struct:
		if leaves[t.Name()] {
			return t.Name(), true
		}
		return names[t], names[t] != ""
	}
	return "", false
}

func main() {
	tables := map[string]func(string, reflect.Type){"fields": fields, "messages": messages, "merge": merge}
	if len(os.Args) != 2 || tables[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: tables fields|messages|merge")
		os.Exit(2)
	}
	for _, root := range roots {
		visit(reflect.TypeOf(root))
	}
	sorted := []string{}
	for name := range types {
		sorted = append(sorted, name)
	}
	sort.Strings(sorted)
	for _, name := range sorted {
		tables[os.Args[1]](name, types[name])
	}
}
