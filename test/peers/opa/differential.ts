/** Random inputs to the project's policy. Our evaluator (on the committed plan) and OPA (on the Rego) must agree. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { Regex } from '../../../shared/regex/regex.ts'
import { BadPattern } from '../../../shared/regex/syntax.ts'
import { evaluatePlan } from '../../../shared/rego/evaluate.ts'
import { loadPlan } from '../../../shared/rego/plan.ts'
import { type RegoValue, toJson } from '../../../shared/rego/value.ts'
import { buildPlan, entrypoints, evaluateAll, type Opa, planFile, sources, voiceEntrypoints } from './opa.ts'

const text = fc.constantFrom(
  '',
  'ada',
  'bob',
  't1',
  't2',
  'admin',
  'member',
  'x',
  'ISO',
  'DENY',
  'echo',
  'api_key',
  'Secret',
  'ada@example.com',
  '555-123-4567',
  'é👩‍🚀',
)
/** Values of a wrong type, used rarely. */
const wrongTyped = fc.constantFrom<unknown>(null, true, false, 0, 1000, 1001, -1, 1.5, 1e21, [], {}, ['admin'], { admin: true }, 'admin')
const maybeWrong = (arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 60, arbitrary }, { weight: 1, arbitrary: wrongTyped }, { weight: 2, arbitrary: fc.constant(undefined) })
const recordOf = (members: Record<string, fc.Arbitrary<unknown>>) =>
  maybeWrong(fc.record(Object.fromEntries(Object.entries(members).map(([key, arbitrary]) => [key, maybeWrong(arbitrary)]))))
const list = (...values: string[]) => maybeWrong(fc.array(maybeWrong(fc.constantFrom(...values)), { maxLength: 3, size: 'max' }))

const actions = (): string[] => {
  const actions = new Set<string>(['unheard.of', ''])
  for (const file of sources())
    for (const [, action] of readFileSync(file, 'utf8').matchAll(/"([a-z]+(?:\.[a-z]+)+)"/g)) if (action) actions.add(action)
  return [...actions]
}

const tenant = fc.constantFrom('t1', 't1', 't1', 't1', 't1', 't1', 't2')

export const inputs = (): fc.Arbitrary<unknown> =>
  recordOf({
    principal: recordOf({
      id: fc.constantFrom('ada', 'ada', 'bob', ''),
      tenant,
      roles: list('member', 'admin', 'service', 'guest', 'owner', 'viewer'),
      scopes: list('admin', 'keys:manage', 'sessions:read_all', 'net'),
    }),
    action: fc.constantFrom(...actions()),
    resource: recordOf({
      tenant,
      owner: fc.constantFrom('ada', 'bob'),
      kind: fc.constantFrom('somabrain', 'conversation_memory', 'other'),
      name: fc.oneof(text, fc.constantFrom('echo', 'timestamp', 'document_ingest', 'search')),
    }),
    context: recordOf({
      relations: list('owner', 'admin', 'member', 'viewer'),
      arguments: recordOf({
        text,
        format: fc.constantFrom('ISO', 'UNIX', 'DENY', 'iso'),
        size_bytes: fc.constantFrom(0, 1, 52428800, 52428801, 0.5),
      }),
      catalog: recordOf({ enabled: fc.boolean(), scopes: list('net', 'files') }),
      text: fc.oneof(text, fc.string({ unit: fc.constantFrom('a', '@', '.', '5', '-', ' ', '(', ')', '+', 'com'), maxLength: 24 })),
      writes_this_minute: fc.constantFrom(1, 1000, 1001, 1000.5),
      models: list('echo', 'small'),
      budget_left: fc.boolean(),
    }),
  })

const voiceInputs = (): fc.Arbitrary<unknown> =>
  recordOf({
    via: fc.constantFrom('gateway', 'gateway', 'gateway', 'internet'),
    method: fc.constantFrom('POST', 'WEBSOCKET'),
    path: fc.constantFrom('/v1/realtime', '/v1/realtime/sessions', '/v1/realtime/client_secrets'),
    headers: recordOf({
      'x-actor': fc.constantFrom('ada', 'ada', 'bob', ''),
      'x-tenant': tenant,
      'x-scopes': fc.constantFrom('voice', 'voice tools', 'admin tools', '', ' voice ', 'voices'),
    }),
    project_id: tenant,
    session: recordOf({ tenant, owner: fc.constantFrom('ada', 'ada', 'bob') }),
    tool: recordOf({ name: text, enabled: fc.boolean() }),
    audio: recordOf({
      format: fc.constantFrom('pcm16', 'g711_ulaw', 'mp3'),
      sample_rate: fc.constantFrom(8000, 24000),
      bytes: fc.constantFrom(0, 1, 4800, 15728640, 15728641),
    }),
  })

/** A pattern of few characters, so that it sometimes matches. Both sides must reject the same patterns. */
const { pattern } = fc.letrec<{ pattern: string; atom: string; piece: string }>((tie) => ({
  atom: fc.oneof(
    {
      weight: 8,
      arbitrary: fc.constantFrom(
        'a',
        'b',
        'B',
        '.',
        '[ab]',
        '[^a]',
        '[[:alpha:]]',
        '\\d',
        '\\W',
        '\\b',
        '\\B',
        '^',
        '$',
        'é',
        '\\pL',
        '(?i)',
        '(?s)',
        '\\x61',
        '\\1',
        '{',
        ']',
      ),
    },
    { weight: 2, arbitrary: tie('pattern').map((inner) => `(${inner})`) },
    { weight: 1, arbitrary: tie('pattern').map((inner) => `(?:${inner})`) },
  ),
  piece: fc
    .tuple(tie('atom'), fc.constantFrom('', '', '', '', '*', '+', '?', '*?', '+?', '??', '{1,2}', '{2}', '{0,1}?'))
    .map((parts) => parts.join('')),
  pattern: fc.oneof(
    { weight: 3, arbitrary: fc.array(tie('piece'), { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join('')) },
    { weight: 1, arbitrary: fc.tuple(tie('piece'), tie('piece')).map((parts) => parts.join('|')) },
  ),
}))

/** Random patterns on random texts. Go's regexp and ours must find the same matches and groups. */
export function patterns(opa: Opa, rounds: number, seed: number): DifferentialResult {
  const subject = fc.string({ unit: fc.constantFrom('a', 'b', 'A', 'é', '1', ' ', '\n', '👩'), maxLength: 10 })
  const samples = fc.sample(fc.record({ pattern, subject }), { numRuns: rounds, seed })
  const expected = evaluateAll(opa, 'regex.find_all_string_submatch_n(input.pattern, input.subject, -1)', [], samples)
  const result: DifferentialResult = { passed: 0, failed: [] }
  for (const [index, sample] of samples.entries()) {
    const received = findMatches(sample.pattern, sample.subject)
    if (isDeepStrictEqual(received, expected[index])) result.passed++
    else result.failed.push(`${JSON.stringify(sample)}\n  Go ${JSON.stringify(expected[index])}\n  we ${JSON.stringify(received)}`)
  }
  console.log(`seed ${seed}: ${expected.filter((matches) => matches === undefined).length} of ${rounds} patterns are invalid`)
  return result
}

function findMatches(pattern: string, subject: string): string[][] | undefined {
  try {
    const regex = new Regex(pattern)
    return regex
      .allMatches(subject, -1, () => {})
      .map((match) =>
        regex.groups.map((_, group) => ((match[group * 2] ?? -1) < 0 ? '' : subject.slice(match[group * 2], match[group * 2 + 1]))),
      )
  } catch (error) {
    if (error instanceof BadPattern) return undefined
    throw error
  }
}

export interface DifferentialResult {
  passed: number
  failed: string[]
}

/** Constitution rules of each kind, on actions that are frequent in the inputs. */
const constitutionFile = join(import.meta.dirname, 'constitution.json')
const constitution: unknown = JSON.parse(readFileSync(constitutionFile, 'utf8'))

export function differential(opa: Opa, rounds: number, seed: number): DifferentialResult {
  const [deployed, voice] = [JSON.parse(readFileSync(planFile, 'utf8')), buildPlan(opa, sources(), voiceEntrypoints)].map((json) => {
    const loaded = loadPlan(json)
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.error))
    return loaded.value
  })
  if (!deployed || !voice) throw new Error('a plan is missing')
  const result: DifferentialResult = { passed: 0, failed: [] }
  const counts = new Map<string, number>()
  for (const entrypoint of [...entrypoints, ...voiceEntrypoints]) {
    const plan = entrypoint.startsWith('voice') ? voice : deployed
    // JSON only, because neither side receives anything else.
    const samples = fc
      .sample(entrypoint.startsWith('voice') ? voiceInputs() : inputs(), { numRuns: rounds, seed })
      .map((input) => JSON.parse(JSON.stringify(input ?? {})) as unknown)
    const expected = evaluateAll(opa, `data.${entrypoint.replaceAll('/', '.')}`, [...sources(), constitutionFile], samples)
    for (const [index, input] of samples.entries()) {
      const evaluated = evaluatePlan(plan, entrypoint, input, { data: constitution as RegoValue })
      const received = !evaluated.ok
        ? { error: evaluated.error }
        : evaluated.value.value === undefined
          ? undefined
          : toJson(evaluated.value.value)
      if (isDeepStrictEqual(received, expected[index])) result.passed++
      else
        result.failed.push(
          `${entrypoint} ${JSON.stringify(input)}\n  OPA ${JSON.stringify(expected[index])}\n  we  ${JSON.stringify(received)}`,
        )
      const key = `${entrypoint} ${received === true}`
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
  }
  console.log(`seed ${seed}: ${[...counts].map(([key, count]) => `${key} ${count}`).join(', ')}`)
  return result
}
