import { ChevronRight, Wrench } from 'lucide-react'
import { useId, useState } from 'react'
import { calls } from '../../strings/calls.ts'
import { formatList } from '../../strings/format.ts'
import { CallTime } from './CallTime.tsx'
import { CallView } from './CallView.tsx'
import { type CallItem, countStates, spanOf, stateOf } from './call-state.ts'
import './call.css'

/** So many calls stay open when they have all ended. */
const openCalls = 3

interface Props {
  readonly sessionId: string
  readonly items: readonly CallItem[]
}

/** The calls between two texts. Several have a head, which says how far they are and folds them. */
export default function CallGroup({ sessionId, items }: Props) {
  const [chosen, setChosen] = useState<boolean | null>(null)
  const id = useId()
  const [first] = items
  if (first === undefined) return null
  if (items.length === 1) return <CallView sessionId={sessionId} item={first} />
  const isQuiet = items.length > openCalls && items.every((item) => ['completed', 'cancelled'].includes(stateOf(item)))
  const isOpen = chosen ?? !isQuiet
  const states = formatList([...countStates(items)].map(([state, count]) => calls.group.inState({ count, state: calls.states[state] })))
  return (
    <section className="call-group" data-testid="call-group" aria-label={calls.group.label({ count: items.length, states })}>
      <button type="button" aria-expanded={isOpen} aria-controls={id} onClick={() => setChosen(!isOpen)}>
        <Wrench aria-hidden />
        <strong>{calls.group.count({ count: items.length })}</strong>
        <span className="call-state">
          {states}
          <CallTime ms={spanOf(items)} />
        </span>
        <ChevronRight aria-hidden className="call-more" />
      </button>
      <div id={id} hidden={!isOpen}>
        {isOpen && items.map((item) => <CallView key={item.id} sessionId={sessionId} item={item} />)}
      </div>
    </section>
  )
}
