package main

import (
	"encoding/base64"
	"fmt"
	"net/url"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
)

type page[T any] struct {
	items []T
	// next is the token of the page after this one; empty on the last.
	next string
}

// readQuery reads options as Kubernetes does, and refuses those that it does not have.
func readQuery(query url.Values, into runtime.Object) error {
	if err := parameters.DecodeParameters(query, corev1.SchemeGroupVersion, into); err != nil {
		return apierrors.NewBadRequest(err.Error())
	}

	known, err := parameters.EncodeParameters(into, corev1.SchemeGroupVersion)
	if err != nil {
		return err
	}

	for name := range query {
		if !known.Has(name) {
			return apierrors.NewBadRequest(fmt.Sprintf("there is no option %q, or not with this value", name))
		}
	}

	return nil
}

// choose has those objects that a query asks for, of which as many as it takes.
func choose[T metav1.Object](query url.Values, objects []T, fieldsOf func(T) labels.Set) (page[T], error) {
	var (
		options metav1.ListOptions
		none    page[T]
	)

	if err := readQuery(query, &options); err != nil {
		return none, err
	}

	byLabel, err := labels.Parse(options.LabelSelector)
	if err != nil {
		return none, apierrors.NewBadRequest(err.Error())
	}

	byField, err := fields.ParseSelector(options.FieldSelector)
	if err != nil {
		return none, apierrors.NewBadRequest(err.Error())
	}

	start, err := base64.RawURLEncoding.DecodeString(options.Continue)
	if err != nil {
		return none, apierrors.NewBadRequest("continue key is not valid: " + err.Error())
	}

	var chosen page[T]

	for _, one := range objects {
		if nameOf(one).String() < string(start) || !byLabel.Matches(labels.Set(one.GetLabels())) ||
			!byField.Matches(fields.Set(fieldsOf(one))) {
			continue
		}

		if options.Limit > 0 && int64(len(chosen.items)) == options.Limit {
			chosen.next = base64.RawURLEncoding.EncodeToString([]byte(nameOf(one).String()))

			break
		}

		chosen.items = append(chosen.items, one)
	}

	return chosen, nil
}

func (s *store) listMeta(next string) metav1.ListMeta {
	return metav1.ListMeta{ResourceVersion: fmt.Sprint(s.version), Continue: next}
}
