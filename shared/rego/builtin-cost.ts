/** The fuel of a builtin call before it runs, by the sizes of its arguments. Pure. A builtin charges for any further work itself. */
import { isArray, isObj, RegoSet, type RegoValue, sizeOf } from './value.ts'

/** Builtins that read no member of their arguments, or spend fuel for each member themselves. */
const constantTime = new Set(
  [
    'equal neq lt lte gt gte type_name is_null is_boolean is_number is_string is_array is_object is_set object.get count',
    'cast_array cast_string cast_boolean cast_object cast_null plus mul div rem abs round ceil floor array.slice json.patch',
    'internal.member_2 internal.member_3 internal.print print trim_prefix trim_suffix startswith endswith time.now_ns',
  ]
    .join(' ')
    .split(' '),
)

/** Fuel for one argument of the builtin `name`; null: the builtin charges for itself. */
export const sizeOfArgument = (name: string): ((value: RegoValue | undefined) => number) | null =>
  constantTime.has(name) ? null : sizeOfValue

function sizeOfValue(value: RegoValue | undefined): number {
  if (typeof value === 'string') return value.length >> 5
  if (typeof value !== 'object' || value === null) return 0
  if (isArray(value)) return value.length
  if (value instanceof RegoSet) return value.size
  return isObj(value) ? sizeOf(value) : value.places >> 3
}

/** Fuel for storing a result. */
export function sizeOfResult(value: RegoValue | undefined): number {
  if (typeof value === 'string') return value.length >> 5
  return isArray(value) ? value.length >> 2 : 0
}
