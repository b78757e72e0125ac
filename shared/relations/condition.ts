/** Conditions on tuples. */
import { ok, type Result, refuse } from '../result.ts'
import type { Parameter } from './model-json.ts'
import type { Context } from './tuple.ts'

export class Condition {
  readonly parameters: ReadonlyMap<string, Parameter> = new Map()

  static compile(name: string, _expression: string, _parameters: ReadonlyMap<string, Parameter>): Result<Condition, { detail: string }> {
    return name === '' ? ok(new Condition()) : refuse({ detail: 'conditions are not supported' })
  }

  /** What is wrong with a tuple's own context; null when nothing is. */
  contextFault(_context: Context): string | null {
    return 'conditions are not supported'
  }

  /** Whether it holds; a tuple's own context beats the question's. */
  holds(_question: Context, _tuple: Context): Result<boolean, { detail: string }> {
    return refuse({ detail: 'conditions are not supported' })
  }
}
