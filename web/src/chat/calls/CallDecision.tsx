import { useEffect } from 'react'
import { announce } from '../../state/announce.ts'
import { calls } from '../../strings/calls.ts'
import { ApprovalCard } from './ApprovalCard.tsx'
import type { CallItem } from './call-state.ts'
import { EffectCard } from './EffectCard.tsx'
import { QuestionCard } from './QuestionCard.tsx'

interface Props {
  readonly sessionId: string
  readonly item: CallItem
}

/** What a call that waits asks its user: an approval, an answer, or what became of an effect. */
export function CallDecision({ sessionId, item }: Props) {
  const { ask } = item.call
  const { name } = ask?.program ?? item.call
  const kind = ask?.ask ?? 'approval'
  useEffect(() => announce(calls.announced[kind]({ name })), [kind, name])
  const Card = kind === 'question' ? QuestionCard : kind === 'effect' ? EffectCard : ApprovalCard
  // Another question about the same call is another card.
  return <Card key={`${kind} ${ask?.binding ?? ''}`} sessionId={sessionId} item={item} />
}
