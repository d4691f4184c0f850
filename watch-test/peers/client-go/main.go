// Mirrors the ConfigMaps of a server with an informer of client-go until one named zzz-done comes, and prints the
// mirror. Usage: peer-client-go URL. KUBE_FEATURE_WatchListClient=true|false chooses how it begins.
package main

import (
	"fmt"
	"os"
	"sort"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

func main() {
	// JSON is what is asked for by default; it is said here since watch-test speaks nothing else.
	config := &rest.Config{Host: os.Args[1], ContentConfig: rest.ContentConfig{ContentType: "application/json", AcceptContentTypes: "application/json"}}
	clientset, err := kubernetes.NewForConfig(config)
	if err != nil {
		panic(err)
	}
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
