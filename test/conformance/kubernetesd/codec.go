package main

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
)

// scheme has the types that this server knows; strict refuses fields that they do not have; parameters are options in
// the query of a request.
var (
	scheme     = newScheme()
	parameters = runtime.NewParameterCodec(scheme)
	strict     = json.NewSerializerWithOptions(
		json.DefaultMetaFactory, scheme, scheme, json.SerializerOptions{Strict: true},
	)
)

func newScheme() *runtime.Scheme {
	made := runtime.NewScheme()

	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, policyv1.AddToScheme, metav1.AddMetaToScheme} {
		if err := add(made); err != nil {
			panic(err)
		}
	}

	return made
}

// decode reads an object of a kind, and nothing that is not in its type.
func decode[T runtime.Object](text []byte) (T, error) {
	var none T

	read, _, err := strict.Decode(text, nil, nil)
	if err != nil {
		return none, err
	}

	object, ok := read.(T)
	if !ok {
		return none, fmt.Errorf("not a %T object: %T", none, read)
	}

	return object, nil
}

// named has the type's name and version in it, as every answer does.
func named[T runtime.Object](object T) T {
	kinds, _, err := scheme.ObjectKinds(object)
	if err != nil {
		panic(err)
	}

	object.GetObjectKind().SetGroupVersionKind(kinds[0])

	return object
}
