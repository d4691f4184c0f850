// Mirrors the ConfigMaps of a server with an informer of client-go until one named zzz-done comes, and prints the
// mirror. Before that it writes something of its own. Usage: peer-client-go URL. KUBE_FEATURE_WatchListClient=true|false chooses how it begins.
package main

import (
	"context"
	"fmt"
	"os"
	"sort"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	typed "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// Writes as it does by default, in protobuf: creates, updates, and deletes if nobody else has meanwhile.
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

func main() {
	clientset, err := kubernetes.NewForConfig(&rest.Config{Host: os.Args[1]})
	if err != nil {
		panic(err)
	}
	write(clientset.CoreV1().ConfigMaps("default"))
	factory := informers.NewSharedInformerFactoryWithOptions(clientset, 0, informers.WithNamespace("default"))
	informer := factory.Core().V1().ConfigMaps().Informer()
	stop := make(chan struct{})
	factory.Start(stop)
	cache.WaitForCacheSync(stop, informer.HasSynced)
	for {
		if _, exists, _ := informer.GetStore().GetByKey("default/zzz-done"); exists {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	var lines []string
	for _, object := range informer.GetStore().List() {
		configMap := object.(*core.ConfigMap)
		lines = append(lines, fmt.Sprintf("%s %s", configMap.Name, configMap.ResourceVersion))
	}
	sort.Strings(lines)
	for _, line := range lines {
		fmt.Println(line)
	}
}
