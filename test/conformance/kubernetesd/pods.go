package main

import (
	"fmt"
	"net/http"
	"net/url"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
)

func (a *api) listPods(namespace string, query url.Values) (*corev1.PodList, error) {
	a.objects.mutex.Lock()
	defer a.objects.mutex.Unlock()

	there := []*corev1.Pod{}

	for _, one := range sorted(a.objects.pods) {
		if namespace == "" || one.Namespace == namespace {
			there = append(there, one)
		}
	}

	chosen, err := choose(query, there, func(pod *corev1.Pod) labels.Set {
		return labels.Set{"spec.nodeName": pod.Spec.NodeName}
	})
	if err != nil {
		return nil, err
	}

	list := &corev1.PodList{ListMeta: a.objects.listMeta(chosen.next), Items: []corev1.Pod{}}
	for _, one := range chosen.items {
		list.Items = append(list.Items, *one)
	}

	return list, nil
}

// evict does what pkg/registry/core/pod/storage/eviction.go of Kubernetes does, in its order and its words: the budget
// is asked, and used, before it is looked at whether this is the pod that was meant.
func (a *api) evict(
	namespace, name string, request *http.Request, body []byte,
) (int, runtime.Object, error) {
	var options metav1.CreateOptions
	if err := readQuery(request.URL.Query(), &options); err != nil {
		return 0, nil, err
	}

	eviction, err := decode[*policyv1.Eviction](body)
	if err != nil {
		return 0, nil, apierrors.NewBadRequest(err.Error())
	}

	if name != eviction.Name || namespace != eviction.Namespace {
		return 0, nil, apierrors.NewBadRequest("name in URL does not match name in Eviction object")
	}

	a.objects.mutex.Lock()
	defer a.objects.mutex.Unlock()

	pod, ok := a.objects.pods[types.NamespacedName{Namespace: namespace, Name: name}]
	if !ok {
		return 0, nil, apierrors.NewNotFound(corev1.Resource("pods"), name)
	}

	if !ignoresBudgets(pod) {
		if err := a.askBudgets(pod); err != nil {
			return 0, nil, err
		}
	}

	if err := checkPreconditions(pod, eviction); err != nil {
		return 0, nil, err
	}

	// A kubelet would end it and have it removed.
	if pod.DeletionTimestamp == nil {
		now := metav1.Now()
		pod.DeletionTimestamp = &now
	}

	return http.StatusCreated, named(&metav1.Status{
		Status: metav1.StatusSuccess,
		Code:   http.StatusCreated,
	}), nil
}

func checkPreconditions(pod *corev1.Pod, eviction *policyv1.Eviction) error {
	if eviction.DeleteOptions == nil || eviction.DeleteOptions.Preconditions == nil {
		return nil
	}

	uid := eviction.DeleteOptions.Preconditions.UID
	if uid == nil || *uid == pod.UID {
		return nil
	}

	return apierrors.NewConflict(corev1.Resource("Pod"), pod.Name, fmt.Errorf(
		"the UID in the precondition (%s) does not match the UID in record (%s). "+
			"The object might have been deleted and then recreated", *uid, pod.UID,
	))
}

func ignoresBudgets(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed ||
		pod.Status.Phase == corev1.PodPending || pod.DeletionTimestamp != nil
}

func (a *api) askBudgets(pod *corev1.Pod) error {
	var matching []*policyv1.PodDisruptionBudget

	for _, one := range sorted(a.objects.budgets) {
		selector, err := metav1.LabelSelectorAsSelector(one.Spec.Selector)
		if err == nil && one.Namespace == pod.Namespace && selector.Matches(labels.Set(pod.Labels)) {
			matching = append(matching, one)
		}
	}

	switch len(matching) {
	case 0:
		return nil
	case 1:
		return use(matching[0])
	default:
		return &apierrors.StatusError{ErrStatus: metav1.Status{
			Status: metav1.StatusFailure,
			Code:   http.StatusInternalServerError,
			Message: "This pod has more than one PodDisruptionBudget, " +
				"which the eviction subresource does not support.",
		}}
	}
}

// use takes one of the disruptions that a budget allows.
func use(budget *policyv1.PodDisruptionBudget) error {
	state := &budget.Status
	if state.DisruptionsAllowed > 0 {
		state.DisruptionsAllowed--

		return nil
	}

	refusal := apierrors.NewTooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", 0)
	refusal.ErrStatus.Details.Causes = append(refusal.ErrStatus.Details.Causes, metav1.StatusCause{
		Type: policyv1.DisruptionBudgetCause,
		Message: fmt.Sprintf(
			"The disruption budget %s needs %d healthy pods and has %d currently",
			budget.Name, state.DesiredHealthy, state.CurrentHealthy,
		),
	})

	return refusal
}
