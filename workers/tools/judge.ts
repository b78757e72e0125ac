/** Judges one tool call before it is claimed: what is wrong with it, whether it may run, and what an approval counts for. */
import { jobFields } from '../../shared/log/fields.ts'
import type { PolicyDecision } from '../../shared/policy/decision-result.ts'
import { denialText } from '../../shared/problem-texts.ts'
import { approvalBinding, type BoundCall, grantBinding } from '../../shared/tool/approval-binding.ts'
import type { ApprovalRule } from '../../shared/tool/approval-rule.ts'
import { canonicalArguments } from '../../shared/tool/canonical-arguments.ts'
import { type CatalogTool, withFixedArguments } from '../../shared/tool/catalog.ts'
import { type CallDecision, decideCall } from '../../shared/tool/decision.ts'
import type { CallJob, CallResult, Verdict } from '../../shared/tool/executor.ts'
import type { Tool } from '../../shared/tool/tool.ts'
import { logger } from './logger.ts'

/** The persona of a turn. `tools`: what it offers; null: every tool. */
export interface JudgedPersona {
  readonly id: string
  readonly version: number
  readonly tools: readonly string[] | null
  readonly approval: ApprovalRule
}

/** What a judgement needs to know. */
export interface Judges {
  /** The tool as the workspace has it. Rejects while the catalog cannot be read: no tool runs without it. */
  catalogTool(declared: Tool, job: CallJob): Promise<CatalogTool>
  /** The decision of the policy about the call with these arguments, already audited. `refusals`: why the catalog denies it. */
  authorize(job: CallJob, tool: CatalogTool, args: string): Promise<{ policy: PolicyDecision; refusals: readonly string[] }>
  /** The persona of the turn. Null: none. */
  persona(job: CallJob): Promise<JudgedPersona | null>
}

/** A call that may run, or that asks first: with the tool as it was judged. */
export interface Judged {
  readonly declared: Tool
  readonly tool: CatalogTool
  readonly verdict: Exclude<Verdict, { kind: 'end' }>
  readonly persona: JudgedPersona | null
}

/** The result of a call that ends at once, or the call as it may run. */
export type Judgement = Judged | { readonly verdict: Extract<Verdict, { kind: 'end' }> }

const end = (outcome: CallResult['outcome'], text: string, reasons?: readonly string[]): Judgement => ({
  verdict: { kind: 'end', result: { outcome, text }, ...(reasons && { reasons }) },
})

/** What becomes of the call now. The tool checks its arguments before the policy is asked. */
export async function judge(job: CallJob, tools: readonly Tool[], judges: Judges): Promise<Judgement> {
  const declared = tools.find(({ name }) => name === job.name)
  if (!declared) return end('failed', `There is no tool ${JSON.stringify(job.name)}.`)
  const written = canonicalArguments(job.arguments)
  if (!written.ok) return end('failed', written.error)
  const tool = await judges.catalogTool(declared, job).catch((error) => {
    logger.write('catalog.unreachable', { error, ...jobFields(job), tool: declared.name })
    return null
  })
  if (!tool) return end('denied', 'The tool catalog of the workspace cannot be read, so no tool runs. Try again later.')
  const args = canonicalArguments(withFixedArguments(written.value, tool))
  if (!args.ok) return end('failed', args.error)
  const problem = declared.problem(args.value)
  if (problem !== null) return end('failed', problem)
  const [{ policy, refusals }, persona] = await Promise.all([judges.authorize(job, tool, args.value), judges.persona(job)])
  const decision = decideCall({
    catalog: { refusals, approval: tool.approval },
    persona: persona && { offers: persona.tools === null || persona.tools.includes(tool.name), approval: persona.approval },
    policy,
    parent: decisionAbove(job, tool.name),
  })
  if (decision.kind === 'deny') return end('denied', denialText('tool.execute', decision.reasons), decision.reasons)
  const question = declared.question?.(args.value)
  if (question) {
    const ask = { ask: 'question', choices: question.choices } as const
    return { declared, tool, persona, verdict: { kind: 'ask', arguments: args.value, need: null, reason: question.text, ask } }
  }
  if (decision.kind === 'run') return { declared, tool, persona, verdict: { kind: 'run', arguments: args.value } }
  const bound = boundCall(job, tool, args.value, persona, policy)
  const { rule, asked } = decision
  const need = { binding: approvalBinding(bound), grant: rule === 'always' ? null : grantBinding(bound) }
  const reason = asked.map(({ reason }) => reason).join(' ')
  const ask = { arguments: args.value, asked: [...asked], rule, binding: need.binding }
  return { declared, tool, persona, verdict: { kind: 'ask', arguments: args.value, need, reason, ask } }
}

/** What the turns above may do with the tool. Their personas count as they were when they called. Null: no turn is above. */
const decisionAbove = ({ callers = [] }: CallJob, name: string): CallDecision | null =>
  callers.reduce<CallDecision | null>(
    (parent, { tools, approval = 'never' }) =>
      decideCall({
        catalog: { refusals: [], approval: 'never' },
        persona: { offers: tools === null || tools.includes(name), approval },
        policy: { allowed: true, reasons: [] },
        parent,
      }),
    null,
  )

function boundCall(job: CallJob, tool: CatalogTool, args: string, persona: JudgedPersona | null, { policy }: PolicyDecision): BoundCall {
  const { name, description, parameters, effect, scopes, approval, version } = tool
  const { tenant, session, turn_id, call_id, subject, role_at_most, callers } = job
  return {
    tool: { name, description, parameters, effect, scopes, approval, version },
    arguments: args,
    target: { tenant, session, turn_id, call_id },
    subject,
    role_at_most,
    // Absent without a rule: then the hash is that of earlier releases.
    persona: persona && { id: persona.id, version: persona.version, ...(persona.approval !== 'never' && { approval: persona.approval }) },
    // Absent without turns above: then the hash is that of earlier releases.
    ...(callers && { callers }),
    policy,
  }
}
