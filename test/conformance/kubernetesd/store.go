package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/uuid"
)

// store keeps what a cluster has, by names, pods and budgets by their namespaces too.
type store struct {
	mutex   sync.Mutex
	version int
	nodes   map[string]*corev1.Node
	pods    map[types.NamespacedName]*corev1.Pod
	budgets map[types.NamespacedName]*policyv1.PodDisruptionBudget
}

func newStore() *store {
	return &store{
		nodes:   map[string]*corev1.Node{},
		pods:    map[types.NamespacedName]*corev1.Pod{},
		budgets: map[types.NamespacedName]*policyv1.PodDisruptionBudget{},
	}
}

// keep makes an object, status and all, or changes it to this.
func (s *store) keep(text []byte) error {
	object, err := decode[runtime.Object](text)
	if err != nil {
		return err
	}

	s.mutex.Lock()
	defer s.mutex.Unlock()

	switch given := object.(type) {
	case *corev1.Node:
		s.stamp(&given.ObjectMeta, s.nodes[given.Name])
		s.nodes[given.Name] = given
	case *corev1.Pod:
		name := nameOf(given)
		s.stamp(&given.ObjectMeta, s.pods[name])
		s.pods[name] = given
	case *policyv1.PodDisruptionBudget:
		name := nameOf(given)
		s.stamp(&given.ObjectMeta, s.budgets[name])
		s.budgets[name] = given
	default:
		return fmt.Errorf("no %T is kept here", object)
	}

	return nil
}

// stamp writes what the server itself decides on.
func (s *store) stamp(meta *metav1.ObjectMeta, former metav1.Object) {
	s.version++
	meta.ResourceVersion = fmt.Sprint(s.version)
	meta.Generation = 1
	meta.UID = uuid.NewUUID()
	meta.CreationTimestamp = metav1.Now()

	if isThere(former) {
		meta.UID = former.GetUID()
		meta.CreationTimestamp = former.GetCreationTimestamp()
	}
}

// isThere tells whether a map had something under a key.
func isThere(object metav1.Object) bool {
	switch given := object.(type) {
	case *corev1.Node:
		return given != nil
	case *corev1.Pod:
		return given != nil
	case *policyv1.PodDisruptionBudget:
		return given != nil
	default:
		return false
	}
}

func nameOf(object metav1.Object) types.NamespacedName {
	return types.NamespacedName{Namespace: object.GetNamespace(), Name: object.GetName()}
}

// sorted has the objects in the order of etcd's keys.
func sorted[K comparable, T metav1.Object](objects map[K]T) []T {
	return slices.SortedFunc(maps.Values(objects), func(one, two T) int {
		return cmp.Compare(nameOf(one).String(), nameOf(two).String())
	})
}
