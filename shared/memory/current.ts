/**
 * What is current among things that were said. Pure. A later claim takes the place of an earlier one with the same subject, attribute and
 * qualifier. The old value then leaves every earlier sentence that holds it. Nothing is deleted: the history stays.
 */
import { attributeWords, type Claim, claimsIn } from './claims.ts'
import { termsOf } from './ranking/terms.ts'
import { sentencesOf } from './statements.ts'

/** Something that was said, or stored by name. */
export interface Said {
  readonly id: string
  readonly text: string
  /** When it was last said, Unix ms. */
  readonly at: number
}

/** What remains of it. */
export interface Current {
  /** The sentences that still hold. Empty: none does. */
  readonly text: string
  /** Words that ask for what it claims. */
  readonly words: string
  /** What took the place of a part of it, by id. */
  readonly superseded_by: readonly string[]
}

/** A value that no longer holds: said before `at`, unless by `by` itself. */
interface OldValue {
  readonly terms: readonly string[]
  /** If the value alone says too little: terms of which one must stand beside it. */
  readonly beside: ReadonlySet<string> | null
  readonly order: number
  readonly by: string
}

interface Placed extends Claim {
  readonly id: string
  readonly order: number
}

/** What is read of a text. A caller that asks often remembers it. */
export interface Reading {
  readonly claims: readonly Claim[]
  readonly terms: ReadonlySet<string>
}

export const readingOf = (text: string): Reading => ({ claims: claimsIn(text), terms: new Set(termsOf(text)) })

/** What is current of each, in the order of `said`. */
export function currentOf(said: readonly Said[], read: (text: string) => Reading = readingOf): Current[] {
  const inTime = [...said.keys()].sort((a, b) => (said[a]?.at ?? 0) - (said[b]?.at ?? 0) || a - b)
  const orderOf = new Map(inTime.map((position, order) => [position, order]))
  const readings = said.map(({ text }) => read(text))
  const claims: Placed[][] = said.map(({ id }, position) =>
    (readings[position]?.claims ?? []).map((claim) => ({ ...claim, id, order: orderOf.get(position) ?? 0 })),
  )
  const newest = newestOf(claims.flat())
  const old = oldValues(claims.flat(), newest)
  const firstTerms = new Set(old.keys())
  return said.map(({ id, text }, position) => {
    const own = claims[position] ?? []
    const order = orderOf.get(position) ?? 0
    const superseded_by = new Set<string>()
    const isTouched = own.some((claim) => replacedBy(claim, newest)) || readings[position]?.terms.isDisjointFrom(firstTerms) === false
    const kept = (isTouched ? sentencesOf(text) : []).filter((sentence) => {
      const replaced = own.filter((claim) => claim.span.start === sentence.start).flatMap((claim) => replacedBy(claim, newest) ?? [])
      const outdated = replaced.length > 0 ? [] : heldBy(termsOf(sentence.text), old, order, id)
      for (const by of [...replaced, ...outdated]) superseded_by.add(by)
      return replaced.length === 0 && outdated.length === 0
    })
    const words = own.map(({ attribute, subject, qualifier }) => `${attributeWords[attribute] ?? ''} ${subject} ${qualifier}`)
    const isWhole = superseded_by.size === 0
    return {
      text: isWhole ? text : kept.map((sentence) => sentence.text).join(' '),
      words: words.join(' '),
      superseded_by: [...superseded_by],
    }
  })
}

const keyOf = ({ subject, attribute, qualifier }: Claim): string => `${subject}/${attribute}/${qualifier}`

function newestOf(claims: readonly Placed[]): ReadonlyMap<string, Placed> {
  const newest = new Map<string, Placed>()
  for (const claim of claims) {
    const known = newest.get(keyOf(claim))
    const isNewer = !known || claim.order > known.order || (claim.order === known.order && claim.span.start >= known.span.start)
    if (isNewer) newest.set(keyOf(claim), claim)
  }
  return newest
}

/** The id of what took the place of `claim`. Undefined: it still holds. */
function replacedBy(claim: Placed, newest: ReadonlyMap<string, Placed>): string | undefined {
  const last = newest.get(keyOf(claim))
  return last && last.value !== claim.value ? last.id : undefined
}

/** The old values, by their first term. */
function oldValues(claims: readonly Placed[], newest: ReadonlyMap<string, Placed>): ReadonlyMap<string, OldValue[]> {
  const old = new Map<string, OldValue[]>()
  for (const claim of claims) {
    const last = newest.get(keyOf(claim))
    const terms = claim.value.split(' ')
    const [first = ''] = terms
    const isFixed = claim.attribute === 'likes' || claim.attribute === 'allergy'
    // A new value with the words of the old one makes it more precise.
    if (!last || last.value === claim.value || isFixed || ` ${last.value} `.includes(` ${claim.value} `)) continue
    const topic = termsOf(`${attributeWords[claim.attribute] ?? ''} ${claim.qualifier} ${claim.subject}`)
    const beside = /^\d+$/.test(claim.value) ? new Set(topic) : null
    old.set(first, [...(old.get(first) ?? []), { terms, beside, order: last.order, by: last.id }])
  }
  return old
}

/** What took the place of old values in a sentence of `order`. */
function heldBy(sentence: readonly string[], old: ReadonlyMap<string, readonly OldValue[]>, order: number, id: string): string[] {
  return sentence.flatMap((term, at) =>
    (old.get(term) ?? [])
      .filter((value) => order < value.order && value.by !== id && value.terms.every((each, offset) => sentence[at + offset] === each))
      .filter(({ beside }) => beside === null || sentence.some((each) => beside.has(each)))
      .map(({ by }) => by),
  )
}
