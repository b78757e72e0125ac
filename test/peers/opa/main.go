// OPA's test cases as compiled plans, and OPA's answers to inputs.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/ir"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/test/cases"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) < 3 {
		return errors.New("usage: peer cases DIRECTORY | peer evaluate QUERY FILE...")
	}
	if os.Args[1] == "cases" {
		return compileCases(os.Args[2])
	}
	return evaluate(os.Args[2], os.Args[3:])
}

// A test case with its plan. The fields are those of shared/conformance/opa-ir.
type compiledCase struct {
	cases.TestCase
	Plan        *ir.Policy `json:"plan,omitempty"`
	Entrypoints []string   `json:"entrypoints"`
	Uncompiled  string     `json:"uncompiled,omitempty"`
}

func compileCases(directory string) error {
	set, err := cases.Load(directory)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	for _, testCase := range set.Sorted().Cases {
		result := compiledCase{TestCase: testCase}
		plan, err := planOf(testCase)
		if err != nil {
			result.Uncompiled = err.Error()
		} else {
			result.Plan = plan
			for _, p := range plan.Plans.Plans {
				result.Entrypoints = append(result.Entrypoints, p.Name)
			}
		}
		if err := encoder.Encode(result); err != nil {
			return err
		}
	}
	return nil
}

// The compiler passes plans to registered evaluators. This one records the plan.
type planRecorder struct{ plan *ir.Policy }

var recorder = &planRecorder{}

func (*planRecorder) IsTarget(target string) bool { return target == "recorded" }

func (r *planRecorder) PrepareForEval(_ context.Context, plan *ir.Policy, _ ...rego.PrepareOption) (rego.TargetPluginEval, error) {
	r.plan = plan
	return r, nil
}

func (*planRecorder) Eval(context.Context, *rego.EvalContext, ast.Value) (ast.Value, error) {
	return nil, errors.New("plans are recorded, not evaluated")
}

func init() { rego.RegisterPlugin("recorded", recorder) }

func planOf(testCase cases.TestCase) (plan *ir.Policy, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("the planner panicked: %v", fault)
		}
	}()
	options := []func(*rego.Rego){rego.Query(testCase.Query), rego.Target("recorded"), rego.SetRegoVersion(ast.RegoV1)}
	for i, module := range testCase.Modules {
		options = append(options, rego.Module(fmt.Sprintf("module-%d.rego", i), module))
	}
	recorder.plan = nil
	if _, err := rego.New(options...).PrepareForEval(context.Background()); err != nil {
		return nil, err
	}
	return recorder.plan, nil
}

// Evaluates the query for each input on stdin, one JSON per line. Prints {"result": …}, or {} if it is undefined.
func evaluate(query string, files []string) error {
	ctx := context.Background()
	prepared, err := rego.New(rego.Query(query), rego.Load(files, nil), rego.SetRegoVersion(ast.RegoV1)).PrepareForEval(ctx)
	if err != nil {
		return err
	}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<26)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	for in.Scan() {
		decoder := json.NewDecoder(bytes.NewReader(in.Bytes()))
		decoder.UseNumber()
		var input any
		if err := decoder.Decode(&input); err != nil {
			return err
		}
		results, err := prepared.Eval(ctx, rego.EvalInput(input), rego.EvalTime(time.UnixMilli(0)))
		answer := map[string]any{}
		if err != nil {
			answer["error"] = err.Error()
		} else if len(results) > 0 {
			answer["result"] = results[0].Expressions[0].Value
		}
		if err := encoder.Encode(answer); err != nil {
			return err
		}
	}
	return in.Err()
}
