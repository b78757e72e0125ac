/** Conditions on tuples: CEL expressions over typed parameters, with values from a tuple and a question. Pure. */
import { fail, ok, type Result } from '../result.ts'
import { Evaluation, typeOfNode } from './cel/evaluate.ts'
import { listOf, mapOf, type Type } from './cel/functions.ts'
import { CelError, type Node, parseCel } from './cel/parse.ts'
import { type CelValue, convert } from './cel/values.ts'
import type { Parameter } from './model-json.ts'
import type { ConditionContext } from './tuple.ts'

/** Why a condition or its context is refused, in words. */
export interface ConditionFailure {
  readonly detail: string
}

/** OpenFGA's limit on a tuple's condition context, here in UTF-16 units of JSON. */
const maxContextUnits = 32_768

const simpleTypes = ['bool', 'string', 'int', 'uint', 'double', 'duration', 'timestamp', 'ipaddress']

/** The CEL type of a parameter. Throws `CelError` for an unknown type. */
function typeOfParameter({ type, element }: Parameter): Type {
  if (type === 'list' || type === 'map') {
    if (!element) throw new CelError(`'${type}' needs a type argument, such as ${type}<string>`)
    return type === 'list' ? listOf(typeOfParameter(element)) : mapOf(typeOfParameter(element))
  }
  if (element) throw new CelError(`'${type}' takes no type argument`)
  if (type === 'any') return 'dyn'
  if (!simpleTypes.includes(type)) throw new CelError(`there is no type '${type}'`)
  return type
}

/** The result of `run`. A `CelError` becomes a refusal. */
function guarded<T>(run: () => T): Result<T, ConditionFailure> {
  try {
    return ok(run())
  } catch (error) {
    if (error instanceof CelError) return fail({ detail: error.message })
    throw error
  }
}

/** A compiled condition of a model. */
export class Condition {
  readonly name: string
  readonly parameters: ReadonlyMap<string, Parameter>
  readonly #expression: Node

  private constructor(name: string, parameters: ReadonlyMap<string, Parameter>, expression: Node) {
    this.name = name
    this.parameters = parameters
    this.#expression = expression
  }

  /** Compiles a condition. Its expression must fit its parameters and give a bool. */
  static compile(name: string, expression: string, parameters: ReadonlyMap<string, Parameter>): Result<Condition, ConditionFailure> {
    return guarded(() => {
      const types = new Map([...parameters].map(([key, parameter]): [string, Type] => [key, typeOfParameter(parameter)]))
      const node = parseCel(expression)
      const type = typeOfNode(node, types)
      if (type !== 'bool') throw new CelError(`the expression must be a bool, not ${type}`)
      return new Condition(name, parameters, node)
    })
  }

  /** The problem of a tuple's context; null: none. */
  contextProblem(context: ConditionContext): string | null {
    if (JSON.stringify(context).length > maxContextUnits) return `a context may have at most ${maxContextUnits} characters`
    const unknown = Object.keys(context).find((key) => !this.parameters.has(key))
    if (unknown !== undefined) return `condition '${this.name}' has no parameter '${unknown}'`
    const values = guarded(() => this.#values(context))
    return values.ok ? null : values.error.detail
  }

  /** Whether the condition holds. A tuple's context overrides the question's. Refuses if a parameter has no value: that is not a no. */
  holds(question: ConditionContext, tuple: ConditionContext): Result<boolean, ConditionFailure> {
    return guarded(() => {
      const values = this.#values({ ...question, ...tuple })
      const missing = [...this.parameters.keys()].filter((key) => !values.has(key))
      if (missing.length > 0) throw new CelError(`condition '${this.name}' lacks ${missing.join(', ')}`)
      return new Evaluation().value(this.#expression, values) === true
    })
  }

  #values(context: ConditionContext): Map<string, CelValue> {
    const values = new Map<string, CelValue>()
    for (const [key, parameter] of this.parameters)
      if (Object.hasOwn(context, key)) values.set(key, this.#value(key, context[key], parameter))
    return values
  }

  #value(key: string, value: unknown, parameter: Parameter): CelValue {
    try {
      return convert(value, parameter)
    } catch (error) {
      if (error instanceof CelError) throw new CelError(`parameter '${key}' of condition '${this.name}': ${error.message}`)
      throw error
    }
  }
}
