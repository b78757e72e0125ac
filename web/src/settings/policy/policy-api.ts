/** Requests of the policy and audit pages. */
import type { AuditPage, ListAudit } from '../../../../shared/api/audit.ts'
import type { ActivePolicy, PolicyExplanation } from '../../../../shared/api/policy.ts'
import type { CandidatePolicy, WhatIfReport } from '../../../../shared/api/what-if.ts'
import { LineSplitter } from '../../../../shared/lib/lines.ts'
import { transport } from '../../state/transport.ts'
import { endOfDay, startOfDay } from '../../ui/format-date.ts'

/** Empty fields filter nothing. */
export type AuditFilter = { readonly [Field in 'subject' | 'action' | 'outcome']: NonNullable<ListAudit[Field]> | '' } & {
  readonly kind: 'notable' | NonNullable<ListAudit['kind']> | ''
  /** The first and the last day, as `YYYY-MM-DD`. */
  readonly from: string
  readonly to: string
}

export const readPolicy = async (): Promise<ActivePolicy> => (await transport('GET', '/v1/policy')).json()
export const explainDecision = async (input: unknown): Promise<PolicyExplanation> =>
  (await transport('POST', '/v1/policy/explain', { body: { input } })).json()
/** `data` comes from the user's file unchecked: the server validates it. */
export const tryPolicy = async (body: Omit<CandidatePolicy, 'data'> & { readonly data?: unknown }): Promise<WhatIfReport> =>
  (await transport('POST', '/v1/policy/what-if', { body })).json()

export async function readAudit(filter: AuditFilter, before?: number): Promise<AuditPage> {
  const { kind, from, to, ...texts } = filter
  const query: Record<string, string> = Object.fromEntries(Object.entries(texts).filter(([, value]) => value.trim() !== ''))
  if (kind === 'notable') query.notable = 'true'
  else if (kind !== '') query.kind = kind
  if (from !== '') query.from = String(startOfDay(from))
  if (to !== '') query.to = String(endOfDay(to))
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
