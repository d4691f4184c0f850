// Writes the kinds that kube-apiserver can decode: by reflection over the schemes of Kubernetes in the version of
// go.mod.
//
//	go run ./kinds > ../../watch-test/src/model/encode/kinds.txt
//
// There are three schemes: `api` for built-in types, `definitions` for CustomResourceDefinitions, and `options` for the
// body of a DELETE. A line has the scheme, the version (`*`: any), the package of the Go types, and the kinds. `Kind=T` is a
// kind whose Go type is T. `Kind>p` is a kind that can be converted to the internal type of the same name in the package
// p; for options, to the options of a DELETE.
package main

import (
	"fmt"
	"reflect"
	"sort"
	"strings"

	definitions "k8s.io/apiextensions-apiserver/pkg/apiserver"
	options "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	api "k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/controlplane"
)

func goType(object any) reflect.Type { return reflect.TypeOf(object).Elem() }

// Returns the name of a type's package.
func packageOf(t reflect.Type) string {
	name, _, _ := strings.Cut(t.String(), ".")
	return name
}

// Returns the package of the internal type that an object can be converted to.
func internal(scheme *runtime.Scheme, object runtime.Object, internals []reflect.Type) string {
	for _, t := range internals {
		if t == goType(object) {
			return packageOf(t)
		}
		if t.Name() != goType(object).Name() {
			continue
		}
		if scheme.Convert(object, reflect.New(t).Interface(), nil) == nil {
			return packageOf(t)
		}
	}
	return ""
}

func write(name string, scheme *runtime.Scheme, internals []reflect.Type) {
	lines := map[string][]string{}
	add := func(version, kind string, object runtime.Object) {
		if goType(object).Name() != kind {
			kind += "=" + goType(object).Name()
		}
		if to := internal(scheme, object, internals); to != "" {
			kind += ">" + to
		}
		key := version + " " + packageOf(goType(object))
		lines[key] = append(lines[key], kind)
	}
	for gvk, t := range scheme.AllKnownTypes() {
		object := reflect.New(t).Interface().(runtime.Object)
		any, err := scheme.New(schema.GroupVersionKind{Group: "none", Version: "none", Kind: gvk.Kind})
		if err == nil {
			add("*", gvk.Kind, any)
		}
		if err != nil || goType(any) != t {
			add(gvk.GroupVersion().String(), gvk.Kind, object)
		}
	}
	keys := []string{}
	for key := range lines {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		kinds := lines[key]
		sort.Strings(kinds)
		unique := kinds[:0]
		for i, kind := range kinds {
			if i == 0 || kind != kinds[i-1] {
				unique = append(unique, kind)
			}
		}
		fmt.Println(name, key, strings.Join(unique, " "))
	}
}

// Returns the internal types of a scheme that have metadata, which are those of objects.
func internals(scheme *runtime.Scheme) []reflect.Type {
	found := map[reflect.Type]bool{}
	for gvk, t := range scheme.AllKnownTypes() {
		if _, ok := reflect.New(t).Interface().(meta.Object); ok && gvk.Version == runtime.APIVersionInternal {
			found[t] = true
		}
	}
	sorted := []reflect.Type{}
	for t := range found {
		sorted = append(sorted, t)
	}
	sort.Slice(sorted, func(a, b int) bool { return sorted[a].String() < sorted[b].String() })
	return sorted
}

func main() {
	write("api", api.Scheme, internals(api.Scheme))
	write("definitions", definitions.Scheme, internals(definitions.Scheme))
	write("options", options.Scheme, []reflect.Type{reflect.TypeFor[meta.DeleteOptions]()})
}
