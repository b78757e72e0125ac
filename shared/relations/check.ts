/**
 * Check: does `user` have `relation` to `object`? Answers as OpenFGA does, from tuples and a model. Pure. The third answer is a cycle: a
 * question that depends on itself. It counts as no, also when it is subtracted: `a but not b` is no while `b` is a cycle. Operators treat a
 * cycle as unknown: a plain no beats it in `and`, a yes in `or`. So the order of tuples never changes an answer.
 */
import { fail, ok, type Result } from '../result.ts'
import type { RelationsFailure } from './failure.ts'
import type { AuthorizationModel, Relation } from './model.ts'
import type { Rewrite } from './model-json.ts'
import { type TupleStore, withContextual } from './store.ts'
import { type ConditionContext, splitUserset, type Tuple, type TupleKey, typeOf } from './tuple.ts'
import { kindOf, questionProblem, readProblem, writeProblem } from './valid.ts'

/** A relationship to check. */
export interface Question extends TupleKey {
  /** Tuples that count for this question only. */
  readonly contextualTuples?: readonly Tuple[]
  /** Values for conditions. */
  readonly context?: ConditionContext
}

/** The limits of one check. */
export interface CheckLimits {
  /** Most steps between objects on one path, OpenFGA's `resolveNodeLimit`. Beyond it there is no answer. */
  readonly depth: number
  /** Most tuples read and relations resolved. Beyond it there is no answer. */
  readonly steps: number
}

const defaultLimits: CheckLimits = { depth: 25, steps: 20_000 }

/** OpenFGA's limit on contextual tuples. */
const maxContextualTuples = 100

/** `cycle` is a no that depends on its own answer. */
export type CheckOutcome = 'yes' | 'no' | 'cycle' | RelationsFailure

const isFailure = (outcome: CheckOutcome): outcome is RelationsFailure => typeof outcome === 'object'

/** The answer, or why there is none. Treat a missing answer as no. */
export function check(
  model: AuthorizationModel,
  store: TupleStore,
  question: Question,
  limits?: CheckLimits,
): Result<boolean, RelationsFailure> {
  const outcome = checkRelation(model, store, question, limits)
  return isFailure(outcome) ? fail(outcome) : ok(outcome === 'yes')
}

/** Like `check`, and distinguishes a plain no from a cycle. */
export function checkRelation(model: AuthorizationModel, store: TupleStore, question: Question, limits = defaultLimits): CheckOutcome {
  return checkRelations(model, store, question, [question.relation], limits)[0] ?? exhausted
}

/** One outcome for each of `relations` to the same object. They share the limit on steps and the cached results. */
export function checkRelations(
  model: AuthorizationModel,
  store: TupleStore,
  question: Question,
  relations: readonly string[],
  limits = defaultLimits,
): CheckOutcome[] {
  const failure = questionFailure(model, question)
  if (failure) return relations.map(() => failure)
  const search = new Search(model, withContextual(store, question.contextualTuples ?? []), question, limits)
  return relations.map((relation) => search.resolve(question.object, relation, 0))
}

/** Why the question cannot be asked; null: it can. */
function questionFailure(model: AuthorizationModel, question: Question): RelationsFailure | null {
  const contextual = question.contextualTuples ?? []
  const problem = questionProblem(model, question)
  if (problem) return { code: 'validation_error', detail: problem }
  if (contextual.length > maxContextualTuples)
    return { code: 'validation_error', detail: `at most ${maxContextualTuples} contextual tuples` }
  for (const tuple of contextual) {
    const tupleProblem = writeProblem(model, tuple)
    if (tupleProblem) return { code: 'invalid_tuple', detail: tupleProblem }
  }
  return null
}

/** The depth-first search for one question. The user stays the same; objects and relations change. */
class Search {
  readonly #model: AuthorizationModel
  readonly #store: TupleStore
  readonly #user: string
  readonly #userKind: string
  readonly #reachable: ReadonlySet<string>
  readonly #context: ConditionContext
  readonly #limits: CheckLimits
  /** The questions on the current path. */
  readonly #path = new Set<string>()
  /** Answers that do not depend on the path: yes and plain no, never a cycle or a failure. */
  readonly #results = new Map<string, 'yes' | 'no'>()
  #steps = 0

  constructor(model: AuthorizationModel, store: TupleStore, { user, context }: Question, limits: CheckLimits) {
    this.#model = model
    this.#store = store
    this.#user = user
    this.#userKind = kindOf(user)
    this.#reachable = model.reachable(userKind(this.#userKind))
    this.#context = context ?? {}
    this.#limits = limits
  }

  resolve(object: string, name: string, depth: number): CheckOutcome {
    if (++this.#steps > this.#limits.steps) return exhausted
    if (depth >= this.#limits.depth) return tooDeep
    const key = `${object}#${name}`
    if (this.#path.has(key)) return 'cycle'
    if (this.#user === key) return 'yes'
    const cached = this.#results.get(key)
    if (cached) return cached
    const relation = this.#model.relation(typeOf(object), name)
    if (!relation || !this.#reachable.has(`${typeOf(object)}#${name}`)) return 'no'
    this.#path.add(key)
    const outcome = this.#rewrite(object, name, relation, relation.rewrite, depth)
    this.#path.delete(key)
    if (outcome === 'yes' || outcome === 'no') this.#results.set(key, outcome)
    return outcome
  }

  #rewrite(object: string, name: string, relation: Relation, rewrite: Rewrite, depth: number): CheckOutcome {
    const checkPart = (rewrite: Rewrite) => this.#rewrite(object, name, relation, rewrite, depth)
    switch (rewrite.kind) {
      case 'this':
        return this.#direct(object, name, relation, depth)
      case 'computed':
        return this.resolve(object, rewrite.relation, depth)
      case 'from':
        return this.#from(object, rewrite.tupleset, rewrite.computed, depth)
      case 'union':
        return anyOf(rewrite.operands, checkPart)
      case 'intersection':
        return allOf(rewrite.operands, checkPart)
      case 'difference':
        return exclude(checkPart(rewrite.base), () => checkPart(rewrite.subtract))
    }
  }

  /** The tuple itself, then the wildcard of the user's type, then the usersets. */
  #direct(object: string, name: string, relation: Relation, depth: number): CheckOutcome {
    const type = typeOf(this.#user)
    const acceptsUser = relation.restrictions.some(
      (restriction) => !restriction.wildcard && kindOfRestriction(restriction) === userKind(this.#userKind),
    )
    const acceptsWildcard =
      !this.#userKind.includes('#') && relation.restrictions.some((restriction) => restriction.wildcard && restriction.type === type)
    const directUsers = [acceptsUser ? this.#user : null, acceptsWildcard ? `${type}:*` : null].filter((user) => user !== null)
    const direct = anyOf(new Set(directUsers), (user) => this.#applies(this.#store.find(object, name, user)))
    if (direct === 'yes' || !relation.acceptsUsersets) return direct
    const usersets = anyOf(this.#store.usersets(object, name), (tuple) => {
      const outcome = this.#applies(tuple)
      return outcome === 'yes' ? this.resolve(...splitUserset(tuple.user), depth + 1) : outcome
    })
    return anyOf([direct, usersets], (outcome) => outcome)
  }

  /** `computed` of every object in the `tupleset` of `object`. */
  #from(object: string, tupleset: string, computed: string, depth: number): CheckOutcome {
    return anyOf(this.#store.tuples(object, tupleset), (tuple) => {
      const outcome = this.#applies(tuple)
      if (outcome !== 'yes' || !this.#model.relation(typeOf(tuple.user), computed)) return outcome === 'yes' ? 'no' : outcome
      return this.resolve(tuple.user, computed, depth + 1)
    })
  }

  /** Whether a stored tuple counts: it fits the model, and its condition holds. */
  #applies(tuple: Tuple | undefined): CheckOutcome {
    if (!tuple) return 'no'
    if (++this.#steps > this.#limits.steps) return exhausted
    if (readProblem(this.#model, tuple)) return 'no'
    if (!tuple.condition) return 'yes'
    const condition = this.#model.conditions.get(tuple.condition.name)
    const holds = condition?.holds(this.#context, tuple.condition.context ?? {})
    if (!holds?.ok) return { code: 'validation_error', detail: holds?.error.detail ?? 'unknown condition' }
    return holds.value ? 'yes' : 'no'
  }
}

const tooComplex = (detail: string): RelationsFailure => ({ code: 'authorization_model_resolution_too_complex', detail })
const tooDeep = tooComplex('the answer needs too many steps on one path')
/** Ends the search without reading more. */
const exhausted = tooComplex('the answer takes more steps than are allowed')

/** "user" for "user:*": a wildcard reaches what each user of the type reaches. */
const userKind = (kind: string): string => kind.replace(/:\*$/, '')

const kindOfRestriction = ({ type, relation }: { type: string; relation: string }): string =>
  relation === '' ? type : `${type}#${relation}`

/** Precedence: yes, failure, cycle, no. */
function anyOf<T>(candidates: Iterable<T>, decide: (candidate: T) => CheckOutcome): CheckOutcome {
  let answer: CheckOutcome = 'no'
  for (const candidate of candidates) {
    const outcome = decide(candidate)
    if (outcome === 'yes') return outcome
    if (isFailure(outcome) || (outcome === 'cycle' && !isFailure(answer))) answer = outcome
    if (outcome === exhausted) break
  }
  return answer
}

/** Precedence: no, cycle, failure, yes. */
function allOf<T>(candidates: Iterable<T>, decide: (candidate: T) => CheckOutcome): CheckOutcome {
  let answer: CheckOutcome = 'yes'
  for (const candidate of candidates) {
    const outcome = decide(candidate)
    if (outcome === 'no') return outcome
    if (outcome === 'cycle' || (isFailure(outcome) && answer !== 'cycle')) answer = outcome
  }
  return answer
}

/** `base` but not `subtract`: yes only if `subtract` is a plain no. */
function exclude(base: CheckOutcome, subtract: () => CheckOutcome): CheckOutcome {
  if (base === 'no') return base
  const subtracted = subtract()
  if (subtracted === 'yes') return 'no'
  if (base === 'cycle' || subtracted === 'cycle') return 'cycle'
  return isFailure(base) ? base : isFailure(subtracted) ? subtracted : 'yes'
}
