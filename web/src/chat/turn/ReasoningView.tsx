import { ChevronRight } from 'lucide-react'
import { useState } from 'react'
import type { Item } from '../../../../shared/client/turn.ts'
import { chat } from '../../strings/chat.ts'
import { ScrollBox } from '../../ui/ScrollBox.tsx'
import { Elapsed } from './Elapsed.tsx'
import './reasoning.css'

/** What the model thought before its answer, behind a disclosure. It streams while the model thinks. */
export default function ReasoningView({ item }: { readonly item: Item }) {
  const [isShown, setShown] = useState(false)
  return (
    <details className="reasoning" data-testid="reasoning" data-open={item.open} onToggle={(event) => setShown(event.currentTarget.open)}>
      <summary>
        <ChevronRight aria-hidden className="reasoning-more" />
        {item.open && <span className="pulse" aria-hidden="true" />}
        <span>{item.open ? chat.reasoning.thinking : chat.reasoning.thought({ seconds: secondsOf(item.tookMs ?? 0) })}</span>
        {item.open && (
          <span aria-hidden>
            <Elapsed />
          </span>
        )}
      </summary>
      {isShown && (
        <>
          <ScrollBox as="section" className="reasoning-text" aria-label={chat.reasoning.label} dir="auto">
            {item.text}
          </ScrollBox>
          {item.truncated && <p className="notice">{chat.reasoning.truncated}</p>}
        </>
      )}
    </details>
  )
}

/** At least one second: the model did think. */
const secondsOf = (ms: number): number => Math.max(1, Math.round(ms / 1_000))
