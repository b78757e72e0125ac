/** What builtins ask of their arguments. A wrong type is a `BuiltinFault`. */

import { BuiltinFault, type Run } from '../evaluation.ts'
import { fromInteger, toInteger } from '../number.ts'
import { isArray, isNum, isObj, type Obj, SetOf, type Value } from '../value.ts'

/** A builtin as the tables hold it. */
export type Native = (run: Run, ...args: Value[]) => Value | undefined
export type Family = Readonly<Record<string, Native>>

export const typeName = (value: Value): string => {
  if (value === null) return 'null'
  if (isNum(value)) return 'number'
  if (typeof value !== 'object') return typeof value
  return isArray(value) ? 'array' : value instanceof SetOf ? 'set' : 'object'
}

const wrong = (value: Value | undefined, at: number, wanted: string): never => {
  throw new BuiltinFault(`operand ${at} must be ${wanted} but got ${value === undefined ? 'nothing' : typeName(value)}`)
}

export const asString = (value: Value | undefined, at = 1): string => (typeof value === 'string' ? value : wrong(value, at, 'string'))
export const asNumber = (value: Value | undefined, at = 1) => (isNum(value) ? value : wrong(value, at, 'number'))
export const asObject = (value: Value | undefined, at = 1): Obj => (isObj(value) ? value : wrong(value, at, 'object'))
export const asArray = (value: Value | undefined, at = 1): readonly Value[] => (isArray(value) ? value : wrong(value, at, 'array'))
export const asSet = (value: Value | undefined, at = 1): SetOf => (value instanceof SetOf ? value : wrong(value, at, 'set'))
export const asBoolean = (value: Value | undefined, at = 1): boolean => (typeof value === 'boolean' ? value : wrong(value, at, 'boolean'))

/** The members of an array, or of a set in Rego's order. */
export const asMembers = (value: Value | undefined, at = 1): readonly Value[] =>
  isArray(value) ? value : value instanceof SetOf ? value.sorted() : wrong(value, at, 'one of {set, array}')

export const asStrings = (value: Value | undefined, at = 1): readonly string[] => asMembers(value, at).map((member) => asString(member, at))

/** An integer that JavaScript can count with. */
export function asIndex(value: Value | undefined, at = 1): number {
  const number = asNumber(value, at)
  if (!Number.isSafeInteger(number)) throw new BuiltinFault(`operand ${at} must be integer number but got floating-point number`)
  return number as number
}

export function asInteger(value: Value | undefined, at = 1): bigint {
  const whole = toInteger(asNumber(value, at))
  if (whole === null) throw new BuiltinFault(`operand ${at} must be integer number but got floating-point number`)
  return whole
}

export const integer = (value: bigint): Value => fromInteger(value)
