/** OpenFGA's own tests of Check, from the folder beside the project: models, tuples, questions and error codes. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { parse } from 'yaml'
import { modelFromDsl } from '../../../scripts/relations/model.ts'
import { check } from '../../../shared/relations/check.ts'
import { openFgaCodes } from '../../../shared/relations/failure.ts'
import type { AuthorizationModel } from '../../../shared/relations/model.ts'
import { InMemoryTupleStore } from '../../../shared/relations/store.ts'
import type { Tuple } from '../../../shared/relations/tuple.ts'
import { questionProblem, writeProblem } from '../../../shared/relations/valid.ts'
import { describeWithData } from '../../support/conformance.ts'

interface QuestionFields {
  readonly contextualTuples?: readonly Tuple[] | null
  readonly context?: Record<string, unknown>
  readonly errorCode?: number | string
}

interface Stage {
  readonly model: string
  readonly tuples?: readonly Tuple[] | null
  readonly checkAssertions?: readonly (QuestionFields & { readonly tuple: Tuple; readonly expectation?: boolean })[] | null
  readonly listObjectsAssertions?:
    | readonly (QuestionFields & {
        readonly request: { user: string; type: string; relation: string }
        readonly expectation?: readonly string[] | null
      })[]
    | null
}

const file =
  process.env.SOMA_OPENFGA_CASES ?? join(import.meta.dirname, '../../../../shared/conformance/openfga/consolidated_1_1_tests.yaml')
const tests: { name: string; stages: Stage[] }[] = existsSync(file) ? parse(readFileSync(file, 'utf8')).tests : []

const tally = { passed: 0, failed: [] as string[], listed: 0 }

const parseModel = (dsl: string): AuthorizationModel => {
  const model = modelFromDsl(dsl)
  if (!model.ok) throw new Error(`${model.error.line}:${model.error.column} ${model.error.detail}`)
  return model.value
}

function compare(name: string, expected: unknown, actual: unknown): void {
  if (Object.is(expected, actual)) tally.passed += 1
  else tally.failed.push(`${name}: expected ${expected}, got ${actual}`)
}

const codeNumber = (code: number | string): unknown =>
  typeof code === 'number' ? code : Object.entries(openFgaCodes).find(([name]) => code === `ErrorCode_${name}`)?.[1]

const answer = (
  model: AuthorizationModel,
  store: InMemoryTupleStore,
  key: Tuple,
  { contextualTuples, context = {} }: QuestionFields,
): boolean | number => {
  const result = check(model, store, { ...key, contextualTuples: contextualTuples ?? [], context })
  if (result.ok) return result.value
  const { code } = result.error
  return code in openFgaCodes ? openFgaCodes[code as keyof typeof openFgaCodes] : 0
}

function runStage(name: string, stage: Stage, store: InMemoryTupleStore): void {
  const model = parseModel(stage.model)
  for (const tuple of stage.tuples ?? []) expect(writeProblem(model, tuple)).toBe(null)
  store.apply(stage.tuples ?? [], [])
  for (const assertion of stage.checkAssertions ?? []) {
    const expected = assertion.errorCode === undefined ? assertion.expectation : codeNumber(assertion.errorCode)
    compare(`${name} ${JSON.stringify(assertion.tuple)}`, expected, answer(model, store, assertion.tuple, assertion))
  }
  for (const { request, ...assertion } of stage.listObjectsAssertions ?? []) {
    const { user, type, relation } = request
    if (assertion.errorCode !== undefined) {
      // Listing takes a type, not an object. Its codes distinguish a missing type from a missing relation.
      const isInvalid = (assertion.contextualTuples ?? []).some((tuple) => writeProblem(model, tuple))
      const code = !model.hasType(type)
        ? 2021
        : !model.relation(type, relation)
          ? 2022
          : isInvalid
            ? 2027
            : questionProblem(model, { object: `${type}:1`, relation, user })
              ? 2000
              : 0
      compare(
        `${name} list ${JSON.stringify(request)}`,
        codeNumber(assertion.errorCode),
        code || answer(model, store, { object: `${type}:1`, relation, user }, assertion),
      )
      continue
    }
    // The expected list contains every named object that Check allows.
    const names = [...allTuples(stage), ...(assertion.contextualTuples ?? [])].flatMap(({ object, user }) => [
      object,
      user.split('#')[0] ?? '',
    ])
    for (const object of new Set(names.filter((name) => name.startsWith(`${type}:`) && !name.endsWith(':*')))) {
      tally.listed += 1
      compare(
        `${name} list ${object} ${JSON.stringify(request)}`,
        (assertion.expectation ?? []).includes(object),
        answer(model, store, { object, relation, user }, assertion),
      )
    }
  }
}

const allTuples = (stage: Stage): readonly Tuple[] => stage.tuples ?? []

describeWithData("OpenFGA's tests", 'openfga', () => {
  it.each(tests)('$name', ({ stages, name }) => {
    const before = tally.failed.length
    const store = new InMemoryTupleStore()
    for (const stage of stages) runStage(name, stage, store)
    expect(tally.failed.slice(before)).toEqual([])
  })

  afterAll(() => {
    const { passed, failed, listed } = tally
    const listings = `${listed} of them are listings, checked object by object`
    console.log(`openfga: ${tests.length} tests, ${passed} answers passed, ${failed.length} failed, 0 skipped (${listings})`)
  })
})

if (tests.length === 0) console.log('openfga: no conformance data at ../shared/conformance/openfga, so its tests did not run')
