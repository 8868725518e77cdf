package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
)

func (a *api) listNodes(query url.Values) (*corev1.NodeList, error) {
	a.objects.mutex.Lock()
	defer a.objects.mutex.Unlock()

	chosen, err := choose(query, sorted(a.objects.nodes), func(*corev1.Node) labels.Set { return nil })
	if err != nil {
		return nil, err
	}

	list := &corev1.NodeList{ListMeta: a.objects.listMeta(chosen.next), Items: []corev1.Node{}}
	for _, one := range chosen.items {
		list.Items = append(list.Items, *one)
	}

	return list, nil
}

func (a *api) node(name string) (*corev1.Node, error) {
	a.objects.mutex.Lock()
	defer a.objects.mutex.Unlock()

	if found, ok := a.objects.nodes[name]; ok {
		return found.DeepCopy(), nil
	}

	return nil, apierrors.NewNotFound(corev1.Resource("nodes"), name)
}

// patchNode merges by RFC 7396 and takes no field that a node does not have.
func (a *api) patchNode(name string, request *http.Request, patch []byte) (*corev1.Node, error) {
	if kind := request.Header.Get("Content-Type"); kind != string(types.MergePatchType) {
		return nil, &apierrors.StatusError{ErrStatus: metav1.Status{
			Status:  metav1.StatusFailure,
			Code:    http.StatusUnsupportedMediaType,
			Reason:  metav1.StatusReasonUnsupportedMediaType,
			Message: fmt.Sprintf("no patch is %s here", kind),
		}}
	}

	var options metav1.PatchOptions
	if err := readQuery(request.URL.Query(), &options); err != nil {
		return nil, err
	}

	former, err := a.node(name)
	if err != nil {
		return nil, err
	}

	text, err := json.Marshal(named(former))
	if err != nil {
		return nil, err
	}

	merged, err := jsonpatch.MergePatch(text, patch)
	if err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}

	changed, err := decode[*corev1.Node](merged)
	if err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}

	a.objects.mutex.Lock()
	defer a.objects.mutex.Unlock()

	// The status has an address of its own.
	changed.Status = former.Status
	a.objects.stamp(&changed.ObjectMeta, former)
	a.objects.nodes[name] = changed

	return changed.DeepCopy(), nil
}
