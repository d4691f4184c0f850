// A client that measures its CPU time: client NAME URL EVENTS OBJECTS WATCHES. See ../src/bin/client/main.rs.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// As in measure.rs.
type measured struct {
	Counted   uint64 `json:"counted"`
	CPUNanos  uint64 `json:"cpuNanos"`
	WallNanos uint64 `json:"wallNanos"`
	PeakKib   uint64 `json:"peakKib"`
	KeptKib   uint64 `json:"keptKib"`
}

func cpu() uint64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return uint64(usage.Utime.Nano() + usage.Stime.Nano())
}

// A size from /proc/self/status, in KiB; 0 where there is no such file.
func memory(name string) uint64 {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if rest, is := strings.CutPrefix(lines.Text(), name+":"); is {
			size, _ := strconv.ParseUint(strings.Fields(rest)[0], 10, 64)
			return size
		}
	}
	return 0
}

func number(text string) uint64 {
	number, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		panic(err)
	}
	return number
}

func main() {
	empty := memory("VmRSS")
	name, url, events, objects := os.Args[1], os.Args[2], number(os.Args[3]), number(os.Args[4])
	config := &rest.Config{Host: url, QPS: -1}
	// A server with TLS.
	if file := os.Getenv("SPEED_CA_FILE"); file != "" {
		config.BearerToken = os.Getenv("SPEED_TOKEN")
		config.TLSClientConfig.CAFile = file
	}
	var cpuBegan, seen uint64
	var wallBegan time.Time
	begin := func() { cpuBegan, wallBegan = cpu(), time.Now() }
	end := func(counted uint64) {
		result := measured{counted, cpu() - cpuBegan, uint64(time.Since(wallBegan)), 0, 0}
		result.PeakKib = memory("VmHWM") - empty
		result.KeptKib = memory("VmRSS") - empty
		text, err := json.Marshal(result)
		if err != nil {
			panic(err)
		}
		fmt.Println(string(text))
		os.Exit(0)
	}
	begin()
	var isSynced atomic.Bool
	// The first tenth warms up, and isn't measured.
	warm := max(events/10, 1)
	count := func() {
		if !isSynced.Load() || events == 0 {
			return
		}
		seen++
		if seen == warm {
			begin()
		}
		if seen == events {
			end(events - warm)
		}
	}
	stop := make(chan struct{})
	var informer cache.SharedIndexInformer
	pods := core.SchemeGroupVersion.WithResource("pods")
	switch name {
	case "go-pod":
		factory := informers.NewSharedInformerFactory(kubernetes.NewForConfigOrDie(config), 0)
		informer = factory.Core().V1().Pods().Informer()
	case "go-dynamic":
		informer = dynamicinformer.NewDynamicSharedInformerFactory(dynamic.NewForConfigOrDie(config), 0).ForResource(pods).Informer()
	case "go-metadata":
		informer = metadatainformer.NewSharedInformerFactory(metadata.NewForConfigOrDie(config), 0).ForResource(pods).Informer()
	default:
		panic("unknown client: " + name)
	}
	informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { count() },
		UpdateFunc: func(any, any) { count() },
		DeleteFunc: func(any) { count() },
	})
	if events > 0 {
		// The list is empty, so that each call is for an event.
		isSynced.Store(true)
	}
	go informer.Run(stop)
	cache.WaitForCacheSync(stop, informer.HasSynced)
	if events == 0 {
		end(objects)
	}
	select {}
}
