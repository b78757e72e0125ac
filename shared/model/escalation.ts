/**
 * Whether a message goes to the fallback profile first, by SomaAgent01's rules. Pure. The client's metadata decides, together with signs
 * in the text. Without metadata only a long, technical request escalates.
 */
import type { Metadata } from '../events/event.ts'

/** Why a message escalates, or does not. SomaAgent01's names. */
export type EscalationReason =
  | 'metadata_override_true'
  | 'metadata_override_false'
  | 'risk_level_high'
  | 'complexity_high_tag_signal'
  | 'priority_urgent_long_content'
  | 'intent_complex_high_tag'
  | 'slm_handled'

/** The decision about one message. */
export interface Escalation {
  readonly isEscalated: boolean
  readonly reason: EscalationReason
}

/** Signs of a subject in the text, with SomaAgent01's weights. */
const tags: readonly (readonly [pattern: RegExp, weight: number])[] = [
  [/```|\b(code|function|class|compile|compiler|exception|stack ?trace|refactor|typescript|javascript|python|rust|sql)\b/i, 0.4],
  [/\b(infrastructure|docker|kubernetes|terraform|nginx|cluster|server|deploy|deployment|firewall|postgres|dns)\b/i, 0.4],
  [/\b(test|tests|testing|pytest|vitest|jest|coverage|regression)\b/i, 0.2],
]

/** A request to act, or a report of a problem. */
const actionOrProblem =
  /^\s*(please\s+)?(create|build|write|fix|add|implement|generate|refactor|deploy|update|change|make|migrate|design)\b|\b(error|fails?|failed|failing|broken|bug|crash|crashes|crashed|not working)\b/i

/** UTF-16 units of the text that are searched for signs. */
const searchedUnits = 8_000
/** UTF-16 units from which a text is long: an urgent one, and one without metadata. */
const longUrgentUnits = 750
const longRequestUnits = 600

/** The sum of the weights of the subjects in `text`. */
export const tagScore = (text: string): number => tags.reduce((sum, [pattern, weight]) => (pattern.test(text) ? sum + weight : sum), 0)

/** Whether `text` goes to the fallback first. A tolerance makes sums of fractions exact. */
export function escalationOf(text: string, metadata: Metadata): Escalation {
  const value = (name: string): string => (Object.hasOwn(metadata, name) ? (metadata[name] ?? '').trim().toLowerCase() : '')
  const decided = (isEscalated: boolean, reason: EscalationReason): Escalation => ({ isEscalated, reason })
  const override = value('escalate')
  if (override === 'true') return decided(true, 'metadata_override_true')
  if (override === 'false') return decided(false, 'metadata_override_false')
  if (['high', 'critical'].includes(value('risk_level'))) return decided(true, 'risk_level_high')
  const start = text.slice(0, searchedUnits)
  const score = tagScore(start) + 1e-9
  if (['advanced', 'severe'].includes(value('complexity')) && score >= 0.5) return decided(true, 'complexity_high_tag_signal')
  if (value('priority') === 'urgent' && (score >= 0.6 || text.length > longUrgentUnits))
    return decided(true, 'priority_urgent_long_content')
  if (score >= 0.8 && text.length > longRequestUnits && actionOrProblem.test(start)) return decided(true, 'intent_complex_high_tag')
  return decided(false, 'slm_handled')
}
