/** Random tuples and questions for both drivers, which must give equal answers. */
import { checkRelation, type Question } from '../../../shared/relations/check.ts'
import type { openFgaCodes } from '../../../shared/relations/failure.ts'
import type { AuthorizationModel } from '../../../shared/relations/model.ts'
import type { Restriction, Rewrite } from '../../../shared/relations/model-json.ts'
import { localRelations, type Relations } from '../../../shared/relations/relations.ts'
import { InMemoryTupleStore } from '../../../shared/relations/store.ts'
import { type Tuple, tupleText } from '../../../shared/relations/tuple.ts'

/** A seeded generator of numbers below 1 (mulberry32). */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export interface Sample {
  readonly tuples: readonly Tuple[]
  readonly questions: readonly Question[]
}

/** Few ids, so that tuples and questions overlap. */
const ids = ['a', 'b', 'c']

/** Valid tuples and questions of every kind for `model`. Some questions have contextual tuples. */
export function createSample(model: AuthorizationModel, nextRandom: () => number, tupleCount: number, questionCount: number): Sample {
  const pick = <T>(list: readonly T[]): T => {
    const member = list[Math.floor(nextRandom() * list.length)]
    if (member === undefined) throw new Error('cannot pick from an empty list')
    return member
  }
  const types = [...model.types]
  const relations = types.flatMap((type) => [...model.relations(type)].map(([name, relation]) => ({ type, name, relation })))
  const writable = relations.filter(({ relation }) => relation.restrictions.length > 0)
  const userOf = ({ type, relation, wildcard }: Omit<Restriction, 'condition'>): string =>
    wildcard ? `${type}:*` : `${type}:${pick(ids)}${relation === '' ? '' : `#${relation}`}`
  const condition = ({ condition: name }: Restriction): Pick<Tuple, 'condition'> =>
    name === '' ? {} : { condition: { name, context: createContext(model, name, nextRandom, 0.6) } }
  const createTuple = (): Tuple => {
    const { type, name, relation } = pick(writable)
    const restriction = pick(relation.restrictions)
    return { object: `${type}:${pick(ids)}`, relation: name, user: userOf(restriction), ...condition(restriction) }
  }
  const distinct = (count: number) => {
    const created = Array.from({ length: count }, createTuple).filter(({ object, relation, user }) => user !== `${object}#${relation}`)
    return [...new Map(created.map((tuple) => [tupleText(tuple), tuple])).values()]
  }
  const anyUser = (): string => {
    const { type, name } = pick(relations)
    const kind = nextRandom()
    if (kind < 0.2) return `${type}:${pick(ids)}#${name}`
    return kind < 0.3 ? `${pick(types)}:*` : `${kind < 0.8 ? (types.includes('user') ? 'user' : pick(types)) : pick(types)}:${pick(ids)}`
  }
  const context = Object.assign({}, ...[...model.conditions.keys()].map((name) => createContext(model, name, nextRandom, 0.8)))
  const createQuestion = (): Question => {
    const { type, name } = pick(relations)
    const contextualTuples = nextRandom() < 0.2 && writable.length > 0 ? distinct(1 + Math.floor(nextRandom() * 3)) : []
    return {
      object: `${type}:${pick(ids)}`,
      relation: name,
      user: anyUser(),
      contextualTuples,
      ...(model.conditions.size > 0 ? { context } : {}),
    }
  }
  return { tuples: writable.length > 0 ? distinct(tupleCount) : [], questions: Array.from({ length: questionCount }, createQuestion) }
}

/** Values for a condition's parameters. `probability`: that of each value to be present. */
function createContext(model: AuthorizationModel, name: string, nextRandom: () => number, probability: number): Record<string, unknown> {
  const values: Record<string, readonly unknown[]> = {
    bool: [true, false],
    string: ['a', 'b', '192.168.0.0/24', '10.0.0.0/8'],
    int: [0, 1, 5, 99, 100, 101, -3],
    uint: [0, 1, 5, 99, 100, 101],
    double: [0, 0.5, 1, 99.5, 1e3],
    duration: ['1s', '10m', '2h', '720h'],
    timestamp: ['2023-05-03T21:25:20Z', '2023-05-03T21:25:22+00:00', '2023-05-03T21:25:21Z', '2026-01-01T00:00:00Z'],
    ipaddress: ['192.168.0.1', '192.168.1.1', '10.1.2.3', '::1'],
  }
  const parameters = model.conditions.get(name)?.parameters ?? new Map()
  const present = [...parameters].filter(([, { type }]) => values[type] && nextRandom() < probability)
  return Object.fromEntries(present.map(([key, { type }]) => [key, values[type]?.[Math.floor(nextRandom() * (values[type]?.length ?? 0))]]))
}

export interface Comparison {
  equal: number
  /** Equal answers that are yes. */
  yes: number
  /** One side reached its depth limit. The server's limit depends on its search path, so neither side is wrong. */
  tooComplex: number
  /** OpenFGA allows where we find a cycle and deny. Some of its search paths miss the cycle. The difference is intended. */
  cycles: number
  /**
   * A condition lacks a value. We return an error when the answer needs the value.
   * Depending on its search, OpenFGA returns an error for unneeded tuples, or none.
   */
  missingValues: number
  /**
   * OpenFGA denies in a cycle through `and` or `but not`, because it uses the operand that answers first.
   * That operand can be the cycle while another one is a plain no. We always use the plain no.
   * Or OpenFGA gives different answers to the same question.
   */
  raceDependent: number
  readonly different: string[]
}

const answerOf = async (relations: Relations, question: Question): Promise<string> => {
  const result = await relations.check(question)
  return result.ok ? String(result.value) : result.error.code
}

const invalid: keyof typeof openFgaCodes = 'validation_error'
const complex: keyof typeof openFgaCodes = 'authorization_model_resolution_too_complex'

/** Compares both drivers on `sample`. `server` must be an empty store with `model`. */
export async function compare(
  name: string,
  model: AuthorizationModel,
  server: Relations,
  sample: Sample,
  comparison: Comparison,
): Promise<void> {
  const store = new InMemoryTupleStore()
  const actual = localRelations(model, store)
  for (let index = 0; index < sample.tuples.length; index += 100) {
    const writes = sample.tuples.slice(index, index + 100)
    for (const relations of [actual, server]) {
      const result = await relations.write({ writes })
      if (!result.ok) throw new Error(`${name}: the tuples cannot be written: ${JSON.stringify(result.error)}`)
    }
  }
  for (const question of sample.questions) {
    const [local, remote] = [await answerOf(actual, question), await answerOf(server, question)]
    if (local === remote) {
      comparison.equal += 1
      if (local === 'true') comparison.yes += 1
    } else if (local === complex || remote === complex) comparison.tooComplex += 1
    else if (model.conditions.size > 0 && (remote === invalid || (local === invalid && remote === 'false'))) comparison.missingValues += 1
    else if (remote === 'true' && checkRelation(model, store, question) === 'cycle') comparison.cycles += 1
    else if ((local === 'true' && canRace(model)) || (await isUnstable(server, question, local))) comparison.raceDependent += 1
    else
      comparison.different.push(
        `${name} ${JSON.stringify(question)}: ours ${local}, OpenFGA ${remote}; tuples ${sample.tuples.map(tupleText).join(' ')}`,
      )
  }
}

async function isUnstable(relations: Relations, question: Question, expected: string): Promise<boolean> {
  for (let attempt = 0; attempt < 50; attempt += 1) if ((await answerOf(relations, question)) === expected) return true
  return false
}

/** Whether a relation with `and` or `but not` can be recursive. */
function canRace(model: AuthorizationModel): boolean {
  const hasNonMonotonicOperator = (rewrite: Rewrite): boolean =>
    rewrite.kind === 'difference' ||
    rewrite.kind === 'intersection' ||
    (rewrite.kind === 'union' && rewrite.operands.some(hasNonMonotonicOperator))
  return [...model.types].some((type) =>
    [...model.relations(type)].some(([name, { rewrite }]) => hasNonMonotonicOperator(rewrite) && model.isRecursive(type, name)),
  )
}
