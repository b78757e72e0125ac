/** A validated authorization model, for checks and for writes. Pure. */
import { fail, ok, type Result } from '../result.ts'
import { Condition } from './condition.ts'
import type { ModelFailure } from './failure.ts'
import { type ParsedModel, type ParsedRelation, type Restriction, type Rewrite, readModelJson } from './model-json.ts'

/** A relation of a validated model. */
export interface Relation extends ParsedRelation {
  /** Whether a rewrite uses this relation with 'from'. Its tuples then name single objects only. */
  readonly isTupleset: boolean
  /** Whether a tuple of this relation may name a userset. */
  readonly acceptsUsersets: boolean
}

const supportedSchemas = ['1.1', '1.2']

class InvalidModel extends Error {}

const reject = (detail: string): never => {
  throw new InvalidModel(detail)
}

/** `rewrite` and all nested rewrites, itself first. */
function* rewritesIn(rewrite: Rewrite): Generator<Rewrite> {
  yield rewrite
  if (rewrite.kind === 'union' || rewrite.kind === 'intersection') for (const child of rewrite.operands) yield* rewritesIn(child)
  if (rewrite.kind === 'difference') {
    yield* rewritesIn(rewrite.base)
    yield* rewritesIn(rewrite.subtract)
  }
}

const relationLabel = (type: string, relation: string): string => `${type}#${relation}`

/** A model whose types, relations and conditions fit together. */
export class AuthorizationModel {
  /** The model as OpenFGA's API accepts it. */
  readonly json: unknown
  readonly conditions: ReadonlyMap<string, Condition>
  readonly #types = new Map<string, ReadonlyMap<string, Relation>>()
  /** From a user kind ("user", "user:*", "group#member") or relation to the relations that it reaches in one step. */
  readonly #edges = new Map<string, Set<string>>()
  readonly #reachable = new Map<string, ReadonlySet<string>>()

  private constructor(json: unknown, read: ParsedModel) {
    this.json = json
    if (!supportedSchemas.includes(read.schema))
      reject(`schema version '${read.schema}' is not supported; use ${supportedSchemas.join(' or ')}`)
    for (const { type, relations } of read.types) this.#addType(type, relations)
    for (const [type, relations] of this.#types) for (const [name, relation] of relations) this.#validate(type, name, relation, read)
    const grounded = this.#groundedRelations()
    for (const [type, relations] of this.#types) {
      for (const name of relations.keys()) {
        if (!grounded.has(relationLabel(type, name))) reject(`no user can ever have '${relationLabel(type, name)}': it has no entry point`)
        if (this.#isCyclic(type, name, name, new Set())) reject(`'${relationLabel(type, name)}' is defined by itself`)
      }
    }
    this.conditions = new Map(
      [...read.conditions].map(([name, condition]): [string, Condition] => {
        const compiled = Condition.compile(name, condition.expression, condition.parameters)
        return [name, compiled.ok ? compiled.value : reject(`condition '${name}': ${compiled.error.detail}`)]
      }),
    )
    for (const [type, relations] of this.#types) for (const [name, { rewrite }] of relations) this.#addEdges(type, name, rewrite)
  }

  /** The model in `json`, if OpenFGA would accept it too. */
  static fromJson(json: unknown): Result<AuthorizationModel, ModelFailure> {
    const read = readModelJson(json)
    if (!read.ok) return read
    try {
      return ok(new AuthorizationModel(json, read.value))
    } catch (error) {
      if (error instanceof InvalidModel) return fail({ detail: error.message })
      throw error
    }
  }

  get types(): Iterable<string> {
    return this.#types.keys()
  }

  hasType(type: string): boolean {
    return this.#types.has(type)
  }

  relations(type: string): ReadonlyMap<string, Relation> {
    return this.#types.get(type) ?? new Map()
  }

  relation(type: string, relation: string): Relation | undefined {
    return this.#types.get(type)?.get(relation)
  }

  /** Every `type#relation` that tuples can grant to users of kind `from` ("user", "group#member"), directly or by wildcard. */
  reachable(from: string): ReadonlySet<string> {
    const cached = this.#reachable.get(from)
    if (cached) return cached
    const reached = from.includes('#') ? this.#reachedFrom(from) : this.#reachedFrom(from).union(this.#reachedFrom(`${from}:*`))
    this.#reachable.set(from, reached)
    return reached
  }

  /** Whether `type#relation` can depend on itself through tuples. */
  isRecursive(type: string, relation: string): boolean {
    const self = relationLabel(type, relation)
    return [...(this.#edges.get(self) ?? [])].some((next) => this.#reachedFrom(next).has(self))
  }

  #addType(type: string, relations: ReadonlyMap<string, ParsedRelation>): void {
    if (type === '') reject('a type has no name')
    if (!/^[^:#@\s]{1,254}$/.test(type)) reject(`'${type}' cannot be the name of a type`)
    if (type === 'self' || type === 'this') reject(`'${type}' is a reserved word and cannot be the name of a type`)
    if (this.#types.has(type)) reject(`type '${type}' is defined twice`)
    const tuplesets = new Set<string>()
    for (const { rewrite } of relations.values())
      for (const part of rewritesIn(rewrite)) if (part.kind === 'from') tuplesets.add(part.tupleset)
    const defined = new Map<string, Relation>()
    for (const [name, relation] of relations) {
      if (!/^[^:#@\s]{1,50}$/.test(name)) reject(`'${name}' cannot be the name of a relation of '${type}'`)
      if (name === 'self' || name === 'this') reject(`'${name}' is a reserved word and cannot be the name of a relation`)
      const takesUsersets = relation.restrictions.some((restriction) => restriction.relation !== '')
      defined.set(name, { ...relation, isTupleset: tuplesets.has(name), acceptsUsersets: takesUsersets })
    }
    this.#types.set(type, defined)
  }

  #validate(type: string, name: string, { rewrite, restrictions, isTupleset }: Relation, read: ParsedModel): void {
    const quotedName = `'${relationLabel(type, name)}'`
    for (const part of rewritesIn(rewrite)) this.#validatePart(type, name, part)
    const assignable = [...rewritesIn(rewrite)].some(({ kind }) => kind === 'this')
    if (assignable && restrictions.length === 0) reject(`${quotedName} is assigned directly and must say which types`)
    if (!assignable && restrictions.length > 0) reject(`${quotedName} is not assigned directly and cannot restrict types`)
    for (const { type: other, relation, wildcard, condition } of restrictions) {
      const quotedUser = `'${wildcard ? `${other}:*` : relation === '' ? other : relationLabel(other, relation)}' in ${quotedName}`
      if (!this.hasType(other)) reject(`${quotedUser}: there is no such type`)
      if (isTupleset && (wildcard || relation !== '')) reject(`${quotedUser}: a relation used with 'from' takes single objects only`)
      if (relation !== '' && !this.relation(other, relation)) reject(`${quotedUser}: there is no such relation`)
      if (condition !== '' && !read.conditions.has(condition)) reject(`${quotedUser}: condition '${condition}' is not defined`)
    }
  }

  #validatePart(type: string, name: string, part: Rewrite): void {
    const quotedName = `'${relationLabel(type, name)}'`
    switch (part.kind) {
      case 'computed':
        if (part.relation === name) reject(`${quotedName} is defined by itself`)
        if (!this.relation(type, part.relation)) reject(`${quotedName}: '${relationLabel(type, part.relation)}' is not defined`)
        return
      case 'from': {
        const tupleset =
          this.relation(type, part.tupleset) ?? reject(`${quotedName}: '${relationLabel(type, part.tupleset)}' is not defined`)
        if (tupleset.rewrite.kind !== 'this')
          reject(`${quotedName}: '${relationLabel(type, part.tupleset)}' is used with 'from' and must be a direct relation`)
        if (!tupleset.restrictions.some((restriction) => this.relation(restriction.type, part.computed))) {
          reject(`${quotedName}: no type of '${relationLabel(type, part.tupleset)}' has a relation '${part.computed}'`)
        }
        return
      }
      case 'union':
      case 'intersection':
        if (part.operands.length < 2) reject(`${quotedName}: ${part.kind} needs two operands or more`)
    }
  }

  /** The relations that tuples can grant to some user: the least fixed point of the definitions. */
  #groundedRelations(): ReadonlySet<string> {
    const grounded = new Set<string>()
    const extend = (): boolean => {
      const before = grounded.size
      for (const [type, relations] of this.#types) {
        for (const [name, relation] of relations)
          if (this.#isGrounded(type, relation, relation.rewrite, grounded)) grounded.add(relationLabel(type, name))
      }
      return grounded.size > before
    }
    while (extend());
    return grounded
  }

  #isGrounded(type: string, relation: Relation, rewrite: Rewrite, grounded: ReadonlySet<string>): boolean {
    const isPartGrounded = (part: Rewrite) => this.#isGrounded(type, relation, part, grounded)
    switch (rewrite.kind) {
      case 'this':
        return relation.restrictions.some(
          (restriction) => restriction.relation === '' || grounded.has(relationLabel(restriction.type, restriction.relation)),
        )
      case 'computed':
        return grounded.has(relationLabel(type, rewrite.relation))
      case 'from':
        return (this.relation(type, rewrite.tupleset)?.restrictions ?? []).some((restriction) =>
          grounded.has(relationLabel(restriction.type, rewrite.computed)),
        )
      case 'union':
        return rewrite.operands.some(isPartGrounded)
      case 'intersection':
        return rewrite.operands.every(isPartGrounded)
      case 'difference':
        return isPartGrounded(rewrite.base) && isPartGrounded(rewrite.subtract)
    }
  }

  /** Whether `name` leads back to `start` through computed relations alone, independent of tuples. */
  #isCyclic(type: string, start: string, name: string, seen: Set<string>): boolean {
    for (const part of rewritesIn(this.relation(type, name)?.rewrite ?? { kind: 'this' })) {
      if (part.kind !== 'computed') continue
      if (part.relation === start) return true
      if (seen.has(part.relation)) continue
      seen.add(part.relation)
      if (this.#isCyclic(type, start, part.relation, seen)) return true
    }
    return false
  }

  #addEdges(type: string, name: string, rewrite: Rewrite): void {
    const add = (from: string) => this.#edges.set(from, (this.#edges.get(from) ?? new Set()).add(relationLabel(type, name)))
    for (const part of rewritesIn(rewrite)) {
      if (part.kind === 'this') for (const restriction of this.relation(type, name)?.restrictions ?? []) add(restrictionLabel(restriction))
      if (part.kind === 'computed') add(relationLabel(type, part.relation))
      if (part.kind !== 'from') continue
      for (const restriction of this.relation(type, part.tupleset)?.restrictions ?? []) {
        if (this.relation(restriction.type, part.computed)) add(relationLabel(restriction.type, part.computed))
      }
    }
  }

  #reachedFrom(from: string): ReadonlySet<string> {
    const reached = new Set([from])
    for (const restriction of reached) for (const next of this.#edges.get(restriction) ?? []) reached.add(next)
    return reached
  }
}

/** "user", "user:*" or "group#member". */
export const restrictionLabel = ({ type, relation, wildcard }: Restriction): string =>
  wildcard ? `${type}:*` : relation === '' ? type : relationLabel(type, relation)
