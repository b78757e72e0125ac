/** Requests of the policy and audit pages. */
import type { ChainHead } from '../../../../shared/audit/chain.ts'
import type { AuditKind, ChainedEntry } from '../../../../shared/audit/entry.ts'
import { LineSplitter } from '../../../../shared/lib/lines.ts'
import { transport } from '../../state/transport.ts'

export interface PolicyInForce {
  readonly source: 'built_in' | 'tenant' | 'remote'
  /** False when the server cannot load it. It then denies everything except an upload. */
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
export const explainDecision = async (input: unknown): Promise<PolicyExplanation> =>
  (await transport('POST', '/v1/policy/explain', { body: { input } })).json()
/** `data` comes from the user's file unchecked: the server validates it. */
export const tryPolicy = async (body: Omit<CandidatePolicy, 'data'> & { readonly data?: unknown }): Promise<WhatIfReport> =>
  (await transport('POST', '/v1/policy/what-if', { body })).json()

export async function readAudit(filter: AuditFilter, before?: number): Promise<AuditPageOf> {
  const query = Object.fromEntries(Object.entries(filter).filter(([, value]) => value.trim() !== ''))
  return (await transport('GET', '/v1/audit', { query: { ...query, ...(before === undefined ? {} : { before }), limit: 50 } })).json()
}

/** Yields the lines of the exported trail. */
export async function* auditLines(signal: AbortSignal): AsyncGenerator<string, void> {
  const { body } = await transport('GET', '/v1/audit/export', { signal })
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader()
  if (!reader) return
  const splitter = new LineSplitter()
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield* splitter.add(part.value)
  if (splitter.rest !== '') yield splitter.rest
}
