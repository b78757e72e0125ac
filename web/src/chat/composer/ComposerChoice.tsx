import { ChevronDown, Drama, type LucideIcon, Sparkles } from 'lucide-react'
import { useEffect } from 'react'
import { answerers } from '../../state/answerers.ts'
import { useChoice } from '../../state/choice.ts'
import { type Overlay, overlay } from '../../state/overlay.ts'
import { useSignal } from '../../state/signal.ts'
import { isFlag, load, save } from '../../state/storage.ts'
import { chat } from '../../strings/chat.ts'
import { loadAnswerers } from './answerers-api.ts'

interface Props {
  readonly draftKey: string
  /** The persona of the session. Null: none, or not known yet. */
  readonly sessionPersona: string | null
  /** Another user owns the session, who does not see the user's own personas. */
  readonly shared: boolean
}

/** Whether the row was shown last time. Its room is kept while the lists load. */
const shownKey = 'soma.choice-shown'

/** Buttons below the composer that choose the persona and the model of the next messages. A workspace without any has no buttons. */
export default function ComposerChoice({ draftKey, sessionPersona, shared }: Props) {
  const known = useSignal(answerers)
  const choice = useChoice(draftKey)
  useEffect(() => void loadAnswerers(), [])
  const hasPersonas = known !== null && known.personas.length > 0
  const hasModels = known?.profiles.some((name) => name !== known.defaultProfile) ?? false
  const isShown = hasPersonas || hasModels
  useEffect(() => {
    if (known !== null) save(shownKey, isShown || null)
  }, [known, isShown])
  if (!isShown) return known === null && load(shownKey, isFlag) ? <div className="composer-choice" /> : null
  const persona = choice.persona_id ?? sessionPersona
  const name = known?.personas.find(({ id }) => id === persona)?.name ?? persona ?? chat.choice.noPersona
  const model = choice.model ?? chat.choice.automatic
  const chip = (of: 'persona' | 'model', Icon: LucideIcon, text: string, label: string) => (
    <button
      type="button"
      className="chip"
      aria-haspopup="menu"
      aria-label={label}
      onClick={(event) =>
        overlay.set({ kind: 'choice-menu', of, draftKey, sessionPersona, shared, anchor: event.currentTarget } satisfies Overlay)
      }
      data-testid={`choose-${of}`}
    >
      <Icon aria-hidden />
      <span dir="auto">{text}</span>
      <ChevronDown aria-hidden />
    </button>
  )
  return (
    <div className="composer-choice" data-testid="choice">
      {hasPersonas && chip('persona', Drama, name, chat.choice.personaLabel({ name }))}
      {hasModels && chip('model', Sparkles, model, chat.choice.modelLabel({ name: model }))}
    </div>
  )
}
