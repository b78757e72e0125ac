/** Relationship tuples, and OpenFGA's grammar of their names. Pure. Independent of any model. */

/** `user` has `relation` to `object`: "document:1", "viewer", and "user:anne", "group:eng#member" or "user:*". */
export interface TupleKey {
  readonly object: string
  readonly relation: string
  readonly user: string
}

/** Values for a condition's parameters, as a JSON object. */
export type ConditionContext = { readonly [name: string]: unknown }

/** A tuple, possibly with a condition. */
export interface Tuple extends TupleKey {
  /** The tuple applies only if this condition of the model holds. Its context overrides the question's. */
  readonly condition?: { readonly name: string; readonly context?: ConditionContext }
}

/** Limits of OpenFGA's API, in bytes of UTF-8. */
const tupleLimits = { object: 256, relation: 50, user: 512 }

const objectPattern = /^[^:# \p{Cc}]+:[^:# \p{Cc}]+$/u
const usersetPattern = /^[^:# \p{Cc}]+:[^:#* \p{Cc}]+#[^:#* \p{Cc}]+$/u
const relationPattern = /^[^:#@ \p{Cc}]+$/u

const encoder = new TextEncoder()

/** Well-formed text of at most `bytes` bytes of UTF-8. */
const fits = (text: string, bytes: number): boolean =>
  text.length <= bytes && text.isWellFormed() && (text.length * 3 <= bytes || encoder.encode(text).length <= bytes)

/** Whether `text` is `type:id`. A wildcard is one too. */
export const isObject = (text: string): boolean => objectPattern.test(text) && fits(text, tupleLimits.user)
/** Whether `text` is `type:id#relation`. */
export const isUserset = (text: string): boolean => usersetPattern.test(text) && fits(text, tupleLimits.user)
/** Whether `text` is the name of a relation. */
export const isRelation = (text: string): boolean => relationPattern.test(text) && fits(text, tupleLimits.relation)

/** The object of a tuple or question: never a wildcard. */
export const isOneObject = (text: string): boolean => isObject(text) && fits(text, tupleLimits.object) && !isWildcard(text)

/** "user:*": every user of that type. */
export const isWildcard = (text: string): boolean => text.endsWith(':*') && text.indexOf(':') === text.length - 2 && text.length > 2

/** "document" of "document:1" and of "document:1#viewer". */
export const typeOf = (text: string): string => text.slice(0, Math.max(0, text.indexOf(':')))

/** "group:eng#member" as object and relation; the relation of anything else is ''. */
export function splitUserset(text: string): readonly [object: string, relation: string] {
  const hash = text.lastIndexOf('#')
  return hash === -1 ? [text, ''] : [text.slice(0, hash), text.slice(hash + 1)]
}

/** "document:1#viewer@user:anne". Unique per key: a relation has neither '#' nor '@', and an object has no '#'. */
export const tupleText = ({ object, relation, user }: TupleKey): string => `${object}#${relation}@${user}`
