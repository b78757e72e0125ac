/** Errors in the app's own words, in both languages. */
import { afterEach, describe, expect, it } from 'vitest'
import { ApiError, Unreachable } from '../../shared/client/errors.ts'
import type { Failure } from '../../shared/problem.ts'
import { toProblem } from '../../shared/problem-texts.ts'
import { denialReason, toUserError } from '../../web/src/state/user-error.ts'
import { shown } from '../../web/src/strings/current.ts'
import { german } from '../../web/src/strings/de/index.ts'
import { state as english } from '../../web/src/strings/en/state.ts'

const initial = shown.get()
afterEach(() => shown.set(initial))
const inGerman = () => shown.set({ language: 'de', locale: 'de', tables: german })

const refused = (failure: Failure, retryAfterMs?: number) => toUserError(new ApiError(toProblem(failure, 'r-1'), retryAfterMs))

/** Refusals that people meet. */
const frequent: readonly Failure[] = [
  { kind: 'unauthenticated' },
  { kind: 'denied', action: 'conversation.send', reasons: [] },
  { kind: 'needs_role', role: 'admin' },
  { kind: 'not_found' },
  { kind: 'version_conflict', seq: 3, of: 'settings' },
  { kind: 'turn_in_progress', turn_id: 't-1' },
  { kind: 'too_large', limitBytes: 10 },
  { kind: 'rate_limited', limit: 10, retryMs: 30_000 },
  { kind: 'queue_full', limit: 10 },
  { kind: 'unavailable', what: 'The memory' },
  { kind: 'internal' },
]

describe('An error', () => {
  it('has words of the app in both languages for every frequent refusal, and the server’s as technical detail', () => {
    for (const failure of frequent) {
      const inEnglish = { ...refused(failure) }
      inGerman()
      const translated = { ...refused(failure) }
      shown.set(initial)
      expect(translated.title, failure.kind).not.toBe(inEnglish.title)
      expect(translated.detail, failure.kind).not.toBe(inEnglish.detail)
      for (const error of [inEnglish, translated]) {
        expect(error.technical, failure.kind).toBe(toProblem(failure, '').detail)
        expect(error.reference).toBe('r-1')
        // No name of an action, a route or a variable.
        expect(error.detail).not.toMatch(/`|\/v1\/|SOMA_/)
      }
    }
  })

  it('says when to try again', () => {
    const failure = { kind: 'rate_limited', limit: 10, retryMs: 30_000 } as const
    expect(refused(failure, 30_000).detail).toMatch(/Try again in 30 s\.$/)
    expect(refused(failure, 120_000).detail).toMatch(/Try again in 2 minutes\.$/)
    inGerman()
    expect(refused(failure, 120_000).detail).toMatch(/In 2 Minuten erneut versuchen\.$/)
  })

  it('keeps the words of the server for a kind that the app does not know, and for fields', () => {
    inGerman()
    const problem = { type: '/problems/of_tomorrow', title: 'New', detail: 'A new refusal.', status: 400, request_id: 'r' }
    expect(toUserError(new ApiError(problem))).toMatchObject({ title: 'New', detail: 'A new refusal.' })
    expect(refused({ kind: 'invalid', errors: [{ pointer: '/text', detail: 'must not be empty' }] }).detail).toContain(
      '/text: must not be empty',
    )
    for (const kind of ['constructor', 'toString', '__proto__'])
      expect(toUserError(new ApiError({ ...problem, type: `/problems/${kind}` })).detail).toBe('A new refusal.')
  })

  it('has words for the status of a server in between', () => {
    inGerman()
    const { title, detail } = toUserError(
      new ApiError({ type: 'about:blank', title: 'X', detail: 'No explanation.', status: 503, request_id: '' }),
    )
    expect({ title, detail }).toEqual({ title: german.state.problemTitles.http_503, detail: german.state.problemDetails.http_503 })
  })

  it('gives the reasons of a policy in the language of the page', () => {
    const denied = { kind: 'denied', action: 'memory.write', reasons: ['personal', 'our own rule'] } as const
    expect(refused(denied).detail).toBe(`The policy does not allow this: ${english.denialReasons.personal}; our own rule.`)
    inGerman()
    expect(refused(denied).detail).toBe(`Die Richtlinie erlaubt das nicht: ${german.state.denialReasons.personal}; our own rule.`)
    expect(denialReason('toString')).toBe('toString')
  })

  it('is in the language of the page when the server cannot be reached', () => {
    inGerman()
    expect(toUserError(new Unreachable(null)).title).toBe('Soma ist nicht erreichbar')
    expect(toUserError(new Error('x')).title).toBe(german.state.pageFault.title)
  })

  it('on the screen follows the language of the page, also when it was stored', () => {
    const error = refused({ kind: 'not_found' })
    expect(error.title).toBe('Not found')
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({ title: 'Not found', reference: 'r-1' })
    inGerman()
    expect(error.title).toBe('Nicht gefunden')
  })

  it('has a title for each detail', () => {
    const { denied: _, ...titles } = english.problemTitles
    expect(Object.keys(titles).sort()).toEqual(Object.keys(english.problemDetails).sort())
  })
})
