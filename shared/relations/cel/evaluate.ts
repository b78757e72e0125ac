/** Type-checks and evaluates CEL, within a budget of steps. Pure. */
import {
  compatible,
  elementOf,
  field,
  functions,
  isKind,
  listOf,
  mapOf,
  methods,
  mixedFunctions,
  type Overload,
  type Type,
} from './functions.ts'
import { CelError, type Literal, type Node } from './parse.ts'
import { type CelValue, isEqual, typeName, Uint } from './values.ts'

const overloads = (name: string, method: boolean): readonly Overload[] => {
  const overload = (method ? methods : functions).get(name)
  if (!overload) throw new CelError(method ? `there is no method '${name}'` : `there is no function '${name}'`)
  return overload
}

/** Functions with literal arguments that are checked at compile time. */
const conversions = new Set(['int', 'uint', 'double', 'string', 'timestamp', 'duration'])

const literal = (node: Node | undefined): Literal | undefined => (node?.kind === 'literal' ? node.value : undefined)
const empty: Node = { kind: 'literal', value: '' }

const toValue = (literal: Literal): CelValue => (typeof literal === 'object' && literal !== null ? new Uint(literal.uint) : literal)

const bool = (type: Type, what: string): Type => {
  if (!compatible(type, 'bool')) throw new CelError(`${what} must be a bool, not ${type}`)
  return 'bool'
}

/** The common type of `types`, or `dyn` if they differ. */
const common = (types: readonly Type[]): Type => (types.every((type) => type === types[0]) ? (types[0] ?? 'dyn') : 'dyn')

/** The type of `node`, with the types of its names. Throws `CelError` if it has none. */
export function typeOfNode(node: Node, names: ReadonlyMap<string, Type>): Type {
  const type = (node: Node) => typeOfNode(node, names)
  switch (node.kind) {
    case 'literal':
      return typeName(toValue(node.value))
    case 'name': {
      const known = names.get(node.name)
      if (known === undefined) throw new CelError(`'${node.name}' is not a parameter`)
      return known
    }
    case 'select':
    case 'has': {
      const operandType = type(node.of)
      if (operandType !== 'dyn' && !isKind(operandType, 'map')) throw new CelError(`${operandType} has no fields`)
      return node.kind === 'has' ? 'bool' : elementOf(operandType)
    }
    case 'list':
      return listOf(common(node.items.map(type)))
    case 'map':
      for (const [key] of node.entries) if (!compatible(type(key), 'string')) throw new CelError('keys of maps must be strings')
      return mapOf(common(node.entries.map(([, value]) => type(value))))
    case 'call': {
      const callType = typeOfCall(node.name, node.method, node.args.map(type))
      const [first, second] = node.args
      // A literal that does not convert, or a pattern that does not compile, is a mistake in the model.
      if (!node.method && conversions.has(node.name) && first?.kind === 'literal') new Evaluation().value(node, new Map())
      if (node.name === 'matches' && typeof literal(second) === 'string')
        new Evaluation().value({ ...node, args: [empty, second ?? empty] }, new Map())
      return callType
    }
    case 'each':
      return typeOfEach(node, names)
  }
}

function typeOfCall(name: string, method: boolean, args: readonly Type[]): Type {
  const [one = 'dyn', other = 'dyn', third = 'dyn'] = args
  if (!method && (name === '&&' || name === '||')) {
    bool(one, `what is before ${name}`)
    return bool(other, `what is after ${name}`)
  }
  if (!method && name === '?:') {
    bool(one, 'what is before ?')
    if (!compatible(other, third)) throw new CelError(`? chooses between ${other} and ${third}`)
    return common([other, third])
  }
  if (!method && (name === '==' || name === '!=')) {
    if (!compatible(one, other)) throw new CelError(`${one} and ${other} cannot be equal`)
    return 'bool'
  }
  const fitting = overloads(name, method).filter(
    ({ parameters: takes }) => takes.length === args.length && takes.every((type, index) => compatible(type, args[index] ?? 'dyn')),
  )
  if (fitting.length === 0) throw new CelError(`'${name}' does not take (${args.join(', ')})`)
  if (name === '+' && isKind(one, 'list') && !compatible(one, other)) throw new CelError(`${one} and ${other} are not one list`)
  if (name === 'in' && isKind(other, 'list') && !compatible(one, elementOf(other))) throw new CelError(`${one} cannot be in ${other}`)
  return common(fitting.map(({ gives }) => (typeof gives === 'string' ? gives : gives(args))))
}

function typeOfEach({ macro, over, variable, test, body }: Node & { kind: 'each' }, names: ReadonlyMap<string, Type>): Type {
  const collectionType = typeOfNode(over, names)
  if (collectionType !== 'dyn' && !isKind(collectionType, 'list') && !isKind(collectionType, 'map'))
    throw new CelError(`${macro} goes through lists and maps, not ${collectionType}`)
  const within = new Map(names).set(variable, isKind(collectionType, 'map') ? 'string' : elementOf(collectionType))
  if (test) bool(typeOfNode(test, within), `the condition of ${macro}`)
  const result = typeOfNode(body, within)
  if (macro === 'map') return listOf(result)
  bool(result, `what ${macro} asks`)
  return macro === 'filter' ? (isKind(collectionType, 'list') ? collectionType : listOf('string')) : 'bool'
}

/** Steps of one evaluation: nodes, loop iterations, and tens of compared characters. */
const maxSteps = 10_000

/** Steps of one regular expression. */
const matchSteps = 100

export class Evaluation {
  #steps = 0

  #spend(steps: number): void {
    this.#steps += steps
    if (this.#steps > maxSteps) throw new CelError('the expression takes too many steps')
  }

  /** Spends the cost of reading `value`; if `deep`, of all nested values too. Lists can share items, so a few lists can hold very many leaves. */
  #weigh(value: CelValue, deep: boolean): void {
    this.#spend(weight(value))
    if (!deep) return
    const items: Iterable<CelValue> = Array.isArray(value) ? value : value instanceof Map ? value.values() : []
    for (const item of items) this.#weigh(item, true)
  }

  value(node: Node, names: ReadonlyMap<string, CelValue>): CelValue {
    this.#spend(1)
    switch (node.kind) {
      case 'literal':
        return toValue(node.value)
      case 'name':
        return field(names, node.name)
      case 'select':
        return field(toMap(this.value(node.of, names)), node.field)
      case 'has':
        return toMap(this.value(node.of, names)).has(node.field)
      case 'list':
        return node.items.map((item) => this.value(item, names))
      case 'map':
        return new Map(node.entries.map(([key, value]) => [toText(this.value(key, names)), this.value(value, names)]))
      case 'call':
        return this.#call(node, names)
      case 'each':
        return this.#each(node, names)
    }
  }

  #call({ name, method, args }: Node & { kind: 'call' }, names: ReadonlyMap<string, CelValue>): CelValue {
    if (!method && (name === '&&' || name === '||')) return this.#either(args, name === '||', names)
    if (!method && name === '?:') {
      const [test, yes, no] = args
      const chosen = test && toBool(this.value(test, names)) ? yes : no
      return chosen ? this.value(chosen, names) : null
    }
    const values = args.map((arg) => this.value(arg, names))
    const [one = null, other = null] = values
    const compares = !method && (name === '==' || name === '!=' || (name === 'in' && Array.isArray(other)))
    for (const value of values) this.#weigh(value, compares)
    if (name === 'matches') this.#spend(matchSteps)
    if (!method && (name === '==' || name === '!=')) return isEqual(one, other) === (name === '==')
    const candidates = method ? overloads(name, true) : [...overloads(name, false), ...(mixedFunctions.get(name) ?? [])]
    const types = values.map(typeName)
    const fitting = candidates.find(
      ({ parameters: takes }) => takes.length === types.length && takes.every((type, index) => type === 'dyn' || type === types[index]),
    )
    if (!fitting) throw new CelError(`'${name}' does not take (${types.join(', ')})`)
    return fitting.run(...values)
  }

  /** `||` and `&&`: one side may decide alone, even if the other fails. */
  #either(sides: readonly Node[], decisive: boolean, names: ReadonlyMap<string, CelValue>): boolean {
    let failure: unknown
    for (const side of sides) {
      try {
        if (toBool(this.value(side, names)) === decisive) return decisive
      } catch (error) {
        if (!(error instanceof CelError)) throw error
        failure = error
      }
    }
    if (failure) throw failure
    return !decisive
  }

  #each({ macro, over, variable, test, body }: Node & { kind: 'each' }, names: ReadonlyMap<string, CelValue>): CelValue {
    const collection = this.value(over, names)
    const items: readonly CelValue[] = collection instanceof Map ? [...collection.keys()] : toList(collection)
    const inner = (item: CelValue) => new Map(names).set(variable, item)
    this.#spend(items.length)
    switch (macro) {
      case 'all':
      case 'exists':
        return this.#any(items, macro === 'exists', (item) => toBool(this.value(body, inner(item))))
      case 'exists_one':
        return items.filter((item) => toBool(this.value(body, inner(item)))).length === 1
      case 'filter':
        return items.filter((item) => toBool(this.value(body, inner(item))))
      case 'map':
        return items.filter((item) => !test || toBool(this.value(test, inner(item)))).map((item) => this.value(body, inner(item)))
    }
  }

  #any(items: readonly CelValue[], decisive: boolean, holds: (item: CelValue) => boolean): boolean {
    let failure: unknown
    for (const item of items) {
      try {
        if (holds(item) === decisive) return decisive
      } catch (error) {
        if (!(error instanceof CelError)) throw error
        failure = error
      }
    }
    if (failure) throw failure
    return !decisive
  }
}

const weight = (value: CelValue): number => {
  if (typeof value === 'string') return value.length / 10
  return Array.isArray(value) ? value.length : value instanceof Map ? value.size : 0
}

function toBool(value: CelValue): boolean {
  if (typeof value !== 'boolean') throw new CelError(`expected a bool, found ${typeName(value)}`)
  return value
}

function toText(value: CelValue): string {
  if (typeof value !== 'string') throw new CelError(`expected a string, found ${typeName(value)}`)
  return value
}

function toMap(value: CelValue): ReadonlyMap<string, CelValue> {
  if (!(value instanceof Map)) throw new CelError(`${typeName(value)} has no fields`)
  return value
}

function toList(value: CelValue): readonly CelValue[] {
  if (!Array.isArray(value)) throw new CelError(`expected a list, found ${typeName(value)}`)
  return value
}
