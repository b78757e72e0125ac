import { FoldVertical, Scissors } from 'lucide-react'
import { Link } from 'wouter'
import type { Turn } from '../../../../shared/client/turn.ts'
import { useIsAdmin } from '../../state/me.ts'
import { chatContext } from '../../strings/chat-context.ts'
import './notes.css'

interface Props {
  readonly turn: Pick<Turn, 'summary' | 'omitted'>
  /** The same turns were missing from the turn before, for the same reason. */
  readonly known: boolean
}

/** Says that the assistant sees earlier turns only as a summary, or no longer at all. The summary is in a fold. */
export default function ContextNote({ turn: { summary, omitted }, known }: Props) {
  const isAdmin = useIsAdmin()
  return (
    <>
      {summary && (
        <details className="context-note" data-testid="context-summary">
          <summary>
            <FoldVertical aria-hidden />
            {chatContext.note.summarized({ first: summary.first, last: summary.last })}
          </summary>
          <p>{summary.text}</p>
        </details>
      )}
      {omitted && !known && (
        <p className="context-note" data-testid="context-omitted">
          <Scissors aria-hidden />
          <span>
            {chatContext.note.omitted({ turns: omitted.turns })} {chatContext.omissions[omitted.reason]}
            {isAdmin && omitted.reason === 'no_utility_model' && (
              <>
                {' '}
                <Link href="/settings/models">{chatContext.note.modelsLink}</Link>
              </>
            )}
          </span>
        </p>
      )}
    </>
  )
}
