/** Type-checks and evaluates CEL, within a budget of steps. Pure. */
import {
  elementOf,
  field,
  functions,
  isCompatible,
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

const overloads = (name: string, isMethod: boolean): readonly Overload[] => {
  const overload = (isMethod ? methods : functions).get(name)
  if (!overload) throw new CelError(isMethod ? `there is no method '${name}'` : `there is no function '${name}'`)
  return overload
}

/** Functions with literal arguments that are checked at compile time. */
const conversions = new Set(['int', 'uint', 'double', 'string', 'timestamp', 'duration'])

const literal = (node: Node | undefined): Literal | undefined => (node?.kind === 'literal' ? node.value : undefined)
const empty: Node = { kind: 'literal', value: '' }

const toValue = (literal: Literal): CelValue => (typeof literal === 'object' && literal !== null ? new Uint(literal.uint) : literal)

const requireBool = (type: Type, subject: string): Type => {
  if (!isCompatible(type, 'bool')) throw new CelError(`${subject} must be a bool, not ${type}`)
  return 'bool'
}

/** The common type of `types`, or `dyn` if they differ. */
const commonType = (types: readonly Type[]): Type => (types.every((type) => type === types[0]) ? (types[0] ?? 'dyn') : 'dyn')

/** The type of `node`, with the types of its names. Throws `CelError` if it has none. */
export function typeOfNode(node: Node, names: ReadonlyMap<string, Type>): Type {
  const type = (node: Node) => typeOfNode(node, names)
  switch (node.kind) {
    case 'literal':
      return typeName(toValue(node.value))
    case 'name': {
      const nameType = names.get(node.name)
      if (nameType === undefined) throw new CelError(`'${node.name}' is not a parameter`)
      return nameType
    }
    case 'select':
    case 'has': {
      const operandType = type(node.operand)
      if (operandType !== 'dyn' && !isKind(operandType, 'map')) throw new CelError(`${operandType} has no fields`)
      return node.kind === 'has' ? 'bool' : elementOf(operandType)
    }
    case 'list':
      return listOf(commonType(node.items.map(type)))
    case 'map':
      for (const [key] of node.entries) if (!isCompatible(type(key), 'string')) throw new CelError('keys of maps must be strings')
      return mapOf(commonType(node.entries.map(([, value]) => type(value))))
    case 'call': {
      const callType = typeOfCall(node.name, node.isMethod, node.args.map(type))
      const [first, second] = node.args
      // A literal that does not convert, or a pattern that does not compile, is a mistake in the model.
      if (!node.isMethod && conversions.has(node.name) && first?.kind === 'literal') new Evaluation().value(node, new Map())
      if (node.name === 'matches' && typeof literal(second) === 'string')
        new Evaluation().value({ ...node, args: [empty, second ?? empty] }, new Map())
      return callType
    }
    case 'comprehension':
      return typeOfComprehension(node, names)
  }
}

function typeOfCall(name: string, isMethod: boolean, args: readonly Type[]): Type {
  const [first = 'dyn', second = 'dyn', third = 'dyn'] = args
  if (!isMethod && (name === '&&' || name === '||')) {
    requireBool(first, `the left side of ${name}`)
    return requireBool(second, `the right side of ${name}`)
  }
  if (!isMethod && name === '?:') {
    requireBool(first, 'the condition before ?')
    if (!isCompatible(second, third)) throw new CelError(`? chooses between ${second} and ${third}`)
    return commonType([second, third])
  }
  if (!isMethod && (name === '==' || name === '!=')) {
    if (!isCompatible(first, second)) throw new CelError(`${first} and ${second} cannot be equal`)
    return 'bool'
  }
  const fitting = overloads(name, isMethod).filter(
    ({ parameters }) => parameters.length === args.length && parameters.every((type, index) => isCompatible(type, args[index] ?? 'dyn')),
  )
  if (fitting.length === 0) throw new CelError(`'${name}' does not take (${args.join(', ')})`)
  if (name === '+' && isKind(first, 'list') && !isCompatible(first, second)) throw new CelError(`${first} and ${second} are not one list`)
  if (name === 'in' && isKind(second, 'list') && !isCompatible(first, elementOf(second)))
    throw new CelError(`${first} cannot be in ${second}`)
  return commonType(fitting.map(({ result }) => (typeof result === 'string' ? result : result(args))))
}

function typeOfComprehension(
  { macro, collection, variable, test, body }: Node & { kind: 'comprehension' },
  names: ReadonlyMap<string, Type>,
): Type {
  const collectionType = typeOfNode(collection, names)
  if (collectionType !== 'dyn' && !isKind(collectionType, 'list') && !isKind(collectionType, 'map'))
    throw new CelError(`${macro} goes through lists and maps, not ${collectionType}`)
  const innerNames = new Map(names).set(variable, isKind(collectionType, 'map') ? 'string' : elementOf(collectionType))
  if (test) requireBool(typeOfNode(test, innerNames), `the condition of ${macro}`)
  const result = typeOfNode(body, innerNames)
  if (macro === 'map') return listOf(result)
  requireBool(result, `the predicate of ${macro}`)
  return macro === 'filter' ? (isKind(collectionType, 'list') ? collectionType : listOf('string')) : 'bool'
}

/** Steps of one evaluation: nodes, loop iterations, and tens of compared characters. */
const maxSteps = 10_000

/** Steps of one regular expression. */
const matchSteps = 100

/** One evaluation, with its own limit on steps. */
export class Evaluation {
  #steps = 0

  #spend(steps: number): void {
    this.#steps += steps
    if (this.#steps > maxSteps) throw new CelError('the expression takes too many steps')
  }

  /** Spends the cost of reading `value`; if `isDeep`, of all nested values too. Lists can share items, so a few lists can hold very many leaves. */
  #spendOnValue(value: CelValue, isDeep: boolean): void {
    this.#spend(weight(value))
    if (!isDeep) return
    const items: Iterable<CelValue> = Array.isArray(value) ? value : value instanceof Map ? value.values() : []
    for (const item of items) this.#spendOnValue(item, true)
  }

  value(node: Node, names: ReadonlyMap<string, CelValue>): CelValue {
    this.#spend(1)
    switch (node.kind) {
      case 'literal':
        return toValue(node.value)
      case 'name':
        return field(names, node.name)
      case 'select':
        return field(toMap(this.value(node.operand, names)), node.field)
      case 'has':
        return toMap(this.value(node.operand, names)).has(node.field)
      case 'list':
        return node.items.map((item) => this.value(item, names))
      case 'map':
        return new Map(node.entries.map(([key, value]) => [toText(this.value(key, names)), this.value(value, names)]))
      case 'call':
        return this.#call(node, names)
      case 'comprehension':
        return this.#comprehension(node, names)
    }
  }

  #call({ name, isMethod, args }: Node & { kind: 'call' }, names: ReadonlyMap<string, CelValue>): CelValue {
    if (!isMethod && (name === '&&' || name === '||')) return this.#logical(args, name === '||', names)
    if (!isMethod && name === '?:') {
      const [test, whenTrue, whenFalse] = args
      const chosen = test && toBool(this.value(test, names)) ? whenTrue : whenFalse
      return chosen ? this.value(chosen, names) : null
    }
    const values = args.map((arg) => this.value(arg, names))
    const [left = null, right = null] = values
    const isComparison = !isMethod && (name === '==' || name === '!=' || (name === 'in' && Array.isArray(right)))
    for (const value of values) this.#spendOnValue(value, isComparison)
    if (name === 'matches') this.#spend(matchSteps)
    if (!isMethod && (name === '==' || name === '!=')) return isEqual(left, right) === (name === '==')
    const candidates = isMethod ? overloads(name, true) : [...overloads(name, false), ...(mixedFunctions.get(name) ?? [])]
    const types = values.map(typeName)
    const fitting = candidates.find(
      ({ parameters }) => parameters.length === types.length && parameters.every((type, index) => type === 'dyn' || type === types[index]),
    )
    if (!fitting) throw new CelError(`'${name}' does not take (${types.join(', ')})`)
    return fitting.run(...values)
  }

  /** `||` and `&&`: one side may decide alone, even if the other fails. */
  #logical(sides: readonly Node[], decisiveValue: boolean, names: ReadonlyMap<string, CelValue>): boolean {
    let failure: unknown
    for (const side of sides) {
      try {
        if (toBool(this.value(side, names)) === decisiveValue) return decisiveValue
      } catch (error) {
        if (!(error instanceof CelError)) throw error
        failure = error
      }
    }
    if (failure) throw failure
    return !decisiveValue
  }

  #comprehension(
    { macro, collection, variable, test, body }: Node & { kind: 'comprehension' },
    names: ReadonlyMap<string, CelValue>,
  ): CelValue {
    const value = this.value(collection, names)
    const items: readonly CelValue[] = value instanceof Map ? [...value.keys()] : toList(value)
    const inner = (item: CelValue) => new Map(names).set(variable, item)
    this.#spend(items.length)
    switch (macro) {
      case 'all':
      case 'exists':
        return this.#quantifier(items, macro === 'exists', (item) => toBool(this.value(body, inner(item))))
      case 'exists_one':
        return items.filter((item) => toBool(this.value(body, inner(item)))).length === 1
      case 'filter':
        return items.filter((item) => toBool(this.value(body, inner(item))))
      case 'map':
        return items.filter((item) => !test || toBool(this.value(test, inner(item)))).map((item) => this.value(body, inner(item)))
    }
  }

  #quantifier(items: readonly CelValue[], decisiveValue: boolean, holds: (item: CelValue) => boolean): boolean {
    let failure: unknown
    for (const item of items) {
      try {
        if (holds(item) === decisiveValue) return decisiveValue
      } catch (error) {
        if (!(error instanceof CelError)) throw error
        failure = error
      }
    }
    if (failure) throw failure
    return !decisiveValue
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
