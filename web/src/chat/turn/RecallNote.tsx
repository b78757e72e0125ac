import { BookMarked } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import type { Memory } from '../../../../shared/api/memory.ts'
import type { AnsweredBy } from '../../../../shared/events/event.ts'
import { memoriesById } from '../../settings/memory/memory-api.ts'
import { chatContext } from '../../strings/chat-context.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { useAction } from '../../ui/use-action.ts'
import './notes.css'

/** The memories that an answer was given, with their texts in a fold, or why it got none. */
export default function RecallNote({ memories = [], recall }: Pick<AnsweredBy, 'memories' | 'recall'>) {
  const [found, setFound] = useState<readonly Memory[] | null>(null)
  const { error, run } = useAction()
  const { recall: texts, recallFailures: failures } = chatContext
  if (memories.length === 0)
    return (
      <p className="context-note" data-testid="recall-failed">
        <BookMarked aria-hidden />
        {failures[isKnownFailure(recall) ? recall : 'unavailable']}
      </p>
    )
  const load = () => run(async () => setFound((await memoriesById(memories)).memories))
  return (
    <details
      className="context-note"
      data-testid="recalled"
      onToggle={(event) => {
        if (event.currentTarget.open && found === null) void load()
      }}
    >
      <summary>
        <BookMarked aria-hidden />
        {texts.given({ count: memories.length })}
      </summary>
      {found?.map(({ id, key, text, source }) => (
        <p key={id} dir="auto">
          {key === null ? text : `${key}: ${text}`}{' '}
          {source && <Link href={`/c/${encodeURIComponent(source.session_id)}`}>{texts.sourceLink}</Link>}
        </p>
      ))}
      {found && found.length < memories.length && <p>{texts.gone({ count: memories.length - found.length })}</p>}
      <ErrorNotice error={error} />
    </details>
  )
}

const isKnownFailure = (recall: string | undefined): recall is keyof typeof chatContext.recallFailures =>
  recall !== undefined && Object.hasOwn(chatContext.recallFailures, recall)
