/** What the policy and the audit pages ask. */

import type { ChainHead } from '../../../../shared/audit/chain.ts'
import type { AuditKind, ChainedEntry } from '../../../../shared/audit/entry.ts'
import { LineSplitter } from '../../../../shared/lib/lines.ts'
import { transport } from '../api.ts'

export interface PolicyInForce {
  readonly source: 'built_in' | 'tenant' | 'remote'
  /** False: the server cannot load it, and denies all but handing in another. */
  readonly usable: boolean
  readonly revision: number
  readonly hash: string
  readonly at: number | null
  readonly subject: string | null
  readonly takes: boolean
}

export interface Explained {
  readonly allowed: boolean
  readonly reasons: readonly string[]
  readonly policy: { readonly revision: number; readonly hash: string }
  readonly rules: readonly {
    readonly rule: string
    readonly file: string
    readonly row: number
    readonly outcome: 'held' | 'failed' | 'default'
    readonly stoppedAt: number
  }[]
  readonly inputs: readonly { readonly pointer: string; readonly value?: unknown }[]
  readonly changes: readonly { readonly pointer: string; readonly from?: unknown; readonly to?: unknown; readonly answer: unknown }[]
}

export interface WhatIf {
  readonly asked: number
  readonly skipped: number
  readonly opened: number
  readonly closed: number
  readonly differences: readonly {
    readonly seq: number
    readonly at: number
    readonly subject: string
    readonly action: string
    readonly target: string
    readonly was: boolean
    readonly would: boolean
  }[]
  readonly next_before: number | null
}

export interface AuditPageOf {
  readonly entries: readonly ChainedEntry[]
  readonly next_before: number | null
  readonly head: ChainHead
}

export interface AuditFilter {
  readonly subject: string
  readonly action: string
  readonly outcome: string
  readonly kind: AuditKind | ''
}

export const readPolicy = async (): Promise<PolicyInForce> => (await transport('GET', '/v1/policy')).json()
export const explainDecision = async (input: unknown): Promise<Explained> =>
  (await transport('POST', '/v1/policy/explain', { body: { input } })).json()
export const tryPolicy = async (body: { readonly plan: unknown; readonly data?: unknown; readonly from?: number }): Promise<WhatIf> =>
  (await transport('POST', '/v1/policy/what-if', { body })).json()

export async function readAudit(filter: AuditFilter, before?: number): Promise<AuditPageOf> {
  const asked = Object.fromEntries(Object.entries(filter).filter(([, value]) => value.trim() !== ''))
  return (await transport('GET', '/v1/audit', { query: { ...asked, ...(before === undefined ? {} : { before }), limit: 50 } })).json()
}

/** The trail as it is exported, line by line. */
export async function* auditLines(signal: AbortSignal): AsyncGenerator<string, void> {
  const { body } = await transport('GET', '/v1/audit/export', { signal })
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader()
  if (!reader) return
  const splitter = new LineSplitter()
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield* splitter.add(part.value)
  if (splitter.rest !== '') yield splitter.rest
}
