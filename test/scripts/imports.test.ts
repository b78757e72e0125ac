import { describe, expect, it } from 'vitest'
import { importsOf, violations } from '../../scripts/check/imports.ts'

/** The violations of one file that holds `source`. */
const violationsOf = (file: string, source: string) => violations(importsOf(file, source))

describe('The import rules', () => {
  it('accept imports of lower layers', () => {
    expect(violationsOf('workers/gateway/app.ts', "import { ok } from '../../shared/result.ts'")).toEqual([])
    expect(violationsOf('workers/gateway/app.ts', "import type { Session } from '../../durable-objects/session/session.ts'")).toEqual([])
    expect(violationsOf('workers/gateway/app.ts', "import { type A, type B } from '../../durable-objects/session/session.ts'")).toEqual([])
    expect(violationsOf('web/src/app/App.tsx', "import { Client } from '../../../shared/client/client.ts'")).toEqual([])
  })

  it.each([
    ['a value of an object in a Worker', 'workers/gateway/app.ts', "import { Session } from '../../durable-objects/session/session.ts'"],
    ['a value beside a type', 'workers/gateway/app.ts', "import { type A, Session } from '../../durable-objects/session/session.ts'"],
    [
      'a dynamic import of an object in a Worker',
      'workers/tools/worker.ts',
      "const { Session } = await import('../../durable-objects/worker.ts')",
    ],
    ['an export from an object in a Worker', 'workers/tools/worker.ts', "export { Session } from '../../durable-objects/worker.ts'"],
    ['another Worker', 'workers/gateway/app.ts', "import { consume } from '../background/consume.ts'"],
    ['another Worker, for its effect', 'workers/gateway/app.ts', "import '../background/consume.ts'"],
    ['a Worker in an object', 'durable-objects/session/session.ts', "import type { Runner } from '../../workers/conversation/worker.ts'"],
    ['a file outside shared/ in shared/', 'shared/turn/run.ts', "import type { Turns } from '../../durable-objects/session/turns.ts'"],
    ['a script in shared/', 'shared/turn/run.ts', "import { root } from '../../scripts/project.ts'"],
    [
      'H1: the examination of a policy in the gateway',
      'workers/gateway/policy/routes.ts',
      "import { examinePolicy } from '../../../shared/policy/trial/examine-policy.ts'",
    ],
    ['H1: a trial in a rule that the gateway uses', 'shared/policy/decision-point.ts', "import { loadReplay } from './trial/replay.ts'"],
    [
      'H1: a trial in an object',
      'durable-objects/tenant/policy.ts',
      "const { replay } = await import('../../shared/policy/trial/replay.ts')",
    ],
    ['H1: the evaluator in the gateway', 'workers/gateway/policy/routes.ts', "import { loadPlan } from '../../../shared/rego/plan.ts'"],
    [
      'H1: the evaluation of a plan in the gateway',
      'workers/gateway/policy/constitution.ts',
      "import { type EvaluationResult, evaluatePolicy } from '../../../shared/policy/evaluate-policy.ts'",
    ],
    [
      'H1: the articles of a constitution in the gateway',
      'workers/gateway/policy/constitution.ts',
      "import { violations } from '../../../shared/policy/constitution/apply.ts'",
    ],
    [
      'H1: the loader of policies in another Worker',
      'workers/tools/authorize-call.ts',
      "export { loadPolicy } from '../../shared/policy/bundle.ts'",
    ],
    ['a Worker in the web app', 'web/src/app/App.tsx', "import type { Api } from '../../../workers/gateway/worker.ts'"],
  ])('refuse %s', (_, file, source) => {
    expect(violationsOf(file, source)).toHaveLength(1)
  })

  it('H1: accept trials in the sandbox, and decisions in the gateway', () => {
    for (const [file, source] of [
      ['workers/sandbox/policy-sandbox.ts', "import { loadReplay } from '../../shared/policy/trial/replay.ts'"],
      ['workers/sandbox/policy-sandbox.ts', "import { loadPlan } from '../../shared/rego/plan.ts'"],
      ['shared/policy/trial/replay.ts', "import { sliceFuel } from './time-slices.ts'"],
      ['shared/policy/decision-point.ts', "import { evaluateToJson } from '../rego/evaluate.ts'"],
      ['workers/gateway/policy/enforce.ts', "import { DecisionPoint } from '../../../shared/policy/decision-point.ts'"],
      ['workers/gateway/policy/routes.ts', "import type { RegoValue } from '../../../shared/rego/value.ts'"],
    ] as const)
      expect(violationsOf(file, source)).toEqual([])
  })

  it('reject a cycle, types included', () => {
    const cyclePair = [
      ...importsOf('shared/a.ts', "import { b } from './b.ts'"),
      ...importsOf('shared/b.ts', "import type { A } from './a.ts'"),
    ]
    expect(violations(cyclePair)).toEqual(['an import cycle: shared/a.ts → shared/b.ts → shared/a.ts'])
    const cycleOfThree = ['a', 'b', 'c'].flatMap((name, index, names) =>
      importsOf(`shared/${name}.ts`, `export { x } from './${names[(index + 1) % 3]}.ts'`),
    )
    expect(violations(cycleOfThree)).toHaveLength(1)
  })
})
