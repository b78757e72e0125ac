/**
 * Whether a tuple or question fits a model, by OpenFGA's rules. Pure. Stored tuples are validated again at each read, because models
 * change.
 */

import type { AuthorizationModel } from './model.ts'
import type { Restriction } from './model-json.ts'
import { isObject, isOneObject, isRelation, isUserset, isWildcard, splitUserset, type Tuple, type TupleKey, typeOf } from './tuple.ts'

/** The problem of the names in a tuple or question; null: none. Independent of the model. */
export function questionProblem(model: AuthorizationModel, { object, relation, user }: TupleKey): string | null {
  const [userObject, userRelation] = splitUserset(user)
  if (!isObject(user) && !isUserset(user)) return "the 'user' field must be an object, an 'object#relation' or a typed wildcard"
  if (!model.hasType(typeOf(user))) return `type '${typeOf(user)}' not found`
  if (userRelation !== '' && !model.relation(typeOf(userObject), userRelation)) return `relation '${splitUserset(user)[1]}' not found`
  if (!isOneObject(object)) return "the 'object' field must be one object, such as document:1"
  if (!model.hasType(typeOf(object))) return `type '${typeOf(object)}' not found`
  if (!isRelation(relation)) return "the 'relation' field is malformed"
  if (!model.relation(typeOf(object), relation)) return `relation '${typeOf(object)}#${relation}' not found`
  return null
}

/** Why `tuple` cannot be written or sent with a question; null: it can. */
export function writeProblem(model: AuthorizationModel, tuple: Tuple): string | null {
  return questionProblem(model, tuple) ?? readProblem(model, tuple)
}

/** Why a stored tuple does not count under this model; null: it counts. */
export function readProblem(model: AuthorizationModel, tuple: Tuple): string | null {
  const { object, relation: name, user } = tuple
  const relation = model.relation(typeOf(object), name)
  if (!relation) return `relation '${typeOf(object)}#${name}' not found`
  const quotedName = `'${typeOf(object)}#${name}'`
  const fitting = relation.restrictions.filter((restriction) => fits(restriction, user))
  if (fitting.length === 0) return `${quotedName} does not take '${kindOf(user)}'`
  return conditionProblem(model, tuple, relation.restrictions, fitting)
}

function conditionProblem(
  model: AuthorizationModel,
  { user, condition }: Tuple,
  restrictions: readonly Restriction[],
  fitting: readonly Restriction[],
): string | null {
  if (!condition) return fitting.some((restriction) => restriction.condition === '') ? null : 'the condition is missing'
  if (condition.name.length < 2) return "a condition's name has at least two characters"
  const declared = model.conditions.get(condition.name)
  if (!declared) return `condition '${condition.name}' is not defined`
  // OpenFGA checks type and condition here, not whether one restriction has both the userset and the condition.
  const allowed = restrictions.some((restriction) => restriction.type === typeOf(user) && restriction.condition === condition.name)
  return allowed ? declared.contextProblem(condition.context ?? {}) : `condition '${condition.name}' is not allowed here`
}

function fits(restriction: Restriction, user: string): boolean {
  if (restriction.type !== typeOf(user)) return false
  if (isWildcard(user)) return restriction.wildcard
  const [, relation] = splitUserset(user)
  return !restriction.wildcard && restriction.relation === relation
}

/** "user", "user:*" or "group#member": `user` as a restriction names it. */
export function kindOf(user: string): string {
  if (isWildcard(user)) return user
  const [, relation] = splitUserset(user)
  return relation === '' ? typeOf(user) : `${typeOf(user)}#${relation}`
}
