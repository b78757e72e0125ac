import { Calculator, CalendarDays, History, Lightbulb } from 'lucide-react'
import { chat } from '../strings/chat.ts'

/** Four first messages that the builtin responder can answer. The last one sends two. */
const starters = () => {
  const { starters: strings } = chat
  return [
    { Icon: Lightbulb, title: strings.abilitiesTitle, shown: strings.abilities, texts: [strings.abilities] },
    { Icon: Calculator, title: strings.sumTitle, shown: strings.sum, texts: [strings.sum] },
    { Icon: CalendarDays, title: strings.daysTitle, shown: strings.days, texts: [strings.days] },
    { Icon: History, title: strings.recallTitle, shown: strings.recall, texts: [strings.recallFirst, strings.recallSecond] },
  ]
}

export const Starters = ({ onPick }: { readonly onPick: (texts: readonly string[]) => void }) => (
  <div className="starters" data-testid="empty-state">
    <h2>{chat.starters.title}</h2>
    <p>{chat.starters.text}</p>
    <ul>
      {starters().map(({ Icon, title, shown, texts }) => (
        <li key={title}>
          <button type="button" onClick={() => onPick(texts)} data-testid="starter">
            <strong>
              <Icon aria-hidden />
              {title}
            </strong>
            <span>{shown}</span>
          </button>
        </li>
      ))}
    </ul>
  </div>
)
