/** Decides about one tool call: it runs, it needs an approval first, or it is denied. Pure. */
import { denialReasonText } from '../problem-texts.ts'
import { type ApprovalRule, strictestRule } from './approval-rule.ts'
import type { AskedBy, AskRule } from './ask.ts'

/** What is known of a call when it is decided. */
export interface CallFacts {
  /** The workspace's entry for the tool. Null: there is no such tool. `refusals`: why it denies the call. */
  readonly catalog: { readonly refusals: readonly string[]; readonly approval: ApprovalRule } | null
  /** The persona of the turn. Null: none. `offers`: the tool is one of the persona's. */
  readonly persona: { readonly offers: boolean; readonly approval: ApprovalRule } | null
  readonly policy: { readonly allowed: boolean; readonly reasons: readonly string[]; readonly asks?: readonly string[] | undefined }
  /** The decision about the same call for the turn that started this session. Null: a user started it. */
  readonly parent: CallDecision | null
}

/** The decision. `rule`: how long an approval counts. `asked`: every rule that asks. */
export type CallDecision =
  | { readonly kind: 'run' }
  | { readonly kind: 'ask'; readonly rule: AskRule; readonly asked: readonly AskedBy[] }
  | { readonly kind: 'deny'; readonly reasons: readonly string[] }

/** Denies if one of the sources denies. Else the strictest of their rules asks. */
export function decideCall(facts: CallFacts): CallDecision {
  const reasons = denials(facts)
  if (reasons.length > 0) return { kind: 'deny', reasons }
  const { catalog, persona, policy, parent } = facts
  const policyAsks = policy.asks ?? []
  const parentRule = parent?.kind === 'ask' ? parent.rule : 'never'
  // What a policy asks depends on the arguments of each call, so no earlier approval counts.
  const policyRule = policyAsks.length > 0 ? 'always' : 'never'
  const catalogRule = catalog?.approval ?? 'never'
  const personaRule = persona?.approval ?? 'never'
  const rule = strictestRule(catalogRule, personaRule, policyRule, parentRule)
  if (rule === 'never') return { kind: 'run' }
  return {
    kind: 'ask',
    rule,
    asked: [
      ...ruleReason('catalog', catalogRule, 'The catalog of the workspace'),
      ...ruleReason('persona', personaRule, 'The persona'),
      ...policyAsks.map((reason): AskedBy => ({ source: 'policy', reason: denialReasonText(reason) })),
      ...(parent?.kind === 'ask' ? parent.asked.map(({ reason }): AskedBy => ({ source: 'parent', reason })) : []),
    ],
  }
}

function* denialsOf({ catalog, persona, policy, parent }: CallFacts): Generator<string> {
  const refusals = catalog?.refusals ?? ['unknown_tool']
  yield* refusals
  if (persona && !persona.offers) yield 'not_of_persona'
  // The policy reads the entry too, so its reasons would repeat those of the catalog.
  if (!policy.allowed && refusals.length === 0) yield* policy.reasons.length > 0 ? policy.reasons : ['not_permitted']
  if (parent?.kind === 'deny') yield* parent.reasons
}

const denials = (facts: CallFacts): string[] => [...new Set(denialsOf(facts))]

const ruleWords = { once: 'the first call in a conversation', ask: 'each call', always: 'each call, without exception' } as const

const ruleReason = (source: AskedBy['source'], rule: ApprovalRule, subject: string): AskedBy[] =>
  rule === 'never' ? [] : [{ source, reason: `${subject} asks before ${ruleWords[rule]} of this tool.` }]
