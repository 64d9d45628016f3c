// Prints, as JSON, how Kubernetes' own Go types write themselves: OpenAPI does not say whether a field is a pointer
// or drops its zero value, nor what the Go type is called that a decoding error names.
//
//	{"io.k8s.api.core.v1.Container": {"name": ["v", "string"], "image": ["z", "string"], …}, …}
//
// "z": a zero value is left out. "p": a pointer; absent or as given. "v": always there, zero value included.
// "o": a struct value that is always decoded into and whose emptiness does not drop it.
package main

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
)

var shapes = map[string]map[string][2]string{}

func definition(t reflect.Type) string {
	path := strings.Split(t.PkgPath(), "/")
	host := strings.Split(path[0], ".")
	for i, j := 0, len(host)-1; i < j; i, j = i+1, j-1 {
		host[i], host[j] = host[j], host[i]
	}
	return strings.Join(append(host, path[1:]...), ".") + "." + t.Name()
}

func isZeroDropped(t reflect.Type, options string) bool {
	if strings.Contains(options, "omitzero") {
		return true
	}
	return strings.Contains(options, "omitempty") && t.Kind() != reflect.Struct
}

func code(t reflect.Type, options string) string {
	switch {
	case t.Kind() == reflect.Pointer:
		return "p"
	case isZeroDropped(t, options):
		return "z"
	case t.Kind() == reflect.Struct:
		return "o"
	default:
		return "v"
	}
}

func fields(t reflect.Type, into map[string][2]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" || !f.IsExported() {
			continue
		}
		if name == "" && f.Anonymous {
			fields(f.Type, into)
			continue
		}
		bare := f.Type
		if bare.Kind() == reflect.Pointer {
			bare = bare.Elem()
		}
		into[name] = [2]string{code(f.Type, options), bare.String()}
		walk(f.Type)
	}
}

func walk(t reflect.Type) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		walk(t.Elem())
	case reflect.Struct:
		name := definition(t)
		if _, seen := shapes[name]; seen {
			return
		}
		into := map[string][2]string{}
		shapes[name] = into
		if _, own := reflect.New(t).Interface().(json.Unmarshaler); own {
			return
		}
		fields(t, into)
	}
}

func main() {
	types := runtime.NewScheme()
	if err := scheme.AddToScheme(types); err != nil {
		panic(err)
	}
	if err := apiextensions.AddToScheme(types); err != nil {
		panic(err)
	}
	for _, t := range types.AllKnownTypes() {
		walk(t)
	}
	if err := json.NewEncoder(os.Stdout).Encode(shapes); err != nil {
		panic(err)
	}
}
