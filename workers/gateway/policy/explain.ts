/** Explains a decision by the active policy and constitution. */
import type { PolicyInput } from '../../../shared/policy/access-request.ts'
import { articleText, type LoadedConstitution } from '../../../shared/policy/constitution/constitution.ts'
import type { PolicyDecision } from '../../../shared/policy/decision-result.ts'
import { type ActivePolicies, isUsable } from '../../../shared/policy/policy-cache.ts'
import type { ExplainedRules } from '../../../shared/policy/sandbox.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import type { GatewayContext } from '../http/context.ts'
import { decisionPoint } from './enforce.ts'
import { constitutionText, explainRules, jsonText, policyText } from './sandbox.ts'

/** The decision, with the rules and inputs that led to it and the changes that would alter it. */
export interface DecisionExplanation extends Pick<PolicyDecision, 'allowed' | 'reasons' | 'policy'>, ExplainedRules {
  readonly articles: readonly { readonly article: string; readonly says: string }[]
}

/**
 * Explains the decision for `input`; null: this version cannot load the active policy or constitution. The decision point decides, once. The
 * sandbox evaluates the hundreds of changed inputs.
 */
export async function explainDecision(
  c: GatewayContext,
  policies: ActivePolicies,
  input: unknown,
  at: number,
): Promise<Result<DecisionExplanation, string> | null> {
  const { constitution } = policies
  const policy = policyText(policies)
  if (policy === null || (constitution && !isUsable(constitution))) return null
  const question = jsonText({ input })
  if (question === undefined) return fail('a value is too large or nested too deeply')
  const explained = await explainRules(c, { policy, constitution: constitutionText(policies), question, at })
  if (!explained.ok) return explained
  const request = input as PolicyInput
  const decision = decisionPoint.applyConstitution(policies, decisionPoint.decide(policies, request, at), request, at)
  const { allowed, reasons, policy: stamp } = decision
  const articles = constitution ? articlesIn(constitution, reasons) : []
  return ok({ allowed, reasons: [...reasons], policy: stamp, articles, ...explained.value })
}

const articlesIn = ({ document }: LoadedConstitution, reasons: readonly string[]) =>
  document.rules.filter(({ article, says }) => reasons.includes(articleText(article, says))).map(({ article, says }) => ({ article, says }))
