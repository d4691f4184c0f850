// Mirrors the ConfigMaps of a server with an informer of client-go until one named zzz-done comes. Each time that the
// mirror changes, it is printed on a line: name@resourceVersion, sorted. Usage: peer-client-go URL [write]. With write,
// it first writes something of its own. KUBE_FEATURE_WatchListClient=true|false chooses how it begins.
package main

import (
	"context"
	"fmt"
	"os"
	"sort"
	"strings"
	"sync"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	typed "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// Writes in protobuf, client-go's default: creates, updates, and deletes with a precondition.
func write(configMaps typed.ConfigMapInterface) {
	ctx := context.Background()
	created, err := configMaps.Create(ctx, &core.ConfigMap{ObjectMeta: meta.ObjectMeta{Name: "written", Labels: map[string]string{"a": "b"}}}, meta.CreateOptions{})
	if err != nil {
		panic(err)
	}
	created.Data = map[string]string{"n": "1"}
	updated, err := configMaps.Update(ctx, created, meta.UpdateOptions{})
	if err != nil {
		panic(err)
	}
	if updated.UID != created.UID || updated.ResourceVersion == created.ResourceVersion || updated.Data["n"] != "1" || updated.Labels["a"] != "b" {
		panic(fmt.Sprintf("%v became %v", created, updated))
	}
	before := meta.DeleteOptions{Preconditions: &meta.Preconditions{ResourceVersion: &created.ResourceVersion}}
	if err := configMaps.Delete(ctx, "written", before); !errors.IsConflict(err) {
		panic(fmt.Sprintf("deleted in spite of the precondition: %v", err))
	}
	before.Preconditions.ResourceVersion = &updated.ResourceVersion
	if err := configMaps.Delete(ctx, "written", before); err != nil {
		panic(err)
	}
}

// Prints the mirror when it changes.
type printer struct {
	mutex   sync.Mutex
	store   cache.Store
	begun   bool
	printed string
}

// Prints the mirror, if it differs from the last one. Before the first list is complete, there is no mirror.
func (p *printer) print(isComplete bool) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if !isComplete {
		return
	}
	var objects []string
	for _, object := range p.store.List() {
		configMap := object.(*core.ConfigMap)
		objects = append(objects, configMap.Name+"@"+configMap.ResourceVersion)
	}
	sort.Strings(objects)
	line := strings.Join(objects, " ")
	if !p.begun || line != p.printed {
		fmt.Println(line)
		p.begun, p.printed = true, line
	}
	if _, exists, _ := p.store.GetByKey("default/zzz-done"); exists {
		os.Exit(0)
	}
}

func main() {
	clientset, err := kubernetes.NewForConfig(&rest.Config{Host: os.Args[1]})
	if err != nil {
		panic(err)
	}
	if len(os.Args) > 2 && os.Args[2] == "write" {
		write(clientset.CoreV1().ConfigMaps("default"))
	}
	factory := informers.NewSharedInformerFactoryWithOptions(clientset, 0, informers.WithNamespace("default"))
	informer := factory.Core().V1().ConfigMaps().Informer()
	printer := &printer{store: informer.GetStore()}
	informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { printer.print(informer.HasSynced()) },
		UpdateFunc: func(any, any) { printer.print(informer.HasSynced()) },
		DeleteFunc: func(any) { printer.print(informer.HasSynced()) },
	})
	stop := make(chan struct{})
	factory.Start(stop)
	cache.WaitForCacheSync(stop, informer.HasSynced)
	printer.print(true)
	select {}
}
