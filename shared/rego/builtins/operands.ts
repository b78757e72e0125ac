/** Checks of builtin arguments. A wrong type is a `BuiltinFault`. */

import { BuiltinFault, type Evaluation } from '../evaluation.ts'
import { spend } from '../meter.ts'
import { toInteger } from '../number.ts'
import { isArray, isNum, isObj, type Obj, RegoSet, type RegoValue } from '../value.ts'

/** A builtin's implementation. */
export type Builtin = (run: Evaluation, ...args: RegoValue[]) => RegoValue | undefined
/** Builtins by name. */
export type BuiltinFamily = Readonly<Record<string, Builtin>>

/** The name of a value's type, as OPA's errors have it. */
export const typeName = (value: RegoValue): string => {
  if (value === null) return 'null'
  if (isNum(value)) return 'number'
  if (typeof value !== 'object') return typeof value
  return isArray(value) ? 'array' : value instanceof RegoSet ? 'set' : 'object'
}

const wrongType = (value: RegoValue | undefined, operand: number, expected: string): never => {
  throw new BuiltinFault(`operand ${operand} must be ${expected} but got ${value === undefined ? 'nothing' : typeName(value)}`)
}

/** The string, or a `BuiltinFault`. `operand` counts from 1. */
export const asString = (value: RegoValue | undefined, operand = 1): string =>
  typeof value === 'string' ? value : wrongType(value, operand, 'string')

/** The number, or a `BuiltinFault`. */
export const asNumber = (value: RegoValue | undefined, operand = 1) => (isNum(value) ? value : wrongType(value, operand, 'number'))
/** The object, or a `BuiltinFault`. */
export const asObject = (value: RegoValue | undefined, operand = 1): Obj => (isObj(value) ? value : wrongType(value, operand, 'object'))
/** The array, or a `BuiltinFault`. */
export const asArray = (value: RegoValue | undefined, operand = 1): readonly RegoValue[] =>
  isArray(value) ? value : wrongType(value, operand, 'array')

/** The set, or a `BuiltinFault`. */
export const asSet = (value: RegoValue | undefined, operand = 1): RegoSet =>
  value instanceof RegoSet ? value : wrongType(value, operand, 'set')

/** The boolean, or a `BuiltinFault`. */
export const asBoolean = (value: RegoValue | undefined, operand = 1): boolean =>
  typeof value === 'boolean' ? value : wrongType(value, operand, 'boolean')

/** The members of an array, or of a set in Rego's order. */
export const asMembers = (value: RegoValue | undefined, operand = 1): readonly RegoValue[] =>
  isArray(value) ? value : value instanceof RegoSet ? value.sorted() : wrongType(value, operand, 'one of {set, array}')

/** The members, all texts. Spends fuel for their lengths. */
export const asStrings = (value: RegoValue | undefined, operand = 1): readonly string[] =>
  asMembers(value, operand).map((member) => {
    const text = asString(member, operand)
    spend(text.length >> 5)
    return text
  })

/** An integer within JavaScript's exact range. */
export function asIndex(value: RegoValue | undefined, operand = 1): number {
  const number = asNumber(value, operand)
  if (!Number.isSafeInteger(number)) throw new BuiltinFault(`operand ${operand} must be integer number but got floating-point number`)
  return number as number
}

/** An integer of any length, or a `BuiltinFault`. */
export function asInteger(value: RegoValue | undefined, operand = 1): bigint {
  const whole = toInteger(asNumber(value, operand))
  if (whole === null) throw new BuiltinFault(`operand ${operand} must be integer number but got floating-point number`)
  return whole
}
