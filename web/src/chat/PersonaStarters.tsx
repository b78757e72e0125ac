import { MessageSquare } from 'lucide-react'
import { useCallback } from 'react'
import { usePersonaName } from '../state/answerers.ts'
import { useLoad } from '../ui/use-load.ts'
import { readPersona } from './composer/answerers-api.ts'
import { Starters } from './Starters.tsx'

interface Props {
  readonly id: string
  readonly onPick: (texts: readonly string[]) => void
}

/** A new conversation with a persona: its greeting and its starters. Without the persona, those of the app. */
export default function PersonaStarters({ id, onPick }: Props) {
  const read = useCallback(() => readPersona(id), [id])
  const { value, error } = useLoad(read)
  const name = usePersonaName(id)
  if (error !== null && value === undefined) return <Starters onPick={onPick} />
  const persona = value?.id === id ? value : undefined
  const text = persona?.greeting || persona?.description
  const starters = persona?.starters ?? []
  return (
    <div className="starters" data-testid="empty-state" aria-busy={persona === undefined}>
      <h2 dir="auto">{persona?.name ?? name}</h2>
      {text && (
        <p dir="auto" className="greeting" data-testid="greeting">
          {text}
        </p>
      )}
      {starters.length > 0 && (
        <ul>
          {starters.map((starter, index) => (
            <li key={index}>
              <button type="button" className="own-starter" onClick={() => onPick([starter])} data-testid="starter">
                <MessageSquare aria-hidden />
                <span dir="auto">{starter}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
