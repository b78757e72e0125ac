/** Builtins for comparisons, types and casts. */

import { BuiltinFault } from '../evaluation.ts'
import { spend } from '../meter.ts'
import { parseDecimal } from '../number.ts'
import { compare, entriesOf, equal, isArray, isNum, isObj, lookUp, RegoSet, type RegoValue, sizeOf } from '../value.ts'
import { asBoolean, asMembers, asObject, asString, type BuiltinFamily, typeName } from './operands.ts'

const typeTest =
  (holds: (value: RegoValue) => boolean) =>
  (_: unknown, value: RegoValue): boolean =>
    holds(value)

/** `value in collection`: among an array's or set's members, or an object's values. */
function member(value: RegoValue, collection: RegoValue): boolean {
  if (collection instanceof RegoSet) return collection.has(value)
  if (isArray(collection)) {
    spend(collection.length >> 3)
    return collection.some((element) => equal(element, value))
  }
  if (!isObj(collection)) return false
  spend(sizeOf(collection))
  for (const [, entry] of entriesOf(collection)) if (equal(entry, value)) return true
  return false
}

/** The builtins of this file by name. */
export const comparison: BuiltinFamily = {
  equal: (_, a, b) => equal(a, b),
  neq: (_, a, b) => !equal(a, b),
  lt: (_, a, b) => compare(a as RegoValue, b as RegoValue) < 0,
  lte: (_, a, b) => compare(a as RegoValue, b as RegoValue) <= 0,
  gt: (_, a, b) => compare(a as RegoValue, b as RegoValue) > 0,
  gte: (_, a, b) => compare(a as RegoValue, b as RegoValue) >= 0,
  'internal.member_2': (_, value, collection) => member(value as RegoValue, collection as RegoValue),
  'internal.member_3': (_, key, value, collection) => {
    const member = lookUp(collection, key as RegoValue)
    return member !== undefined && equal(member, value)
  },
  type_name: (_, value) => typeName(value as RegoValue),
  is_null: typeTest((value) => value === null),
  is_boolean: typeTest((value) => typeof value === 'boolean'),
  is_number: typeTest(isNum),
  is_string: typeTest((value) => typeof value === 'string'),
  is_array: typeTest(isArray),
  is_object: typeTest(isObj),
  is_set: typeTest((value) => value instanceof RegoSet),
  cast_array: (_, value) => (isArray(value) ? value : asMembers(value)),
  cast_set: (_, value) => (value instanceof RegoSet ? value : new RegoSet(asMembers(value))),
  cast_string: (_, value) => asString(value),
  cast_boolean: (_, value) => asBoolean(value),
  cast_object: (_, value) => asObject(value),
  cast_null: (_, value) => {
    if (value !== null) throw new BuiltinFault('operand 1 must be null')
    return null
  },
  to_number: (_, value) => {
    if (value === null || value === false) return 0
    if (value === true) return 1
    if (isNum(value)) return value
    if (typeof value !== 'string') throw new BuiltinFault('operand 1 must be one of {null, boolean, number, string}')
    const number = parseDecimal(value)
    if (number === null) throw new BuiltinFault('operand 1 must be a valid number string')
    return number
  },
}
