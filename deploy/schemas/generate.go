//go:build ignore

// Generate writes the JSON schemas that ../deploy_test.go checks the files of this
// folder against, from two modules of the Go module proxy:
//
//	compose.json     compose-go's schema of the Compose specification
//	kubernetes.json  client-go's OpenAPI documents, as far as the kinds used here
//	                 reach, completed from the schema of server-side apply
//
// Descriptions are left out, and Kubernetes' objects may hold no unknown field.
// Run it with `go generate ./deploy`.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	composeModule    = "github.com/compose-spec/compose-go/v2@v2.16.2"
	kubernetesModule = "k8s.io/client-go@v0.34.2"
)

// described are the kinds that a document describes, by its name; applied those of
// the apply schema, which does not say what is required.
var (
	described = map[string][]string{
		"api__v1":        {"Service", "ConfigMap", "Secret", "Namespace", "ServiceAccount"},
		"apis__apps__v1": {"Deployment"},
	}
	applied = map[string]string{
		"networking.k8s.io/v1 NetworkPolicy": "io.k8s.api.networking.v1.NetworkPolicy",
		"policy/v1 PodDisruptionBudget":      "io.k8s.api.policy.v1.PodDisruptionBudget",
	}
)

type object = map[string]any

func main() {
	log.SetFlags(0)
	compose := read(filepath.Join(download(composeModule), "schema", "compose-spec.json"))
	delete(compose, "$id")
	write("schemas/compose.json", prune(compose))
	write("schemas/kubernetes.json", kubernetes(download(kubernetesModule)))
}

func download(module string) string {
	out, err := exec.Command("go", "mod", "download", "-json", module).Output()
	if err != nil {
		log.Fatalf("%s: %v\n%s", module, err, out)
	}
	var got struct{ Dir string }
	if err := json.Unmarshal(out, &got); err != nil {
		log.Fatal(err)
	}
	return got.Dir
}

func read(name string) object {
	text, err := os.ReadFile(name)
	if err != nil {
		log.Fatal(err)
	}
	var o object
	if err := json.Unmarshal(text, &o); err != nil {
		log.Fatalf("%s: %v", name, err)
	}
	return o
}

func write(name string, o any) {
	text, err := json.MarshalIndent(o, "", " ")
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(name, append(text, '\n'), 0o644); err != nil {
		log.Fatal(err)
	}
}

// prune takes out what does not check anything. A map of properties may have one of
// that name.
func prune(v any) any {
	switch v := v.(type) {
	case object:
		for key, value := range v {
			switch {
			case key == "properties" || key == "$defs" || key == "definitions" || key == "patternProperties":
				for name, inner := range value.(object) {
					value.(object)[name] = prune(inner)
				}
			case key == "description" || key == "default" || key == "title" || strings.HasPrefix(key, "x-kubernetes-"):
				delete(v, key)
			default:
				v[key] = prune(value)
			}
		}
	case []any:
		for i := range v {
			v[i] = prune(v[i])
		}
	}
	return v
}

func kubernetes(module string) object {
	all, roots := object{}, object{}
	for document, names := range described {
		schemas := read(filepath.Join(module, "openapi", "openapitest", "testdata", document+"_openapi.json"))["components"].(object)["schemas"].(object)
		for name, schema := range schemas {
			all[name] = schema
			groups, _ := schema.(object)["x-kubernetes-group-version-kind"].([]any)
			for _, g := range groups {
				g := g.(object)
				for _, kind := range names {
					if version := strings.TrimPrefix(fmt.Sprintf("%s/%s", g["group"], g["version"]), "/"); g["kind"] == kind && len(groups) == 1 {
						roots[version+" "+kind] = object{"$ref": "#/$defs/" + name}
					}
				}
			}
		}
	}
	for name, schema := range applySchema(module) {
		known, ok := all[name].(object)
		if !ok {
			all[name] = schema
			continue
		}
		// The documents are older than the module: they lack the newest fields.
		properties, _ := known["properties"].(object)
		added, _ := schema.(object)["properties"].(object)
		for field, value := range added {
			if properties != nil && properties[field] == nil {
				properties[field] = value
			}
		}
	}
	for kind, name := range applied {
		roots[kind] = object{"$ref": "#/$defs/" + name}
	}
	defs := object{}
	for _, root := range roots {
		reach(root, all, defs)
	}
	for _, def := range defs {
		def := def.(object)
		if properties, ok := def["properties"].(object); ok {
			delete(properties, "status")
			def["additionalProperties"] = false
		}
	}
	return object{"$schema": "https://json-schema.org/draft/2020-12/schema", "kinds": roots, "$defs": prune(defs)}
}

// applySchema is the schema of server-side apply, as JSON schemas.
func applySchema(module string) object {
	source, err := os.ReadFile(filepath.Join(module, "applyconfigurations", "internal", "internal.go"))
	if err != nil {
		log.Fatal(err)
	}
	_, text, _ := strings.Cut(string(source), "typed.YAMLObject(`")
	text, _, found := strings.Cut(text, "`)")
	var schema struct{ Types []applyType }
	if err := yaml.Unmarshal([]byte(text), &schema); err != nil || !found {
		log.Fatalf("apply schema: %v", err)
	}
	types := object{}
	for _, t := range schema.Types {
		types[t.Name] = t.schema()
	}
	return types
}

type applyType struct {
	Name      string
	NamedType string `yaml:"namedType"`
	Scalar    string
	Map       *struct {
		Fields []struct {
			Name string
			Type applyType
		}
		ElementType *applyType `yaml:"elementType"`
	}
	List *struct {
		ElementType applyType `yaml:"elementType"`
	}
}

func (t applyType) schema() object {
	switch {
	case t.NamedType != "":
		return object{"$ref": "#/$defs/" + t.NamedType}
	case t.List != nil:
		return object{"type": "array", "items": t.List.ElementType.schema()}
	case t.Map != nil && len(t.Map.Fields) > 0:
		properties := object{}
		for _, f := range t.Map.Fields {
			properties[f.Name] = f.Type.schema()
		}
		return object{"type": "object", "properties": properties}
	case t.Map != nil && t.Map.ElementType != nil:
		return object{"type": "object", "additionalProperties": t.Map.ElementType.schema()}
	case t.Scalar == "numeric":
		return object{"type": "number"}
	case t.Scalar == "string" || t.Scalar == "boolean":
		return object{"type": t.Scalar}
	}
	return object{} // untyped
}

// reach copies what a schema refers to, and turns its references to where they are
// now.
func reach(v any, all, defs object) {
	switch v := v.(type) {
	case object:
		for key, value := range v {
			if ref, ok := value.(string); ok && key == "$ref" {
				name := ref[strings.LastIndexByte(ref, '/')+1:]
				v[key] = "#/$defs/" + name
				if defs[name] == nil {
					defs[name] = all[name]
					reach(all[name], all, defs)
				}
				continue
			}
			if key != "status" {
				reach(value, all, defs)
			}
		}
	case []any:
		for _, inner := range v {
			reach(inner, all, defs)
		}
	}
}
